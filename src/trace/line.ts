import { plain } from '../base/text.ts';
import type { Exchange, MessageRecord, TraceEvent } from './event.ts';

export interface LineOptions {
  /** With ANSI colours. */
  colour?: boolean;
}

type Paint = (text: string) => string;

const COLOURS = { dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

function paints(colour: boolean): Record<keyof typeof COLOURS, Paint> {
  const paint = (code: number): Paint => (colour ? text => `\u001b[${code}m${text}\u001b[0m` : text => text);
  return {
    dim: paint(COLOURS.dim),
    red: paint(COLOURS.red),
    green: paint(COLOURS.green),
    yellow: paint(COLOURS.yellow),
    cyan: paint(COLOURS.cyan),
  };
}

/** A count of bytes as people read it. */
function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '' : ` ${Math.round(ms)} ms`;
}

function outcome({ outcome, timing }: Exchange, paint: ReturnType<typeof paints>): string {
  if (outcome.kind === 'pending') return paint.dim('…');
  if (outcome.kind === 'failed') {
    return `${paint.red(outcome.fault.code)}${milliseconds(timing.end)} ${plain(outcome.fault.message, 300)}`;
  }
  const by = outcome.status >= 400 ? paint.red : outcome.status >= 300 ? paint.yellow : paint.green;
  const body = outcome.body ? ` ${size(outcome.body.size)}` : '';
  const state = outcome.complete === undefined ? ' …' : outcome.complete ? '' : paint.red(' broke off');
  return `${by(String(outcome.status))}${milliseconds(timing.end ?? timing.head)}${body}${state}`;
}

function message({ direction, kind, id, method, size: bytes }: MessageRecord): string {
  const arrow = direction === 'from-host' ? 'host →' : 'host ←';
  const name = method === undefined ? kind : plain(method, 80);
  return `${arrow} ${name}${id === undefined ? '' : ` id ${plain(id, 40)}`} ${size(bytes)}`;
}

/** One readable line for an event, without a line break; whatever a server wrote cannot steer a terminal. */
export function toText(event: TraceEvent, { colour = false }: LineOptions = {}): string {
  const paint = paints(colour);
  const time = paint.dim(new Date(event.at).toISOString().slice(11, 23));
  switch (event.kind) {
    case 'span':
      return `${time} ${paint.dim(`${plain(event.span, 40)} begins: ${plain(event.started.name, 120)}`)}`;
    case 'note':
      return `${time} ${plain(event.text, 1000)}`;
    case 'message':
      return `${time} ${paint.cyan(message(event.message))}`;
    case 'exchange': {
      const { purpose, request } = event.exchange;
      const what = `${plain(request.method, 20)} ${plain(request.url, 500)}`;
      return `${time} ${paint.cyan(purpose)} ${what} ${outcome(event.exchange, paint)}`;
    }
  }
}
