import type { Fault } from '../base/fault.ts';
import { isLoopbackHost } from '../base/text.ts';
import type { World } from '../base/world.ts';
import { Backoff } from '../bridge/backoff.ts';
import { isUnsent } from '../bridge/errors.ts';

/** A host that waits for a sign-in has its answer to `initialize` by then. Milliseconds. */
const PROMISE_WITHIN = 1_500;
/** A server that is known is tried for this long before requests are refused. Milliseconds. */
const KNOWN = 30_000;
/** Hosts give up on `initialize` after a minute; before that they get a reason. Milliseconds. */
const UNKNOWN = 50_000;
/** Milliseconds between two tries at most; a second at least. */
const LONGEST_PAUSE = 5_000;

/** What a start asks of the session that it is the beginning of. */
export interface Starting {
  /** Whether the host has an answer to `initialize`, or there is one to give. */
  isKnown(): Promise<boolean>;
  /** Says why it takes longer. */
  note(fault: Fault): void;
  /** Answers `initialize` with what is known. */
  promise(): Promise<void>;
  /** Tries once more. */
  again(): void;
  giveUp(fault: Fault): void;
  /** The host has waited for its `initialize` as long as it should where nobody knows how long it will take. */
  overdue(): void;
}

/** Whether it may be otherwise in a while, without anybody doing anything about it. */
function mayPass(fault: Fault): boolean {
  // A certificate that is not trusted will not be trusted then.
  if (!isUnsent(fault) || fault.code === 'net.tls') return false;
  // A proxy that answers itself is there; what it says of others may change.
  const { status } = fault.data ?? {};
  return status === undefined || ['502', '503', '504'].includes(status);
}

/**
 * The beginning of a session on a machine whose network may not be there yet: hosts start with the machine. A
 * server that was never seen, and it or its proxy is on this machine itself, is not waited for.
 */
export class Start {
  readonly #world: Pick<World, 'now' | 'sleep' | 'random'>;
  readonly #server: URL;
  readonly #starting: Starting;
  #backoff: Backoff;
  #began = 0;
  /** Aborted when the session has begun, or will not. */
  #over: AbortController | undefined;
  #last: Fault | undefined;
  #isOverdue = false;

  constructor(world: Pick<World, 'now' | 'sleep' | 'random'>, server: URL, starting: Starting) {
    this.#world = world;
    this.#server = server;
    this.#starting = starting;
    this.#backoff = new Backoff(world);
  }

  get isOverdue(): boolean {
    return this.#isOverdue;
  }

  /** Why the server is waited for just now. */
  get reason(): Fault | undefined {
    return this.#over && this.#last;
  }

  /** The host has said `initialize`. */
  begin(): void {
    this.over();
    this.#over = new AbortController();
    this.#began = this.#world.now();
    this.#backoff = new Backoff(this.#world);
    this.#last = undefined;
    this.#isOverdue = false;
    this.#after(PROMISE_WITHIN, this.#over, () => {
      this.#isOverdue = true;
      this.#starting.overdue();
    });
  }

  over(): void {
    this.#over?.abort();
    this.#over = undefined;
  }

  /** Whether the server is tried again after this; then nobody else has anything to do about it. */
  async takes(fault: Fault): Promise<boolean> {
    const over = this.#over;
    if (!over) return false;
    const isAwaited = mayPass(fault);
    const isKnown = isAwaited && (await this.#starting.isKnown());
    if (over.signal.aborted) return true;
    if (!isAwaited || (!isKnown && isLoopbackHost(this.#first(fault)))) {
      this.over();
      return false;
    }
    const isFirst = this.#last === undefined;
    this.#last = fault;
    this.#starting.note(fault);
    // A try that takes long must not make it longer.
    const left = (isKnown ? KNOWN : UNKNOWN) - (this.#world.now() - this.#began);
    if (isFirst) this.#after(Math.max(0, left), over, () => this.#giveUp());
    if (isKnown) await this.#starting.promise();
    const pause = Math.min(this.#backoff.next(undefined), LONGEST_PAUSE);
    this.#after(pause, over, () => this.#starting.again());
    return true;
  }

  /** Who has to be reached first. */
  #first({ data }: Fault): string {
    return (URL.parse(data?.proxy ?? '') ?? this.#server).hostname;
  }

  #giveUp(): void {
    this.over();
    if (this.#last) this.#starting.giveUp(this.#last);
  }

  #after(ms: number, { signal }: AbortController, then: () => void): void {
    this.#world.sleep(ms, signal).then(then, () => {});
  }
}
