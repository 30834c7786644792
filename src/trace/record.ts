import { Fault, type FaultJson } from '../base/fault.ts';
import type { Scheduler } from '../base/scheduler.ts';
import { shownUrl } from '../base/text.ts';
import type { World } from '../base/world.ts';
import { type Room, recordBody, type WholeBody } from './body.ts';
import type {
  Exchange,
  Fetched,
  FetchRequest,
  MessageHead,
  MessageRecord,
  Purpose,
  RecordedBody,
  Span,
  SpanTarget,
} from './event.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { Trace, type TraceLimits } from './trace.ts';

/** Bytes of a body, unless told otherwise, and of a message, that are recorded. */
const RECORDED_BODY = 64 * 1024;
const RECORDED_MESSAGE = 16 * 1024;
/** Characters of a note, and of an id or a name. */
const RECORDED_NOTE = 4 * 1024;
const RECORDED_NAME = 200;
/** Bytes of bodies of one origin that are kept for the record while they are read or wait for their turn. */
const ROOM = 8 * 1024 * 1024;
/** Origins whose room is remembered. */
const MOST_ROOMS = 1_000;
/** Units of work to record a body, and for each of its bytes. */
const BODY_COST = 10_000;
const BYTE_COST = 20;
const NULL_BODY = new Set([204, 205, 304]);

export interface TraceOptions extends TraceLimits {
  /** Name of the root span. */
  name?: string;
  redactor?: Redactor;
  /** Sent with each request that names no User-Agent of its own. */
  userAgent?: string;
  /** Where to record, when several recorders share one trace. */
  trace?: Trace;
}

const decoder = new TextDecoder();

/** The beginning of UTF-8 bytes as text; a character that the cut broke is left out. */
function beginning(bytes: Uint8Array, cut: boolean): string {
  const text = decoder.decode(bytes);
  if (!cut) return text;
  let end = text.length;
  while (end > text.length - 3 && text[end - 1] === '\ufffd') end--;
  return text.slice(0, end);
}

/** What the redactor, the clock and the trace are to all spans of one recorder. */
interface Pen {
  dial: World['dial'];
  now: World['now'];
  trace: Trace;
  redactor: Redactor;
  userAgent: string | undefined;
  nextId(): string;
  scheduler: Scheduler | undefined;
  /** What may still be kept of bodies, by the origin they come from. */
  rooms: Map<string, Room>;
}

function roomFor({ rooms }: Pen, origin: string): Room {
  let room = rooms.get(origin);
  if (!room) {
    if (rooms.size >= MOST_ROOMS) rooms.clear();
    room = { bytes: ROOM };
    rooms.set(origin, room);
  }
  return room;
}

/** Servers and what stands before them like to know who asks; some refuse whoever does not say. */
function signed(request: FetchRequest, userAgent: string | undefined): FetchRequest {
  const says = request.headers.some(([name]) => name.toLowerCase() === 'user-agent');
  if (says || userAgent === undefined) return request;
  return { ...request, headers: [...request.headers, ['user-agent', userAgent]] };
}

/** An id or a name, which a peer may have made as long as it likes. */
function shortened(redactor: Redactor, text: string): string {
  return redactor.text(text.slice(0, RECORDED_NAME), { cut: text.length > RECORDED_NAME });
}

/** Bytes by which it is told whether something is a text after all. */
const LOOKED_AT = 512;

/** Images and archives say nothing as text; what is labelled as bytes may be a text all the same. */
function isText(contentType: string | null, beginning: Uint8Array): boolean {
  if (/octet-stream/i.test(contentType ?? ''))
    return !beginning.subarray(0, LOOKED_AT).some(byte => byte < 32 && ![9, 10, 13].includes(byte));
  return !/^(?:image|audio|video|font)\/(?!svg)|zip|pdf|wasm/i.test(contentType ?? '');
}

