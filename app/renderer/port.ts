import type { ClosablePort, Port } from '../../src/api/port.ts';
import { enterWindow, newNonce } from '../../src/api/window-proof.ts';

const PROTOCOL = 'keybridge';
const STORED = 'keybridge.key';

declare global {
  interface Window {
    /** What the preload script of the desktop app gives. Whoever listens hears each text, and null at the end. */
    keybridge?: {
      post(text: string): void;
      onMessage(listener: (text: string | null) => void): () => void;
    };
  }
}

/**
 * The key that came with the ticket, in the fragment: it is kept where only pages of this port find it, and
 * leaves the address bar at once.
 */
function keyOf(location: Location, storage: Storage): string {
  const given = /^#key=([\w-]+)$/.exec(location.hash)?.[1];
  if (given === undefined) return storage.getItem(STORED) ?? '';
  storage.setItem(STORED, given);
  history.replaceState(null, '', location.pathname);
  return given;
}

/**
 * A Port to Keybridge's own process: through the preload script in the desktop app, else over a WebSocket.
 * Rejects when nobody answers, or somebody else.
 */
export function openPort(): Promise<Port> {
  const { keybridge } = window;
  if (keybridge) return Promise.resolve(preloadPort(keybridge));
  return enter(keyOf(location, localStorage));
}

async function enter(key: string): Promise<Port> {
  const nonce = newNonce();
  const socket = new WebSocket(new URL('/api', location.href.replace(/^http/, 'ws')), [PROTOCOL, nonce]);
  const port = socketPort(socket);
  await enterWindow(port, key, nonce, location.host);
  return port;
}

/** JSON texts here too: they pass from the page's world to the preload script's without being taken apart. */
function preloadPort({ post, onMessage }: NonNullable<Window['keybridge']>): Port {
  return {
    post: message => post(JSON.stringify(message)),
    onMessage: listener => onMessage(text => text !== null && listener(JSON.parse(text))),
    onClose: listener => onMessage(text => text === null && listener()),
  };
}

function socketPort(socket: WebSocket): ClosablePort {
  return {
    post: message => socket.send(JSON.stringify(message)),
    onMessage: listener => {
      const hear = (event: MessageEvent) => listener(JSON.parse(String(event.data)));
      socket.addEventListener('message', hear);
      return () => socket.removeEventListener('message', hear);
    },
    onClose: listener => {
      socket.addEventListener('close', listener);
      return () => socket.removeEventListener('close', listener);
    },
    close: () => socket.close(),
  };
}
