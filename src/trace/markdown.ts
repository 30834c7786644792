import { codeBlock, toMarkdownText } from '../base/markdown.ts';
import { plain } from '../base/text.ts';
import type { HeaderList } from '../base/world.ts';
import type { Exchange, MessageRecord, RecordedBody, TraceEvent } from './event.ts';

/** Characters of one body that a report shows. */
const LONGEST_BODY = 4_000;

/** A trace as a report in Markdown, in pieces: a list of what happened, then each exchange and message. */
export function* saveMarkdown(events: Iterable<TraceEvent>, version = ''): Generator<string> {
  const all = [...events]
    .filter(each => each.kind !== 'span')
    .sort((one, other) => begunAt(one) - begunAt(other));
  yield `# Trace of Keybridge ${plain(version, 40)}\n\nSecrets are redacted; equal fingerprints are equal values.\n\n`;
  yield '| # | time | what | result | ms |\n| --- | --- | --- | --- | --- |\n';
  for (const event of all) {
    const cells = [
      event.seq,
      clock(begunAt(event)),
      cell(titleOf(event)),
      cell(resultOf(event)),
      spent(event),
    ];
    yield `| ${cells.join(' | ')} |\n`;
  }
  for (const event of all) {
    if (event.kind === 'exchange') yield* ofExchange(event.seq, event.exchange);
    if (event.kind === 'message') yield ofMessage(event.seq, event.message);
  }
}

function begunAt(event: TraceEvent): number {
  return event.kind === 'exchange' ? event.exchange.startedAt : event.at;
}

function titleOf(event: TraceEvent): string {
  if (event.kind === 'note') return event.text;
  if (event.kind === 'exchange') return `${event.exchange.request.method} ${event.exchange.request.url}`;
  if (event.kind === 'span') return event.started.name;
  const { direction, kind, method, id } = event.message;
  const name = [method ?? kind, id === undefined ? '' : `id ${id}`].join(' ').trim();
  return `${direction === 'from-host' ? 'host →' : 'host ←'} ${name}`;
}

function resultOf(event: TraceEvent): string {
  if (event.kind !== 'exchange') return '';
  const { outcome } = event.exchange;
  if (outcome.kind === 'pending') return 'not answered yet';
  if (outcome.kind === 'failed') return outcome.fault.code;
  return `${outcome.status}${outcome.complete === false ? ', broke off' : ''}`;
}

function spent(event: TraceEvent): string {
  const { end, head } = event.kind === 'exchange' ? event.exchange.timing : {};
  return end === undefined && head === undefined ? '' : String(Math.round(end ?? head ?? 0));
}

function* ofExchange(seq: number, exchange: Exchange): Generator<string> {
  const { purpose, request, outcome, timing } = exchange;
  yield `\n## ${seq}: ${toMarkdownText(`${request.method} ${request.url}`)}\n\n`;
  const times = [
    timing.head === undefined ? '' : `first byte after ${Math.round(timing.head)} ms`,
    timing.end === undefined ? '' : `over after ${Math.round(timing.end)} ms`,
  ].filter(each => each !== '');
  yield `${[purpose, new Date(exchange.startedAt).toISOString(), ...times].join(', ')}\n`;
  yield fenced(fields(request.headers));
  if (request.body) yield body(request.body);
  if (outcome.kind === 'failed')
    yield `\nFailed (${outcome.fault.code}): ${toMarkdownText(outcome.fault.message)}\n`;
  if (outcome.kind !== 'answered') return;
  yield `\nAnswered with ${outcome.status}:\n`;
  yield fenced(fields(outcome.headers));
  if (outcome.body) yield body(outcome.body);
}

function ofMessage(seq: number, { direction, method, kind, text, size, cut }: MessageRecord): string {
  const from = direction === 'from-host' ? 'from the host' : 'to the host';
  return `\n## ${seq}: ${toMarkdownText(method ?? kind)} ${from}\n${body({ text, size, cut })}`;
}

function fields(headers: HeaderList): string {
  return headers.map(([name, value]) => plain(`${name}: ${value}`, 1_000)).join('\n');
}

function body({ text, size, cut }: RecordedBody): string {
  if (text === '') return `\n${size} bytes, not recorded.\n`;
  const isShort = !cut && text.length <= LONGEST_BODY;
  const rest = isShort ? '' : `\nOnly the beginning of ${size} bytes is shown.\n`;
  return `${fenced(text.slice(0, LONGEST_BODY))}${rest}`;
}

function fenced(text: string): string {
  return `\n${codeBlock(text.split('\n')).join('\n')}\n`;
}

function cell(text: string): string {
  return toMarkdownText(text, 300);
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
