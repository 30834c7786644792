import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

import { GatheredBytes } from '../base/gathered-bytes.ts';

/** What is asked for when the caller names nothing else. */
export const ACCEPTED_CODINGS = 'gzip, deflate, br';

/** More codings on top of each other than anyone has use for are an attack. */
const MOST_CODINGS = 3;
/** Bytes that a piece in the queue counts for besides its own: it is an object, however short. */
const PIECE_WEIGHT = 256;
/** Bytes that wait for the reader before the connection is told to wait, and those of one of many bodies. */
const WAITING = 512 * 1024;
const WAITING_OF_MANY = 64 * 1024;

/**
 * The codings to take off a body, the last applied first. RFC 9110 §8.4. Like a browser it leaves a body as
 * it is when its coding is unknown: some servers name a character set there.
 */
export function codingsOf(field: string | null): string[] {
  const names = (field ?? '')
    .split(',')
    .map(name => name.trim().toLowerCase())
    .filter(name => name !== '' && name !== 'identity');
  const known = names.every(name => /^(?:gzip|x-gzip|deflate|br)$/.test(name));
  return known && names.length <= MOST_CODINGS ? names.reverse() : [];
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
  readonly #waiting: number;
  readonly #undecodable: (cause: unknown) => unknown;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
  /** Pieces of this turn that have not been handed on yet. */
  readonly #gathered = new GatheredBytes();
  #decoders: Transform[] | undefined;
  /** Nothing more is taken from the connection. */
  #ended = false;
  /** Why it broke off; told to the reader after what had arrived. */
  #failure: { reason: unknown } | undefined;
  /** All that had arrived is with the reader or waiting for it. */
  #isFinished = false;

  /** `isOneOfMany`: others of the same server are under way, so that less of each may wait for its reader. */
  constructor(
    codings: readonly string[],
    source: Source,
    undecodable: (cause: unknown) => unknown,
    isOneOfMany = false,
  ) {
    this.#waiting = isOneOfMany ? WAITING_OF_MANY : WAITING;
    this.#codings = codings;
    this.#source = source;
    this.#undecodable = undecodable;
    this.stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: controller => {
          this.#controller = controller;
        },
        pull: () => {
          this.#tellFailure();
          const last = this.#decoders?.at(-1);
          if (last) last.resume();
          else if (!this.#ended) this.#source.resume();
        },
        cancel: reason => {
          this.#stop();
          this.#source.abort(reason);
        },
      },
      { highWaterMark: this.#waiting, size: chunk => chunk.byteLength + PIECE_WEIGHT },
    );
  }

  /** Bytes from the connection. */
  push(chunk: Uint8Array): void {
    if (this.#ended || chunk.byteLength === 0) return;
    // A server may cut its body into pieces of one byte, and thousands of them come at once.
    if (this.#gathered.size === 0) queueMicrotask(() => this.#flush());
    this.#gathered.push(chunk);
  }

  #flush(): void {
    if (this.#gathered.size > 0) this.#take(this.#gathered.take());
  }

  #take(chunk: Uint8Array): void {
    if (this.#codings.length === 0) {
      if (!this.#enqueue(chunk)) this.#source.pause();
      return;
    }
    this.#decoders ??= this.#decode(chunk[0] as number);
    if (this.#decoders[0]?.write(chunk) === false) this.#source.pause();
  }

  /** The connection has brought all of it. */
  end(): void {
    if (this.#ended) return;
    this.#flush();
    this.#ended = true;
    const first = this.#decoders?.[0];
    if (first) first.end();
    else this.#finish();
  }

  /** The connection was lost. The reader still gets what had arrived. */
  fail(reason: unknown): void {
    if (this.#ended) return;
    this.#failure = { reason };
    this.end();
  }

  /** Nobody wants it any more. The reader hears at once. */
  abort(reason: unknown): void {
    this.#stop();
    this.#controller?.error(reason);
  }

  #enqueue(chunk: Uint8Array): boolean {
    this.#controller?.enqueue(chunk as Uint8Array<ArrayBuffer>);
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  #finish(): void {
    this.#isFinished = true;
    if (!this.#failure) this.#controller?.close();
    else this.#tellFailure();
  }

  /** Why it broke off, once the reader has all that had arrived: a decoder may still be at work on it. */
  #tellFailure(): void {
    if (!this.#failure || !this.#isFinished || this.#controller?.desiredSize !== this.#waiting) return;
    this.#controller.error(this.#failure.reason);
  }

  #stop(): void {
    this.#ended = true;
    this.#gathered.takeChunks();
    for (const decoder of this.#decoders ?? []) decoder.removeAllListeners('data').destroy();
  }

  #decode(firstByte: number): Transform[] {
    const decoders = this.#codings.map((coding, index) => decoderFor(coding, index === 0 ? firstByte : 0x78));
    for (const [index, decoder] of decoders.entries()) {
      decoder.on('error', cause => {
        const reason = this.#failure?.reason ?? this.#undecodable(cause);
        this.abort(reason);
        this.#source.abort(reason);
      });
      const next = decoders[index + 1];
      if (next) decoder.pipe(next);
    }
    const last = decoders.at(-1) as Transform;
    decoders[0]?.on('drain', () => this.#source.resume());
    last.on('data', (chunk: Uint8Array) => {
      if (!this.#enqueue(chunk)) last.pause();
    });
    last.on('end', () => this.#finish());
    return decoders;
  }
}
