import type { Socket } from 'node:net';
import type { Port } from '../api/port.ts';
import { LineSplitter } from '../bridge/lines.ts';
import { isControl } from './wire.ts';

/** Bytes that may wait for a reader, such as a paused `trace --follow`, before it is hung up on. */
const LONGEST_WAIT = 256 * 1024 * 1024;
/** Bytes that may wait before a stream does. */
const ENOUGH = 1024 * 1024;
/** Messages of a stream that are posted in one turn of the event loop. */
const AT_ONCE = 100;

/** A socket behind the handshake as a Port: one JSON text a line. */
export function callableLines(socket: Socket, rest: Uint8Array): Port {
  const listeners = new Set<(message: unknown) => void>();
  let posted = 0;
  // Whoever waits for what was in a line that is too long is told that it will not come.
  const splitter = new LineSplitter({ onTooLong: () => socket.destroy() });
  const take = (chunk: Uint8Array) => {
    for (const line of splitter.push(chunk)) {
      // A goodbye; the close that follows says the same.
      if (isControl(line)) continue;
      const message = parse(line);
      if (message !== undefined) for (const listener of listeners) listener(message);
    }
  };
  socket.on('data', take);
  // The first listener is added in the same turn; what has come already must not be missed by it.
  queueMicrotask(() => {
    if (rest.length > 0) take(rest);
    socket.resume();
  });
  return {
    post: message => {
      if (!socket.writable) return;
      if (socket.writableLength > LONGEST_WAIT) socket.destroy();
      else socket.write(`${JSON.stringify(message)}\n`);
    },
    ready: () => {
      if (socket.writableLength < ENOUGH && ++posted % AT_ONCE !== 0) return undefined;
      return new Promise(resolve => {
        if (!socket.writable || socket.writableLength < ENOUGH) {
          setImmediate(resolve);
          return;
        }
        const done = () => {
          socket.off('drain', done);
          socket.off('close', done);
          resolve();
        };
        socket.on('drain', done);
        socket.on('close', done);
      });
    },
    onMessage: listener => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onClose: listener => {
      socket.on('close', listener);
      return () => socket.off('close', listener);
    },
  };
}

function parse(line: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(line));
  } catch {
    return undefined;
  }
}
