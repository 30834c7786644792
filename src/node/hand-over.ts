import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../base/fault.ts';
import { asString, isObject } from '../base/json.ts';
import { isLeaving, type LineReader, meetBroker } from './connect.ts';
import { type Identity, outranks } from './identity.ts';
import { controlLine, type HandOverLine, readControl } from './wire.ts';

/** Milliseconds calls under way have for their answers before another broker takes over. */
export const HAND_OVER_DRAIN = 15_000;
/** Milliseconds the newer broker has until it could begin; its keychain may ask the user something. */
const READY = 30_000;
/** Milliseconds one side waits for the other where nothing is left to do but a word. */
const STEP = 10_000;
/** Milliseconds the newer broker waits until the older one has finished what is under way. */
const FINISH = HAND_OVER_DRAIN + 10_000;
const PAUSE = 50;

/** A broker that wants the place of this one, and the line to it. */
export interface Successor {
  identity: Identity;
  socket: Socket;
  reader: LineReader;
}

/** What the older broker does when another takes its place. */
export interface Leaving {
  /** Why it does not, if so. */
  refusal(to: Successor): Fault | undefined;
  /** Set where sign-ins are in memory only because the user asked for that. */
  readonly vault: 'memory' | undefined;
  /** Finishes what is under way, sends everybody away, writes everything, and gives back the rest. */
  finish(to: Successor): Promise<string | undefined>;
  /** Frees the place; no file is written from then on. */
  release(): Promise<void>;
  /** Goes on: the other one was lost. */
  stay(released: boolean): Promise<void>;
  /** The other one serves: ends without a further word. */
  leave(): Promise<void>;
}

/**
 * The older broker's side of a hand-over. Until the newer one serves, its loss means that this one goes on.
 * Throws, to be told to the newer one, why nothing is handed over; by then nothing has changed.
 */
export async function handOver(to: Successor, leaving: Leaving): Promise<void> {
  const { socket, reader } = to;
  const refuse = () => {
    const refusal = leaving.refusal(to);
    if (refusal) throw refusal;
  };
  const { say, hear } = talk(socket, reader);
  refuse();
  say({ ok: true, ...(leaving.vault ? { vault: leaving.vault } : {}) });
  if (!(await hear('ready', READY).catch(() => undefined))) {
    socket.destroy();
    return;
  }
  // Somebody may have begun a sign-in meanwhile.
  refuse();
  let released = false;
  try {
    const contents = await leaving.finish(to);
    say({ handover: contents === undefined ? {} : { contents } });
    await hear('taken', STEP);
    released = true;
    await leaving.release();
    say({ released: true });
    await hear('serving', STEP);
  } catch {
    socket.destroy();
    await leaving.stay(released);
    return;
  }
  await leaving.leave();
}

/** An older broker that is about to hand over, as the newer one sees it. */
export interface Predecessor {
  readonly vault: 'memory' | undefined;
  /**
   * Has it finish, and resolves with what it had in memory only. One that dies meanwhile has nothing. Throws
   * `broker.busy` where it changed its mind, `broker.unreachable` where it hangs.
   */
  finish(): Promise<string | undefined>;
  /** Has it free the place. What is to be written down beforehand is. */
  release(): Promise<void>;
  /** This process serves now; the older one may end. */
  serving(): void;
}

/**
 * Asks the running broker of a folder to hand over. `undefined` when none runs; `stays` when the one that
 * runs is not outranked. Throws `broker.busy` when it does not do so now, and what {@link meetBroker} throws.
 */
export async function askHandOver(folder: string, own: Identity): Promise<Predecessor | 'stays' | undefined> {
  for (const begun = Date.now(); ; ) {
    try {
      const met = await meetBroker(folder);
      if (!met) return undefined;
      if (!outranks(own, met.broker)) {
        met.close();
        return 'stays';
      }
      const { socket, reader, ok } = await met.ask({ kind: 'handover', from: own });
      return predecessor(socket, reader, ok as { vault?: unknown });
    } catch (error) {
      const fault = Fault.of(error);
      // It is just ending, or another is taking its place.
      const limit = isLeaving(fault) ? FINISH : STEP;
      if (fault.code !== 'broker.lost' || Date.now() - begun > limit) throw fault;
      await sleep(PAUSE);
    }
  }
}

function predecessor(socket: Socket, reader: LineReader, ok: { vault?: unknown }): Predecessor {
  const { say, hear } = talk(socket, reader);
  /** One that died has done, in its way, what it was asked for. */
  const unlessDead = async <T>(work: Promise<T>): Promise<T | undefined> =>
    work.catch(error => {
      if (Fault.of(error).code === 'broker.lost') return undefined;
      socket.destroy();
      throw error;
    });
  return {
    vault: ok.vault === 'memory' ? 'memory' : undefined,
    finish: async () => {
      say({ ready: true });
      const said = await unlessDead(hear('handover', FINISH));
      return isObject(said) ? asString(said.contents) : undefined;
    },
    release: async () => {
      say({ taken: true });
      await unlessDead(hear('released', STEP));
    },
    serving: () => {
      if (socket.writable) socket.end(controlLine({ serving: true }));
    },
  };
}

function talk(socket: Socket, reader: LineReader) {
  return {
    say: (line: HandOverLine) => {
      if (socket.writable) socket.write(controlLine(line));
    },
    /**
     * The value of the next line's member of this name. Throws `broker.lost` when the other side hangs up,
     * `broker.unreachable` when it says nothing in time, `broker.refused` when it says something else.
     */
    async hear(
      name: 'ready' | 'handover' | 'taken' | 'released' | 'serving',
      limit: number,
    ): Promise<unknown> {
      const over = new AbortController();
      const late = sleep(limit, undefined, { signal: over.signal }).then(() => {
        throw new Fault('broker.unreachable', 'The other Keybridge went silent while one took over.');
      });
      late.catch(() => {});
      try {
        const line = await Promise.race([reader.line(), late]);
        const said: Readonly<Record<string, unknown>> = readControl<HandOverLine>(line);
        if (said.fault) throw Fault.from(said.fault);
        if (said[name] === undefined)
          throw new Fault('broker.refused', 'The other Keybridge said something else while one took over.');
        return said[name];
      } finally {
        over.abort();
      }
    },
  };
}