function recorded(pen: Pen, body: WholeBody, purpose: Purpose, contentType: string | null): RecordedBody {
  if (!isText(contentType, body.beginning)) return { size: body.size, text: '', cut: body.size > 0 };
  const cut = body.size > body.beginning.byteLength || !body.complete;
  const text = pen.redactor.text(beginning(body.beginning, cut), { cut, purpose });
  return { size: body.size, text, cut: body.size > body.beginning.byteLength };
}

/** A failure as it may be recorded. What is thrown stays as it is. */
function recordedFault(pen: Pen, thrown: unknown, aborted: boolean): FaultJson {
  const { text } = pen.redactor;
  const fault =
    thrown instanceof Fault || !aborted
      ? Fault.of(thrown, 'net.failed')
      : new Fault('cancelled', 'The request was given up before it was answered.');
  const json = fault.toJSON();
  return {
    ...json,
    message: text(json.message),
    evidence: json.evidence.map(line => text(line)),
    ...(json.remedy === undefined ? {} : { remedy: text(json.remedy) }),
    ...(json.data === undefined
      ? {}
      : { data: Object.fromEntries(Object.entries(json.data).map(([key, value]) => [key, text(value)])) }),
  };
}

class RecordingSpan implements Span {
  readonly id: string;
  readonly #pen: Pen;

  constructor(pen: Pen, name: string, parent?: string, target?: SpanTarget) {
    this.#pen = pen;
    this.id = `s${pen.nextId()}`;
    const started = {
      id: this.id,
      name,
      ...(parent === undefined ? {} : { parent }),
      ...(target === undefined ? {} : { target }),
    };
    pen.trace.append({ kind: 'span', at: pen.now(), span: this.id, started });
  }

