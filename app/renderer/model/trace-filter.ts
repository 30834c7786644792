import type { SpanTarget } from '../../../src/trace/event.ts';
import type { ExchangeRow } from '../../../src/trace/row.ts';
import type { Entry } from './trace.ts';

export const KINDS = ['http', 'mcp', 'discovery', 'sign-in', 'message', 'note'] as const;
export type Kind = (typeof KINDS)[number];

export const RESULTS = ['2', '3', '4', '5', 'failed', 'pending'] as const;
/** The class of a status, or what there is in place of one. */
export type Result = (typeof RESULTS)[number];

/** What is to be shown. A part that is absent lets everything through. */
export interface Filter {
  text: string;
  server?: SpanTarget;
  host?: string;
  kind?: Kind;
  result?: Result;
}

export const EVERYTHING: Filter = { text: '' };

export function isEverything({ text, server, host, kind, result }: Filter): boolean {
  return text.trim() === '' && !server && !host && !kind && !result;
}

const GROUPS: Readonly<Record<ExchangeRow['purpose'], Kind>> = {
  mcp: 'mcp',
  'mcp-stream': 'mcp',
  'mcp-session-end': 'mcp',
  'resource-metadata': 'discovery',
  'server-metadata': 'discovery',
  probe: 'discovery',
  registration: 'sign-in',
  device: 'sign-in',
  token: 'sign-in',
  refresh: 'sign-in',
  revocation: 'sign-in',
};

/** What an exchange belongs to. */
export function groupOf(purpose: ExchangeRow['purpose']): Kind {
  return GROUPS[purpose];
}

export function resultOf(row: ExchangeRow): Result {
  if (row.state === 'failed') return 'failed';
  const first = String(row.status ?? '')[0];
  return RESULTS.find(each => each === first) ?? 'pending';
}

/** A test of entries. `found`: numbers of the events in whose bodies the text stands. */
export function matcher(
  filter: Filter,
  targetOf: (entry: Entry) => SpanTarget | undefined,
  found?: ReadonlySet<number>,
): (entry: Entry) => boolean {
  const { server, host, kind, result } = filter;
  const words = filter.text.toLowerCase().trim();
  return entry => {
    const { row } = entry;
    if (kind !== undefined && !isOf(entry, kind)) return false;
    if (host !== undefined && entry.host !== host) return false;
    if (result !== undefined && (row.kind !== 'exchange' || resultOf(row) !== result)) return false;
    if (server) {
      const target = targetOf(entry);
      if (target?.server !== server.server || target.profile !== server.profile) return false;
    }
    return words === '' || entry.text.includes(words) || found?.has(row.seq) === true;
  };
}

function isOf({ row }: Entry, kind: Kind): boolean {
  if (row.kind !== 'exchange') return row.kind === kind;
  return kind === 'http' || groupOf(row.purpose) === kind;
}
