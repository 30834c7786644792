import { Fault, type FaultJson } from '../base/fault.ts';
import type { Message } from '../bridge/channel.ts';
import { HeadScanner, type Heads } from '../bridge/head-scanner.ts';
import { LONGEST_LINE } from '../bridge/lines.ts';
import { heads, idKey } from '../bridge/scan.ts';
import type { Budget } from './budget.ts';
import { release } from './write-line.ts';

/** Milliseconds a large request waits for room; then its host is told. Hosts give up after a minute. */
const PATIENCE = 45_000;

const NOTHING = new Uint8Array();

/** What is said to the shim of one of its offers. */
export type Verdict = { take: number } | { refused: number; fault: FaultJson };

/**
 * The large messages of one host: each is offered, taken when all hosts together leave room for it, kept in
 * one place, and let go as soon as the server has it.
 */
export class LargeRequests {
  readonly #budget: Budget;
  readonly #say: (verdict: Verdict) => void;
  readonly #ended = new AbortController();
  /** Offers with room, or waiting for it. */
  readonly #offers = new Map<number, { bytes: number; withdrawn: AbortController; free?: () => void }>();
  /** What gives back the room of those under way, by the ids of their requests. */
  readonly #held = new Map<string, () => void>();
  readonly #free = new Set<() => void>();
  #arriving: { bytes: Uint8Array; at: number; scanner: HeadScanner; free: () => void } | undefined;

  constructor(budget: Budget, say: (verdict: Verdict) => void) {
    this.#budget = budget;
    this.#say = say;
  }

  /** The shim has so many bytes. Throws for what no shim of ours says. */
  async offered(number: number, bytes: number): Promise<void> {
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > LONGEST_LINE || this.#offers.has(number)) {
      throw new Fault('broker.refused', 'What was offered is not to be had.');
    }
    const offer: { bytes: number; withdrawn: AbortController; free?: () => void } = {
      bytes,
      withdrawn: new AbortController(),
    };
    this.#offers.set(number, offer);
    const late = setTimeout(() => offer.withdrawn.abort(CROWDED), PATIENCE);
    try {
      const signal = AbortSignal.any([this.#ended.signal, offer.withdrawn.signal]);
      const free = await this.#budget.take(bytes, signal);
      if (signal.aborted) {
        // It was given up in the very moment its turn came.
        free();
        throw signal.reason;
      }
      offer.free = free;
      this.#free.add(free);
      this.#say({ take: number });
    } catch (error) {
      this.#offers.delete(number);
      if (error === CROWDED) this.#say({ refused: number, fault: CROWDED.toJSON() });
    } finally {
      clearTimeout(late);
    }
  }

  /** It will not come. Without a number: none that was offered will. */
  withdrawn(number?: number): void {
    for (const [each, { withdrawn, free }] of this.#offers) {
      if (number !== undefined && each !== number) continue;
      this.#offers.delete(each);
      withdrawn.abort();
      free?.();
    }
  }

  /** The bytes of an offer that was taken follow. Throws for any other. */
  begin(number: number): void {
    const { bytes, free } = this.#offers.get(number) ?? {};
    if (bytes === undefined || !free) throw new Fault('broker.refused', 'Nobody asked for this.');
    this.#offers.delete(number);
    this.#arriving = { bytes: new Uint8Array(bytes), at: 0, scanner: new HeadScanner(), free };
  }

  get isArriving(): boolean {
    return this.#arriving !== undefined;
  }

  /** Takes what of the chunk belongs to it; how many bytes those are, and the message once it is whole. */
  push(chunk: Uint8Array): { taken: number; message?: Message | undefined } {
    const arriving = this.#arriving;
    if (!arriving) return { taken: 0 };
    const part = chunk.subarray(0, arriving.bytes.length - arriving.at);
    const taken = part.length;
    const end = arriving.at + taken;
    arriving.bytes.set(part, arriving.at);
    arriving.scanner.push(arriving.bytes.subarray(arriving.at, end));
    arriving.at = end;
    // It is copied by now.
    release([part]);
    if (end < arriving.bytes.length) return { taken };
    this.#arriving = undefined;
    return { taken, message: this.#arrived(arriving.scanner.end(), arriving.bytes, arriving.free) };
  }

  #arrived(head: Heads | undefined, bytes: Uint8Array, free: () => void): Message | undefined {
    if (!head) {
      free();
      return undefined;
    }
    const message: Message = { ...head, bytes };
    const letGo = () => {
      message.bytes = NOTHING;
      this.#free.delete(free);
      free();
    };
    message.release = letGo;
    for (const { kind, id } of heads(message))
      if (kind === 'request' && id !== undefined) this.#held.set(idKey(id), letGo);
    return message;
  }

  /** A request with this id has its answer. */
  answered(id: string): void {
    if (this.#held.size === 0) return;
    this.#held.get(idKey(id))?.();
    this.#held.delete(idKey(id));
  }

  /** The host is gone. */
  close(): void {
    this.#ended.abort();
    for (const free of this.#free) free();
    this.#free.clear();
  }
}

const CROWDED = new Fault(
  'net.too-large',
  'Other large requests are under way and leave no room for this one.',
  {
    remedy: 'Ask again later.',
  },
);
