import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

/** What is asked for when the caller names nothing else. */
export const ACCEPTED_CODINGS = 'gzip, deflate, br';

/** More codings on top of each other than anyone has use for are an attack. */
const MOST_CODINGS = 3;
/** Bytes that wait for the reader before the connection is told to wait. */
const WAITING = 64 * 1024;

/** The codings to take off a body, the last applied first. RFC 9110 §8.4. `undefined` for unknown ones. */
export function codingsOf(field: string | null): string[] | undefined {
  const names = (field ?? '')
    .split(',')
    .map(name => name.trim().toLowerCase())
    .filter(name => name !== '' && name !== 'identity');
  const known = names.every(name => /^(?:gzip|x-gzip|deflate|br)$/.test(name));
  return known && names.length <= MOST_CODINGS ? names.reverse() : undefined;
}

/** A decoder that hands on whatever it can at once, so that events in a compressed stream are not held back. */
function decoderFor(coding: string, firstByte: number): Transform {
  if (coding === 'br') {
    return createBrotliDecompress({
      flush: constants.BROTLI_OPERATION_FLUSH,
      finishFlush: constants.BROTLI_OPERATION_FLUSH,
    });
  }
  const options = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
  if (coding !== 'deflate') return createGunzip(options);
  // "deflate" should be wrapped in zlib's format, and from some servers it is not (RFC 9110 §8.4.1.2).
  return (firstByte & 0x0f) === 8 ? createInflate(options) : createInflateRaw(options);
}

/** The connection a body comes from. */
export interface Source {
  pause(): void;
  resume(): void;
  /** The reader wants no more of it, or cannot make anything of it. */
  abort(reason: unknown): void;
}

/**
 * A body on its way from the connection to its reader: decoded, never more than a little ahead of the
 * reader, and given up together with it.
 */
export class Body {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #codings: readonly string[];
  readonly #source: Source;
  readonly #undecodable: (cause: unknown) => unknown;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  #decoders: Transform[] | undefined;
  #over = false;

  constructor(codings: readonly string[], source: Source, undecodable: (cause: unknown) => unknown) {
    this.#codings = codings;
    this.#source = source;
    this.#undecodable = undecodable;
    this.stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: controller => {
          this.#controller = controller;
        },
        pull: () => {
          const last = this.#decoders?.at(-1);
          if (last) last.resume();
          else this.#source.resume();
        },
        cancel: reason => {
          this.#end();
          this.#source.abort(reason);
        },
      },
      { highWaterMark: WAITING, size: chunk => chunk.byteLength },
    );
  }

  /** Bytes from the connection. */
  push(chunk: Uint8Array): void {
    if (this.#over || chunk.byteLength === 0) return;
    if (this.#codings.length === 0) {
      if (!this.#enqueue(chunk)) this.#source.pause();
      return;
    }
    this.#decoders ??= this.#decode(chunk[0] as number);
    if (this.#decoders[0]?.write(chunk) === false) this.#source.pause();
  }

  /** The connection has brought all of it. */
  end(): void {
    if (this.#over) return;
    const first = this.#decoders?.[0];
    if (first) first.end();
    else this.#close();
  }

  /** It will not come any further. */
  fail(reason: unknown): void {
    if (this.#over) return;
    this.#end();
    this.#controller?.error(reason);
  }

  #enqueue(chunk: Uint8Array): boolean {
    this.#controller?.enqueue(chunk as Uint8Array<ArrayBuffer>);
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  #close(): void {
    if (this.#over) return;
    this.#end();
    this.#controller?.close();
  }

  #end(): void {
    this.#over = true;
    for (const decoder of this.#decoders ?? []) decoder.destroy();
  }

  #decode(firstByte: number): Transform[] {
    const decoders = this.#codings.map((coding, index) => decoderFor(coding, index === 0 ? firstByte : 0x78));
    for (const [index, decoder] of decoders.entries()) {
      decoder.on('error', cause => {
        if (this.#over) return;
        const reason = this.#undecodable(cause);
        this.fail(reason);
        this.#source.abort(reason);
      });
      const next = decoders[index + 1];
      if (next) decoder.pipe(next);
    }
    const last = decoders.at(-1) as Transform;
    decoders[0]?.on('drain', () => this.#source.resume());
    last.on('data', (chunk: Uint8Array) => {
      if (!this.#over && !this.#enqueue(chunk)) last.pause();
    });
    last.on('end', () => this.#close());
    return decoders;
  }
}
