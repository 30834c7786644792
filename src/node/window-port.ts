import type { WebSocket } from 'ws';
import type { Port } from '../api/port.ts';

/** Bytes that may wait for a window before it is hung up on; it begins anew then. */
const LONGEST_WAIT = 256 * 1024 * 1024;

/** A window's WebSocket as a Port: one JSON text a message. */
export function webSocketPort(socket: WebSocket): Port {
  socket.on('error', () => socket.terminate());
  return {
    post: message => {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > LONGEST_WAIT) socket.terminate();
      else socket.send(JSON.stringify(message));
    },
    onMessage: listener => {
      const hear = (data: unknown, isBinary: boolean) => {
        const message = isBinary ? undefined : parse(String(data));
        if (message !== undefined) listener(message);
      };
      socket.on('message', hear);
      return () => socket.off('message', hear);
    },
    onClose: listener => {
      socket.on('close', listener);
      return () => socket.off('close', listener);
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
