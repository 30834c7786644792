import type { Writable } from 'node:stream';

const NEWLINE = new Uint8Array([0x0a]);

/** Writes a line, given in pieces, and its end in one go, without copying it. False: the other side reads slower than we write. */
export function writeLine(stream: Writable, line: readonly Uint8Array[]): boolean {
  stream.cork();
  for (const piece of line) stream.write(piece);
  const room = stream.write(NEWLINE);
  stream.uncork();
  return room;
}
