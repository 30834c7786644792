import type { Writable } from 'node:stream';

/** Bytes. */
const WORTH_RELEASING = 16 * 1024;

const NEWLINE = new Uint8Array([0x0a]);

/** Writes a line, given in pieces, and its end in one go, without copying it. False: the other side reads slower than we write. */
export function writeLine(stream: Writable, line: readonly Uint8Array[], done?: () => void): boolean {
  stream.cork();
  for (const piece of line) stream.write(piece);
  const room = stream.write(NEWLINE, done);
  stream.uncork();
  return room;
}

/** Writes all that `work` has to say to a stream in one go: a system call is most of what a small line costs. */
export function together(stream: Writable | undefined, work: () => void): void {
  stream?.cork();
  try {
    work();
  } finally {
    stream?.uncork();
  }
}

/**
 * Gives the memory of chunks back at once, which the collector would do when it gets round to it. Only of
 * those that fill theirs, so that nothing else can be in it.
 */
export function release(chunks: readonly Uint8Array[]): void {
  for (const { buffer, byteLength } of chunks) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && byteLength >= WORTH_RELEASING)
      buffer.transfer(0);
  }
}
