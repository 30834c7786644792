import type { WebContents, WebFrameMain } from 'electron';
import type { ClosablePort } from '../../src/api/port.ts';
import { isWindowUrl } from './scheme.ts';

/** As in preload.ts, which imports nothing. */
export const CHANNEL = 'keybridge';

/** Characters of one message: a pasted configuration is the largest. */
const LARGEST = 16 * 1024 * 1024;
/** Characters on their way to the page before streams wait. */
const ROOM = 1024 * 1024;

/** One end of a channel between two processes. */
export interface MainPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
}

/** A page asks to be served. */
export interface Knock {
  sender: unknown;
  senderFrame: Pick<WebFrameMain, 'parent' | 'url'> | null;
  ports: readonly MainPort[];
}

/**
 * Serves the window's page: each of its documents brings a port of its own, and the one before closes.
 * `ours` is the window's contents, if there is a window.
 */
export function openWire(
  ipc: { on(channel: string, listener: (knock: Knock) => void): unknown },
  ours: () => WebContents | undefined,
  serve: (port: ClosablePort) => void,
): void {
  let current: ClosablePort | undefined;
  ipc.on(CHANNEL, knock => {
    const [port, ...more] = knock.ports;
    if (!port) return;
    if (more.length > 0 || !isOurs(knock, ours())) {
      for (const each of knock.ports) each.close();
      return;
    }
    current?.close();
    current = textPort(port);
    serve(current);
  });
}

/** Security 17: only our window, only its main frame, only our page in it. Nothing else can bring a port. */
function isOurs({ sender, senderFrame }: Knock, contents: WebContents | undefined): boolean {
  if (contents === undefined || sender !== contents) return false;
  return senderFrame !== null && senderFrame.parent === null && isWindowUrl(senderFrame.url);
}

/**
 * One JSON text a message, as over the WebSocket: plain data comes through the same on both. The preload script
 * answers each with its length.
 */
function textPort(port: MainPort): ClosablePort {
  const listeners = new Set<() => void>();
  let isOpen = true;
  let underWay = 0;
  let waiting: PromiseWithResolvers<void> | undefined;
  const proceed = () => {
    if (isOpen && underWay > ROOM) return;
    waiting?.resolve();
    waiting = undefined;
  };
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    proceed();
    for (const listener of [...listeners]) listener();
  };
  const hearers = new Set<(message: unknown) => void>();
  port.on('message', ({ data }) => {
    if (typeof data === 'number') {
      underWay -= data;
      proceed();
      return;
    }
    const message = isOpen ? parse(data) : undefined;
    if (message !== undefined) for (const hear of [...hearers]) hear(message);
  });
  port.on('close', end);
  return {
    post: message => {
      if (!isOpen) return;
      const text = JSON.stringify(message);
      underWay += text.length;
      port.postMessage(text);
    },
    ready: () => {
      if (!isOpen || underWay <= ROOM) return undefined;
      waiting ??= Promise.withResolvers();
      return waiting.promise;
    },
    onMessage: listener => {
      hearers.add(listener);
      // What came before anybody listened has waited.
      port.start();
      return () => hearers.delete(listener);
    },
    onClose: listener => {
      // The page may be gone before the broker is there to serve it.
      if (!isOpen) queueMicrotask(listener);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => {
      port.close();
      end();
    },
  };
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string' || text.length > LARGEST) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