  span(name: string, target?: SpanTarget): Span {
    const { redactor } = this.#pen;
    const shown = target && {
      server: redactor.text(shownUrl(target.server)),
      profile: shortened(redactor, target.profile),
    };
    return new RecordingSpan(this.#pen, shortened(redactor, name), this.id, shown);
  }

  secret(value: string): void {
    this.#pen.redactor.secret(value);
  }

  note(text: string): void {
    const cut = text.length > RECORDED_NOTE;
    const recorded = this.#pen.redactor.text(text.slice(0, RECORDED_NOTE), { cut });
    this.#append({ kind: 'note', text: cut ? `${recorded}…` : recorded });
  }

  message(
    direction: MessageRecord['direction'],
    bytes: Uint8Array,
    head: MessageHead,
    size = bytes.byteLength,
  ): void {
    const cut = size > RECORDED_MESSAGE;
    const { redactor } = this.#pen;
    this.#append({
      kind: 'message',
      message: {
        direction,
        kind: head.kind,
        ...(head.id === undefined ? {} : { id: shortened(redactor, head.id) }),
        ...(head.method === undefined ? {} : { method: shortened(redactor, head.method) }),
        size,
        text: redactor.text(beginning(bytes.subarray(0, RECORDED_MESSAGE), cut), { cut, purpose: 'mcp' }),
        cut,
      },
    });
  }

  async fetch(purpose: Purpose, asked: FetchRequest): Promise<Fetched> {
    const pen = this.#pen;
    const request = signed(asked, pen.userAgent);
    const startedAt = pen.now();
    let exchange: Exchange = {
      id: `x${pen.nextId()}`,
      purpose,
      startedAt,
      request: this.#request(purpose, request),
      outcome: { kind: 'pending' },
      timing: {},
    };
    const write = (change: Partial<Exchange>) => {
      exchange = { ...exchange, ...change };
      this.#append({ kind: 'exchange', exchange });
    };
    write({});

    const { secretHeaders: _, recorded: limit = RECORDED_BODY, ...dialled } = request;
    const { response, headers, connection } = await pen.dial(dialled).catch(thrown => {
      const fault = recordedFault(pen, thrown, request.signal?.aborted === true);
      write({ outcome: { kind: 'failed', fault }, timing: { end: pen.now() - startedAt } });
      throw thrown;
    });

    const head = pen.now() - startedAt;
    const { status } = response;
    const answered = { kind: 'answered' as const, status, headers: pen.redactor.headers(headers) };
    const whole = response.body === null || NULL_BODY.has(status);
    write({
      outcome: whole ? { ...answered, complete: true } : answered,
      connection,
      timing: whole ? { head, end: head } : { head },
    });
    if (whole || response.body === null) {
      return { response, headers, exchange: exchange.id, connection };
    }
    const contentType = response.headers.get('content-type');
    const origin = URL.parse(request.url)?.origin ?? '';
    const room = roomFor(pen, origin);
    const { stream, soFar } = recordBody(response.body, limit, room, ended => {
      const timing = { head, end: pen.now() - startedAt };
      const change = (): Pick<Exchange, 'outcome' | 'timing'> => ({
        outcome: { ...answered, body: recorded(pen, ended, purpose, contentType), complete: ended.complete },
        timing,
      });
      const finish = () => {
        pen.trace.stopLooking(exchange.id);
        write(change());
      };
      const { byteLength } = ended.beginning;
      const turn = pen.scheduler?.account(origin, 'recording', BODY_COST + BYTE_COST * byteLength);
      if (!turn) {
        finish();
        return;
      }
      // Many bodies may end at once; what has no room until its turn is recorded without its text.
      if (byteLength > room.bytes) ended.beginning = new Uint8Array();
      const kept = ended.beginning.byteLength;
      room.bytes -= kept;
      pen.trace.letLook(exchange.id, () => ({ ...exchange, ...change() }));
      void turn.then(() => {
        room.bytes += kept;
        finish();
      });
    });
    // A stream may run for hours; what has come of it is made readable when somebody looks.
    pen.trace.letLook(exchange.id, () => ({
      ...exchange,
      outcome: { ...answered, body: recorded(pen, soFar(), purpose, contentType) },
    }));
    const { statusText } = response;
    const passedOn = new Response(stream, { status, statusText, headers: response.headers });
    return { response: passedOn, headers, exchange: exchange.id, connection };
  }

  /** The request as it is recorded. Headers first: what is a secret in them is one in the URL and the body. */
  #request(purpose: Purpose, request: FetchRequest): Exchange['request'] {
    const pen = this.#pen;
    const headers = pen.redactor.headers(request.headers, request.secretHeaders);
    const size = request.body?.byteLength ?? 0;
    const sent = {
      size,
      beginning: request.body?.subarray(0, RECORDED_BODY) ?? new Uint8Array(),
      complete: true,
    };
    return {
      method: request.method,
      url: pen.redactor.text(request.url),
      headers,
      ...(request.body ? { body: recorded(pen, sent, purpose, null) } : {}),
    };
  }

  #append(
    event:
      | { kind: 'note'; text: string }
      | { kind: 'message'; message: MessageRecord }
      | { kind: 'exchange'; exchange: Exchange },
  ): void {
    this.#pen.trace.append({ at: this.#pen.now(), span: this.id, ...event });
  }
}

/**
 * The only road to the network and the pen that writes down what went over it. Secrets are taken out
 * before an event exists, so whatever is in the trace may be shown, sent and saved.
 */
export function openTrace(
  world: Pick<World, 'dial' | 'now'> & Partial<Pick<World, 'scheduler'>>,
  options: TraceOptions = {},
): { trace: Trace; root: Span } {
  const { trace = new Trace(options), redactor = createRedactor(), name = 'keybridge' } = options;
  let last = 0;
  // Two recorders on one trace must not use an id twice.
  const prefix = options.trace ? `${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36)}-` : '';
  const pen: Pen = {
    dial: async request => world.dial(request),
    now: () => world.now(),
    trace,
    redactor,
    userAgent: options.userAgent,
    nextId: () => `${prefix}${++last}`,
    scheduler: world.scheduler,
    rooms: new Map(),
  };
  return { trace, root: new RecordingSpan(pen, name) };
}
