import { Fault } from '../base/fault.ts';
import { type Turn, UNITS_OF_A_MILLISECOND, type WorkKind } from '../base/scheduler.ts';
import { duration } from '../base/text.ts';
import type { World } from '../base/world.ts';
import type { Guard } from '../bridge/guard.ts';
import { Holdings } from '../bridge/holdings.ts';

/** Milliseconds of one turn of the event loop beyond which a server has held up the others. */
const LONG_TURN = 50;
/** Milliseconds of one that is the only server's of that turn, whatever was counted. */
const VERY_LONG_TURN = 500;
/** Milliseconds after which one such turn is forgiven. */
const FORGIVEN_AFTER = 30_000;
/** Turns not forgiven yet with which a server is slowed, and with which it is cut off. */
const SLOWED_AT = 3;
const CUT_OFF_AT = 10;
/** Milliseconds for which it stays so. */
const CUT_OFF_FOR = 5 * 60_000;
/** Milliseconds between two notes on one server. */
const NOTED_EVERY = 1_000;
/** Bytes of the process's memory that are worth a note; then twice as many, and so on. */
const LARGE = 512 * 1024 * 1024;
/** Turns between two looks at the memory. */
const TURNS_BETWEEN_LOOKS = 256;

/** In words, for sentences. */
export const WORK: Readonly<Record<WorkKind, string>> = {
  reading: 'reading what it sent',
  messages: 'its messages',
  recording: 'recording what it sent',
};

/** What a server's bytes have cost lately. Times are milliseconds, points of time since the epoch. */
export interface ServerLoad {
  /** The server's origin. */
  server: string;
  /** Its longest turn of the event loop, what most of it was, and when. */
  longest: number;
  work: WorkKind;
  at: number;
  /** How often it held up the others. */
  turns: number;
  /** It gets a small part of the time. */
  isSlowed: boolean;
  /** Nothing is exchanged with it before. */
  cutOffUntil?: number;
}

/** How busy the process is and was. */
export interface Load {
  /** Bytes of memory of the process. */
  memory?: number;
  /** Servers that have held up the others. */
  servers: ServerLoad[];
}

export interface LoadOptions {
  world: Pick<World, 'now' | 'scheduler'>;
  /** Bytes of memory of this process. */
  memory?: (() => number) | undefined;
  /** Writes a sentence into the trace. */
  note(text: string): void;
}

/** One server as the monitor sees it. */
class Watched implements Guard {
  readonly holdings = new Holdings();
  load: ServerLoad | undefined;
  strikes = 0;
  /** From when strikes are forgiven. */
  since = 0;
  notedAt = Number.NEGATIVE_INFINITY;
  cutOff: Fault | undefined;
  #connections = new AbortController();
  readonly #monitor: LoadMonitor;
  readonly #origin: string;

  constructor(monitor: LoadMonitor, origin: string) {
    this.#monitor = monitor;
    this.#origin = origin;
  }

  get signal(): AbortSignal {
    return this.#connections.signal;
  }

  get refusal(): Fault | undefined {
    this.#monitor.forgive(this.#origin, this);
    return this.cutOff;
  }

  end(reason: Fault): void {
    this.cutOff = reason;
    this.#connections.abort(reason);
  }

  begin(): void {
    this.cutOff = undefined;
    this.#connections = new AbortController();
  }
}

/**
 * Watches what each server's bytes cost. A server that holds up the others is named in the trace and in
 * `status`; one that does so again and again gets less of the time, and is cut off for some minutes if that
 * does not help.
 */
export class LoadMonitor {
  readonly #options: LoadOptions;
  readonly #servers = new Map<string, Watched>();
  #turns = 0;
  #notedMemory = LARGE;

  constructor(options: LoadOptions) {
    this.#options = options;
    options.world.scheduler.onTurn = turn => this.#look(turn);
  }

  /** What is held of a server, and whether it may be asked. */
  server(url: string): { holdings: Holdings; guard: Guard } {
    const watched = this.#watched(new URL(url).origin);
    return { holdings: watched.holdings, guard: watched };
  }

