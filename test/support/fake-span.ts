import { Fault } from '../../src/base/fault.ts';
import type { World } from '../../src/base/world.ts';
import type { Exchange, FetchRequest, Span } from '../../src/trace/event.ts';

/** A Span that keeps what it is told, as it is told: no redaction, no bodies. */
export interface FakeSpan extends Span {
  /** Exchanges of this span and all under it, in order. */
  exchanges: readonly Exchange[];
  /** Requests as they were given to `fetch`, in the same order. */
  requests: readonly FetchRequest[];
  notes: readonly string[];
  /** Names of the spans under it, at any depth. */
  names: readonly string[];
  secrets: readonly string[];
}

export function fakeSpan(world: Pick<World, 'dial' | 'now'>): FakeSpan {
  const exchanges: Exchange[] = [];
  const requests: FetchRequest[] = [];
  const notes: string[] = [];
  const names: string[] = [];
  const secrets: string[] = [];

  const span = (id: string): FakeSpan => ({
    id,
    exchanges,
    requests,
    notes,
    names,
    secrets,
    note: text => void notes.push(text),
    message: () => {},
    secret: value => void secrets.push(value),
    span: name => {
      names.push(name);
      return span(`span-${names.length}`);
    },
    fetch: async (purpose, request) => {
      const { method, url, headers } = request;
      const startedAt = world.now();
      const exchange: Exchange = {
        id: `exchange-${exchanges.length + 1}`,
        purpose,
        startedAt,
        request: { method, url, headers },
        outcome: { kind: 'pending' },
        timing: {},
      };
      exchanges.push(exchange);
      requests.push(request);
      try {
        const { response, headers: received, connection } = await world.dial(request);
        exchange.outcome = { kind: 'answered', status: response.status, headers: received };
        exchange.connection = connection;
        exchange.timing.head = world.now() - startedAt;
        return { response, headers: received, exchange: exchange.id, connection };
      } catch (thrown) {
        exchange.outcome = { kind: 'failed', fault: Fault.of(thrown).toJSON() };
        throw thrown;
      }
    },
  });
  return span('span-0');
}
