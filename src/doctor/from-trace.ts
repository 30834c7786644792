import { Fault } from '../base/fault.ts';
import { isObject, parseJson } from '../base/json.ts';
import { quoted } from '../base/text.ts';
import type { Examination } from '../checks/examination.ts';
import type { Exchange, ExchangeId } from '../trace/event.ts';
import { readHar } from '../trace/har-reader.ts';
import { readRecording } from '../trace/recording.ts';

/**
 * A recorded trace of a bridge, or an HTTP Archive of any program, as an examination: nothing is asked, what
 * was recorded is judged. `target`: the server, where it is not clear from the recording. Throws
 * `store.damaged`, and `usage.url` where no server can be made out.
 */
export function fromTrace(text: string, target?: URL): Examination {
  const har = parseJson(text);
  const recorded = isObject(har) && isObject(har.log) ? ofArchive(har.log) : ofTrace(text);
  const exchanges = recorded.map(asRecorded);
  const server = target ?? serverOf(exchanges);
  const times = exchanges.map(({ startedAt }) => startedAt);
  return {
    schema: 1,
    target: server.href,
    kind: 'server',
    startedAt: times[0] ?? 0,
    finishedAt: times.at(-1) ?? 0,
    probes: [],
    exchanges: Object.fromEntries(exchanges.map(each => [each.id, each])),
    names: [],
    tls: [],
  };
}

/** Why there was no answer is what the recording says: anybody may have written it, so it is no Fault's own word. */
function asRecorded(exchange: Exchange): Exchange {
  const { outcome } = exchange;
  if (outcome.kind !== 'failed') return exchange;
  const fault = new Fault(outcome.fault.code, `The recording says: ${quoted(outcome.fault.message)}`);
  return { ...exchange, outcome: { kind: 'failed', fault: fault.toJSON() } };
}

/** Of several events of one exchange the last counts. */
function ofTrace(text: string): Exchange[] {
  const last = new Map<ExchangeId, Exchange>();
  for (const event of readRecording(text))
    if (event.kind === 'exchange') last.set(event.exchange.id, event.exchange);
  return [...last.values()].sort((one, other) => one.startedAt - other.startedAt);
}

function ofArchive(log: Parameters<typeof readHar>[0]): Exchange[] {
  return [...readHar(log)]
    .map(({ exchange }) => exchange)
    .sort((one, other) => one.startedAt - other.startedAt);
}

function serverOf(exchanges: readonly Exchange[]): URL {
  const call = exchanges.find(({ purpose, request }) => purpose === 'mcp' && request.method === 'POST');
  const url = URL.parse(call?.request.url ?? '');
  if (!url)
    throw new Fault('usage.url', 'The trace has no call to a server.', {
      remedy: 'Name the server beside it: keybridge doctor https://server.example/mcp --from-trace FILE',
    });
  return url;
}
