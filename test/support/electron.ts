import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { BrowserWindow, BrowserWindowConstructorOptions, WebContents } from 'electron';
import type { Knock, MainPort } from '../../app/main/wire.ts';

/* Pieces of Electron, as far as the shell asks for them. Its types come from Electron; what they do is said here. */

/** An event that can be prevented, as Electron's can. */
export function preventable(): { defaultPrevented: boolean; preventDefault(): void } {
  const event = {
    defaultPrevented: false,
    preventDefault: () => {
      event.defaultPrevented = true;
    },
  };
  return event;
}

type OpenHandler = (details: { url: string }) => { action: string };

/** A page's contents: what was asked of it, and what it may. */
export class FakeContents extends EventEmitter {
  openHandler: OpenHandler | undefined;
  readonly mainFrame = { parent: null, url: 'keybridge://window/' };

  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler;
  }

  /** Whether an event that begins something is prevented. */
  prevents(event: string): boolean {
    const details = preventable();
    this.emit(event, details);
    return details.defaultPrevented;
  }
}

/** A window that does nothing but keep a diary. */
export class FakeWindow extends EventEmitter {
  readonly webContents = new FakeContents();
  readonly did: string[] = [];
  readonly options: BrowserWindowConstructorOptions;
  isMinimizedNow = false;
  isGone = false;

  constructor(options: BrowserWindowConstructorOptions) {
    super();
    this.options = options;
  }

  loadURL(url: string): Promise<void> {
    this.did.push(`load ${url}`);
    return Promise.resolve();
  }

  show(): void {
    this.did.push('show');
  }

  focus(): void {
    this.did.push('focus');
  }

  restore(): void {
    this.did.push('restore');
  }

  reload(): void {
    this.did.push('reload');
  }

  maximize(): void {
    this.did.push('maximize');
  }

  isMinimized(): boolean {
    return this.isMinimizedNow;
  }

  isMaximized(): boolean {
    return this.did.includes('maximize');
  }

  isDestroyed(): boolean {
    return this.isGone;
  }

  getNormalBounds() {
    return { x: 10, y: 20, width: 1000, height: 700 };
  }

  /** As its close button. */
  close(): void {
    this.emit('close');
    this.isGone = true;
    this.emit('closed');
  }

  asWindow(): BrowserWindow {
    return this as unknown as BrowserWindow;
  }
}

/** Node's port in the shape of Electron's in the main process. */
function mainPort(port: MessagePort): MainPort {
  return {
    on: (event: string, listener: (event: never) => void) => {
      if (event === 'message') port.on('message', data => listener({ data } as never));
      else port.on('close', () => listener(undefined as never));
    },
    postMessage: message => port.postMessage(message),
    start: () => port.start(),
    close: () => port.close(),
  };
}

/** What ipcMain is to the wire. */
export class FakeIpc extends EventEmitter {
  /** A page knocks with a port of its own; answers the page's end. */
  knock(from: Pick<Knock, 'sender' | 'senderFrame'>, ports = 1): MessagePort {
    const channels = Array.from({ length: ports }, () => new MessageChannel());
    this.deliver(
      from,
      channels.map(({ port2 }) => port2),
    );
    const [first] = channels;
    if (!first) throw new Error('a knock without a port has no end');
    return first.port1;
  }

  /** As the message arrives, whatever ports it brings. */
  deliver(from: Pick<Knock, 'sender' | 'senderFrame'>, ports: readonly MessagePort[]): void {
    // Node reads from a port as soon as somebody listens; Electron's waits for start().
    this.emit('keybridge', { ...from, ports: ports.map(mainPort) } satisfies Knock);
  }
}

export function asContents(contents: FakeContents): WebContents {
  return contents as unknown as WebContents;
}
