import type { Writable } from 'node:stream';
import { concat } from '../base/gathered-bytes.ts';
import { heads, idKey } from '../bridge/scan.ts';
import type { HostLine } from './from-host.ts';
import { controlLine } from './wire.ts';
import { release, writeLine } from './write-line.ts';

/** Bytes of a message that is offered to the broker before it is sent. */
const LARGE = 1024 * 1024;
/** Bytes that may wait for the broker before the host has to. */
const MOST_WAITING = 256 * 1024 * 1024;

/** The large messages of the host that the broker has not taken yet. What is small goes before them. */
export class Offers {
  #waiting = new Map<number, HostLine>();
  #size = 0;
  #last = 0;

  /** Whether the host may go on writing. */
  get hasRoom(): boolean {
    return this.#size <= MOST_WAITING;
  }

  /** Sends a message, or offers it. False: the broker reads slower than we write. */
  send(socket: Writable, line: HostLine): boolean {
    if (line.size < LARGE) return writeLine(socket, [concat(line.pieces)]);
    const number = ++this.#last;
    this.#waiting.set(number, line);
    this.#size += line.size;
    return socket.write(controlLine({ offer: number, bytes: line.size })) && this.hasRoom;
  }

  /** The broker has room for it. One that was withdrawn meanwhile is not sent; the broker has been told. */
  taken(socket: Writable, number: number): void {
    const line = this.#remove(number);
    if (!line) return;
    socket.cork();
    socket.write(controlLine({ large: number }));
    const last = line.pieces.length - 1;
    for (const [index, piece] of line.pieces.entries())
      socket.write(piece, index === last ? () => release(line.pieces) : undefined);
    socket.uncork();
  }

  /** The broker has no room for it. */
  refused(number: number): HostLine | undefined {
    return this.#remove(number);
  }

  /** Takes back what nobody waits for any more; true when it was here. */
  cancel(socket: Writable | undefined, id: string): boolean {
    for (const [number, line] of this.#waiting) {
      if (line.kind !== 'request' || line.id === undefined || idKey(line.id) !== id) continue;
      this.#remove(number);
      socket?.write(controlLine({ withdrawn: number }));
      return true;
    }
    return false;
  }

  /** Everything that was not taken, which is offered no more. */
  takeBack(): HostLine[] {
    const lines = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.#size = 0;
    return lines;
  }

  #remove(number: number): HostLine | undefined {
    const line = this.#waiting.get(number);
    this.#waiting.delete(number);
    this.#size -= line?.size ?? 0;
    return line;
  }
}

/** The raw ids of the requests in a line. */
export function requestIds(line: HostLine): string[] {
  return heads(line).flatMap(({ kind, id }) => (kind === 'request' && id !== undefined ? [id] : []));
}
