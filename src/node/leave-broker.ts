import type { Socket } from 'node:net';

/** Bytes that wait for a broker that does not read, up to which it is told more. */
const MOST_WAITING = 256 * 1024;
/** Requests that are cancelled one by one. */
const MOST_CANCELLED = 1_000;
/** Milliseconds in which a broker that has come back cancels them, before it is hung up on. */
const LAST_WISHES = 2_000;

/**
 * Leaves a broker that does not answer. Should it come back, it finds that the open requests (raw ids by what
 * identifies them) are cancelled, and tells their servers; whatever it says is for nobody any more. An
 * `initialize` is never cancelled. MCP, "Cancellation".
 */
export function leaveBroker(
  socket: Socket,
  open: ReadonlyMap<string, string>,
  initialize: string | undefined,
): void {
  for (const event of ['data', 'drain', 'close'] as const) socket.removeAllListeners(event);
  if (socket.writableLength > MOST_WAITING) {
    socket.destroy();
    return;
  }
  for (const [key, id] of [...open].slice(0, MOST_CANCELLED)) {
    if (key === initialize) continue;
    const params = `{"requestId":${id},"reason":"The bridge has waited too long."}`;
    socket.write(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":${params}}\n`);
  }
  socket.once('data', () => setTimeout(() => socket.destroy(), LAST_WISHES));
  // What comes is read and let go.
  socket.resume();
}
