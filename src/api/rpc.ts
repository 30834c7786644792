import { Fault, type FaultJson } from '../base/fault.ts';
import { Feed } from '../base/feed.ts';
import { isObject } from '../base/json.ts';
import { type Api, METHODS, STREAMS } from './contract.ts';
import type { Port } from './port.ts';

type Words =
  | { call: number; method: string; args: unknown[] }
  | { cancel: number }
  | { item: number; value: unknown }
  | { end: number; value?: unknown; fault?: FaultJson };

/** Calls that may be open on one port; a window has a few dozen. */
const MOST_CALLS = 1_000;

/** Whoever made a call and hears what comes of it. */
interface Hearing {
  item(value: unknown): void;
  end(words: { value?: unknown; fault?: FaultJson }): void;
}

/** The names of an interface's methods: all of them, and those that answer more than once. */
export interface Methods {
  all: ReadonlySet<string>;
  streams: ReadonlySet<string>;
}

const TERMINAL: Methods = { all: METHODS, streams: STREAMS };

/** The Api at the far end of a port. Once it closes, calls are rejected with `broker.lost`, those that wait too. */
export function callApi<A = Api>(port: Port, { all, streams }: Methods = TERMINAL): A {
  let count = 0;
  let lost: FaultJson | undefined;
  const waiting = new Map<number, Hearing>();
  port.onMessage(message => {
    const words = message as Partial<Record<string, unknown>>;
    if (!isObject(message)) return;
    if (typeof words.item === 'number') waiting.get(words.item)?.item(words.value);
    if (typeof words.end === 'number') {
      waiting.get(words.end)?.end(message as { value?: unknown; fault?: FaultJson });
      waiting.delete(words.end);
    }
  });
  port.onClose(() => {
    lost = new Fault('broker.lost', "Keybridge's own process ended.", { remedy: 'Try again.' }).toJSON();
    for (const { end } of waiting.values()) end({ fault: lost });
    waiting.clear();
  });

  /** Begins a call; `undefined` when nobody is there to hear it, which is said by `end`. */
  const begin = (method: string, args: unknown[], hear: Hearing): number | undefined => {
    if (lost) {
      hear.end({ fault: lost });
      return undefined;
    }
    const call = ++count;
    waiting.set(call, hear);
    // JSON would make null of what is left out at the end.
    const given = args.slice(0, args.findLastIndex(each => each !== undefined) + 1);
    port.post({ call, method, args: given } satisfies Words);
    return call;
  };

  const ask = (method: string, args: unknown[]) =>
    new Promise((resolve, reject) => {
      begin(method, args, {
        item: () => {},
        end: ({ value, fault }) => (fault ? reject(Fault.from(fault)) : resolve(value)),
      });
    });

  const listen = (method: string, args: unknown[]): AsyncIterable<unknown> => {
    const feed: Feed<unknown> = new Feed(() => {
      if (call !== undefined && waiting.delete(call)) port.post({ cancel: call } satisfies Words);
    });
    const call = begin(method, args, {
      item: value => feed.push(value),
      end: ({ fault }) => feed.end(fault && Fault.from(fault)),
    });
    return feed;
  };

  return Object.fromEntries(
    [...all].map(method => [
      method,
      (...args: unknown[]) => (streams.has(method) ? listen(method, args) : ask(method, args)),
    ]),
  ) as A;
}

/** Serves an Api to the far end of a port until it closes. Faults cross whole. */
export function serveApi<A extends object = Api>(
  api: A,
  port: Port,
  { all, streams }: Methods = TERMINAL,
): void {
  const running = new Map<number, AsyncIterator<unknown>>();
  /** Calls without an end yet. */
  const open = new Set<number>();
  const end = (call: number, result: { value?: unknown; fault?: FaultJson }) =>
    port.post({ end: call, ...result } satisfies Words);
  const run = async (call: number, method: string, args: unknown[]) => {
    try {
      if (!all.has(method))
        throw new Fault('broker.version', `This Keybridge does not know "${method.slice(0, 40)}".`);
      const answer = (api as Record<string, (...args: unknown[]) => unknown>)[method]?.(...args);
      if (!streams.has(method)) return end(call, { value: await answer });
      const iterator = (answer as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      running.set(call, iterator);
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        port.post({ item: call, value: next.value } satisfies Words);
        await port.ready?.();
      }
      end(call, {});
    } catch (error) {
      end(call, { fault: Fault.of(error).toJSON() });
    } finally {
      running.delete(call);
      open.delete(call);
    }
  };
  const begin = (call: number, method: string, args: unknown[]) => {
    // Two under one number could not be told apart, and one of them would never be ended.
    if (open.has(call)) return;
    if (open.size >= MOST_CALLS) {
      const message = 'More was asked at once than can be answered.';
      return end(call, { fault: new Fault('broker.busy', message, { remedy: 'Try again.' }).toJSON() });
    }
    open.add(call);
    void run(call, method, args);
  };
  const stop = (call: number) =>
    void running
      .get(call)
      ?.return?.(undefined)
      ?.catch(() => {});
  port.onMessage(message => {
    if (!isObject(message)) return;
    const words = message as Partial<Record<string, unknown>>;
    if (typeof words.call === 'number' && typeof words.method === 'string' && Array.isArray(words.args)) {
      begin(words.call, words.method, words.args);
    }
    if (typeof words.cancel === 'number') stop(words.cancel);
  });
  port.onClose(() => {
    for (const call of [...running.keys()]) stop(call);
  });
}
