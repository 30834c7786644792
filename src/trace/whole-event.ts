import { Fault, type FaultJson, isFaultCode } from '../base/fault.ts';
import { asString, isObject, type Json, type JsonObject } from '../base/json.ts';
import type { Connection, HeaderList } from '../base/world.ts';
import type { Exchange, MessageRecord, RecordedBody, TraceEvent } from './event.ts';
import { PURPOSES } from './har-reader.ts';
import type { Redactor } from './redact.ts';

const LONGEST_BODY = 64 * 1024;
const LONGEST_TEXT = 8 * 1024;
const LONGEST_NAME = 200;
const MOST_HEADERS = 500;
/** The last moment a Date can say. ECMA-262 §21.4.1.1. */
const LATEST = 8.64e15;

/** An event of a file that anyone may have written, with every field of its type and nothing else. */
export function toEvent(said: JsonObject, redactor: Redactor): TraceEvent {
  const bones = {
    seq: number(said.seq) ?? 0,
    at: moment(said.at),
    span: name(said.span),
  };
  switch (said.kind) {
    case 'span': {
      const started = object(said.started);
      const parent = asString(started.parent);
      const target = object(started.target);
      return {
        ...bones,
        kind: 'span',
        started: {
          id: name(started.id),
          name: redactor.text(name(started.name)),
          ...(parent === undefined ? {} : { parent: name(parent) }),
          ...(isObject(started.target)
            ? { target: { server: redactor.text(text(target.server)), profile: name(target.profile) } }
            : {}),
        },
      };
    }
    case 'note':
      return { ...bones, kind: 'note', text: redactor.text(text(said.text)) };
    case 'message':
      return { ...bones, kind: 'message', message: message(object(said.message), redactor) };
    default:
      return { ...bones, kind: 'exchange', exchange: exchange(object(said.exchange), redactor) };
  }
}

function message(said: JsonObject, redactor: Redactor): MessageRecord {
  const kinds = ['request', 'notification', 'response', 'batch'] as const;
  const { text: whole, ...rest } = body(said, redactor);
  return {
    direction: said.direction === 'from-host' ? 'from-host' : 'to-host',
    kind: kinds.find(each => each === said.kind) ?? 'notification',
    ...(typeof said.id === 'string' ? { id: redactor.text(name(said.id)) } : {}),
    ...(typeof said.method === 'string' ? { method: redactor.text(name(said.method)) } : {}),
    ...rest,
    text: whole,
  };
}

function exchange(said: JsonObject, redactor: Redactor): Exchange {
  const request = object(said.request);
  const timing = object(said.timing);
  const [head, end] = [number(timing.head), number(timing.end)];
  const headers = redactor.headers(fields(request.headers));
  return {
    id: name(said.id),
    purpose: PURPOSES.find(each => each === said.purpose) ?? 'probe',
    startedAt: moment(said.startedAt),
    request: {
      method: name(request.method),
      url: redactor.text(text(request.url)),
      headers,
      ...(isObject(request.body) ? { body: body(request.body, redactor) } : {}),
    },
    outcome: outcome(object(said.outcome), redactor),
    ...(isObject(said.connection) ? { connection: connection(said.connection) } : {}),
    timing: { ...(head === undefined ? {} : { head }), ...(end === undefined ? {} : { end }) },
  };
}

function outcome(said: JsonObject, redactor: Redactor): Exchange['outcome'] {
  if (said.kind === 'failed') return { kind: 'failed', fault: fault(object(said.fault), redactor) };
  const status = number(said.status);
  if (said.kind !== 'answered' || status === undefined) return { kind: 'pending' };
  return {
    kind: 'answered',
    status,
    headers: redactor.headers(fields(said.headers)),
    ...(isObject(said.body) ? { body: body(said.body, redactor) } : {}),
    ...(typeof said.complete === 'boolean' ? { complete: said.complete } : {}),
  };
}

function fault(said: JsonObject, redactor: Redactor): FaultJson {
  return new Fault(
    isFaultCode(said.code) ? said.code : 'internal',
    redactor.text(text(said.message)),
  ).toJSON();
}

function connection(said: JsonObject): Connection {
  const numbers = (['dns', 'connect', 'tlsHandshake'] as const).flatMap(key => {
    const ms = number(said[key]);
    return ms === undefined ? [] : [[key, ms] as const];
  });
  const address = asString(said.address);
  const proxy = asString(said.viaProxy);
  return {
    reused: said.reused === true,
    ...(address === undefined ? {} : { address: name(address) }),
    ...(proxy === undefined ? {} : { viaProxy: name(proxy) }),
    ...Object.fromEntries(numbers),
  };
}

function body(said: JsonObject, redactor: Redactor): RecordedBody {
  const whole = asString(said.text) ?? '';
  const cut = said.cut === true || whole.length > LONGEST_BODY;
  return {
    size: number(said.size) ?? whole.length,
    text: redactor.text(whole.slice(0, LONGEST_BODY), { cut }),
    cut,
  };
}

function fields(said: Json | undefined): HeaderList {
  if (!Array.isArray(said)) return [];
  return said.slice(0, MOST_HEADERS).flatMap((pair): [string, string][] => {
    if (!Array.isArray(pair)) return [];
    const [key, value] = pair;
    return typeof key === 'string' && typeof value === 'string' ? [[name(key), text(value)]] : [];
  });
}

const object = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const text = (value: Json | undefined): string => (asString(value) ?? '').slice(0, LONGEST_TEXT);
const name = (value: Json | undefined): string => (asString(value) ?? '').slice(0, LONGEST_NAME);

function number(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function moment(value: Json | undefined): number {
  return typeof value === 'number' && Math.abs(value) <= LATEST ? value : 0;
}
