import type { WebSocket } from 'ws';
import type { Port } from '../api/port.ts';

/** Bytes that may wait for a window before it is hung up on; it begins anew then. */
const LONGEST_WAIT = 256 * 1024 * 1024;
/** Bytes that may wait before streams wait, and milliseconds they do so before it is hung up on, too. */
const ROOM = 1024 * 1024;
const PATIENCE = 60_000;

/** A window's WebSocket as a Port: one JSON text a message. */
export function webSocketPort(socket: WebSocket): Port {
  socket.on('error', () => socket.terminate());
  let waiting: PromiseWithResolvers<void> | undefined;
  let patience: NodeJS.Timeout | undefined;
  const proceed = () => {
    if (socket.readyState === socket.OPEN && socket.bufferedAmount > ROOM) return;
    clearTimeout(patience);
    waiting?.resolve();
    waiting = undefined;
  };
  socket.on('close', proceed);
  return {
    post: message => {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > LONGEST_WAIT) socket.terminate();
      else socket.send(JSON.stringify(message), proceed);
    },
    ready: () => {
      // Of one that closes, too: a stream that never waits would keep the close from being heard.
      if (socket.readyState === socket.CLOSED) return undefined;
      if (socket.readyState === socket.OPEN && socket.bufferedAmount <= ROOM) return undefined;
      if (!waiting) {
        waiting = Promise.withResolvers();
        patience = setTimeout(() => socket.terminate(), PATIENCE);
        patience.unref();
      }
      return waiting.promise;
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
