import type { Port } from '../../src/api/port.ts';

const PROTOCOL = 'keybridge';
const STORED = 'keybridge.key';

declare global {
  interface Window {
    /** What the preload script of the desktop app gives: a Port and nothing more. */
    keybridge?: Pick<Port, 'post' | 'onMessage'>;
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
 * Rejects when nobody answers.
 */
export function openPort(): Promise<Port> {
  const { keybridge } = window;
  if (keybridge) return Promise.resolve({ ...keybridge, onClose: () => () => {} });
  const socket = new WebSocket(new URL('/api', location.href.replace(/^http/, 'ws')), [
    PROTOCOL,
    keyOf(location, localStorage) || 'none',
  ]);
  return new Promise((resolve, reject) => {
    socket.onclose = () => reject(new Error('Keybridge does not answer.'));
    socket.onopen = () => resolve(socketPort(socket));
  });
}

function socketPort(socket: WebSocket): Port {
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
  };
}
