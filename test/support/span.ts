import { randomBytes } from 'node:crypto';
import { Fault } from '../../src/base/fault.ts';
import { Scheduler } from '../../src/base/scheduler.ts';
import type { World } from '../../src/base/world.ts';
import type { Fetched, FetchRequest, MessageHead, Purpose, Span } from '../../src/trace/event.ts';

/** A Span that goes to the network with the platform's fetch, and keeps a list of what was asked and noted. */
export class PlainSpan implements Span {
  readonly id = 'span';
  readonly requests: { purpose: Purpose; method: string; url: string }[] = [];
  readonly notes: string[] = [];
  readonly messages: { direction: string; text: string; head: MessageHead }[] = [];

  async fetch(purpose: Purpose, request: FetchRequest): Promise<Fetched> {
    const { method, url, headers, body, signal } = request;
    this.requests.push({ purpose, method, url });
    const exchange = String(this.requests.length);
    try {
      const response = await fetch(url, {
        method,
        headers: headers.map(([name, value]): [string, string] => [name, value]),
        body: body ? new Uint8Array(body) : null,
        signal: signal ?? null,
        redirect: 'manual',
      });
      return { response, headers: [...response.headers], exchange, connection: { reused: false } };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const cause = error instanceof Error ? error.cause : undefined;
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      const refused = code === 'ECONNREFUSED';
      throw new Fault(refused ? 'net.refused' : 'net.failed', `The request failed (${code}).`, {
        cause: error,
      });
    }
  }

  note(text: string): void {
    this.notes.push(text);
  }

  message(direction: 'from-host' | 'to-host', bytes: Uint8Array, head: MessageHead): void {
    this.messages.push({ direction, text: new TextDecoder().decode(bytes.subarray(0, 1000)), head });
  }

  span(): Span {
    return this;
  }

  secret(): void {}
}

/** A World whose clock runs faster than ours, so that waits of seconds take fractions of them. */
export function quicken(speed: number): Pick<World, 'now' | 'sleep' | 'random' | 'scheduler'> {
  return {
    scheduler: new Scheduler(work => void setImmediate(work)),
    now: () => performance.now() * speed,
    random: count => new Uint8Array(randomBytes(count)),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', stop);
          resolve();
        }, ms / speed);
        signal?.addEventListener('abort', stop, { once: true });
      }),
  };
}

export const quickWorld = quicken(10);