  get load(): Load {
    const { memory } = this.#options;
    const servers = [...this.#servers].flatMap(([origin, watched]) => {
      this.forgive(origin, watched);
      return watched.load ? [watched.load] : [];
    });
    return { ...(memory ? { memory: memory() } : {}), servers };
  }

  #watched(origin: string): Watched {
    let watched = this.#servers.get(origin);
    if (!watched) {
      watched = new Watched(this, origin);
      this.#servers.set(origin, watched);
    }
    return watched;
  }

  #look({ duration: length, work }: Turn): void {
    if (++this.#turns % TURNS_BETWEEN_LOOKS === 0) this.#lookAtMemory();
    if (length < LONG_TURN) return;
    const [most] = [...work].map(([origin, kinds]) => ({ origin, kinds, units: sum(kinds) })).sort(byUnits);
    const [kind] = [...(most?.kinds ?? [])].sort((a, b) => b[1] - a[1]);
    const watched = most && this.#servers.get(most.origin);
    // What a host sent, or a server that is only examined.
    if (!most || !kind || !watched) return;
    // What was counted explains it, or there is nobody else it could be.
    const isExplained = most.units / UNITS_OF_A_MILLISECOND >= length / 2;
    if (!isExplained && (length < VERY_LONG_TURN || work.size > 1)) return;
    this.#strike(most.origin, watched, length, kind[0]);
  }

  #strike(origin: string, watched: Watched, length: number, work: WorkKind): void {
    const { world, note } = this.#options;
    this.forgive(origin, watched);
    const at = world.now();
    if (watched.strikes++ === 0) watched.since = at;
    const before = watched.load;
    const longest = before && before.longest > length ? before : { longest: length, work, at };
    watched.load = {
      server: origin,
      turns: (before?.turns ?? 0) + 1,
      isSlowed: before?.isSlowed ?? false,
      longest: longest.longest,
      work: longest.work,
      at: longest.at,
    };
    if (at - watched.notedAt >= NOTED_EVERY) {
      watched.notedAt = at;
      note(`${origin} held up Keybridge for ${Math.round(length)} ms; most of it was ${WORK[work]}.`);
    }
    if (watched.strikes === SLOWED_AT) {
      watched.load.isSlowed = true;
      world.scheduler.slow(origin, true);
      note(`${origin} has done so ${SLOWED_AT} times, and gets a small part of the time from now on.`);
    }
    if (watched.strikes < CUT_OFF_AT || watched.cutOff) return;
    watched.load.cutOffUntil = at + CUT_OFF_FOR;
    const fault = new Fault(
      'server.cut-off',
      `${origin} has held up Keybridge again and again, and is not asked for ${duration(CUT_OFF_FOR)}; most of the work was ${WORK[work]}.`,
      {
        remedy:
          'Tell whoever runs the server what `keybridge trace` shows; the other servers are not affected.',
      },
    );
    note(fault.message);
    watched.end(fault);
  }

  /** Takes back what is long enough ago. */
  forgive(origin: string, watched: Watched): void {
    const { load } = watched;
    if (!load) return;
    const { world } = this.#options;
    const now = world.now();
    if (load.cutOffUntil !== undefined) {
      if (now < load.cutOffUntil) return;
      delete load.cutOffUntil;
      watched.strikes = 0;
      watched.begin();
    }
    const forgiven = Math.max(0, Math.floor((now - watched.since) / FORGIVEN_AFTER));
    watched.since += forgiven * FORGIVEN_AFTER;
    watched.strikes = Math.max(0, watched.strikes - forgiven);
    if (watched.strikes > 0 || !load.isSlowed) return;
    load.isSlowed = false;
    world.scheduler.slow(origin, false);
  }

  #lookAtMemory(): void {
    const memory = this.#options.memory?.() ?? 0;
    if (memory < this.#notedMemory) return;
    this.#notedMemory = 2 * memory;
    const held = [...this.#servers].map(([origin, { holdings }]) => ({ origin, held: holdings.held }));
    const [most] = held.sort((a, b) => b.held - a.held);
    const whose = most && most.held > 0 ? ` Most is held for ${most.origin}: ${mebibytes(most.held)}.` : '';
    this.#options.note(`Keybridge uses ${mebibytes(memory)} of memory.${whose}`);
  }
}

const sum = (kinds: ReadonlyMap<WorkKind, number>): number => [...kinds.values()].reduce((a, b) => a + b, 0);
const byUnits = (a: { units: number }, b: { units: number }): number => b.units - a.units;
const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
