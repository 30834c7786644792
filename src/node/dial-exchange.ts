import { isIP } from 'node:net';
import type { Dispatcher } from 'undici';
import { Fault } from '../base/fault.ts';
import type { Connection, Dialled, DialRequest, HeaderList } from '../base/world.ts';
import { ACCEPTED_CODINGS, Body, codingsOf } from './dial-body.ts';
import { refusedByProxy } from './dial-connect.ts';
import { exchangeFault, proxyFault, undecodable } from './dial-fault.ts';
import type { Line, Lines } from './dial-lines.ts';
import { hostOf, type NamedProxy, shownProxy } from './proxy.ts';

/** Bytes of a request body beyond which its connection is not used again. */
const LARGE_BODY = 256 * 1024;

/** Units of work for a piece of a body, whatever its size, and those that are counted in one go. */
const PIECE_COST = 1_500;
const UNITS_AT_ONCE = 200_000;
/** Bodies of one server at once, beyond which less of each is kept. */
const FEW_BODIES = 16;

/** Statuses whose answers have no body. RFC 9110 §6.4.1; the Fetch standard adds 205. */
const NULL_BODY = new Set([204, 205, 304]);

/** One request and the lines it may take. */
export interface Dispatch {
  request: DialRequest;
  url: URL;
  lines: Lines;
  /** The proxy that is asked for the whole URL, for plain HTTP. RFC 9112 §3.2.2. */
  forward: NamedProxy | undefined;
  /** Fields besides the request's own, names and values in turn. */
  extra: readonly string[];
  /** Ends the wait for the head, and nothing after it. */
  headSignal: AbortSignal;
  /** Bodies of this server that are being read. */
  bodies: { open: number };
  /** Counts units of work to read what came; a promise where the rest has to wait for its turn. */
  reading(units: number): Promise<void> | undefined;
}

/** Buffers and strings as undici hands them up, in pairs, as the list they were on the wire. */
function headerList(raw: Dispatcher.DispatchController['rawHeaders']): HeaderList {
  if (!Array.isArray(raw)) return [];
  const text = (part: Buffer | string | undefined) =>
    typeof part === 'string' ? part : (part?.toString('latin1') ?? '');
  const list: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) list.push([text(raw[i]), text(raw[i + 1])]);
  return list;
}

function webHeaders(list: HeaderList): Headers {
  const headers = new Headers();
  for (const [name, value] of list) {
    try {
      headers.append(name, value);
    } catch {
      // What a server sends need not be allowed; the list still has it.
    }
  }
  return headers;
}

/** Listens for the parser's events of one exchange, and turns them into an answer. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #dispatch: Dispatch;
  readonly #line: Line;
  readonly #answer = Promise.withResolvers<Dialled>();
  readonly #host: string;
  #connection: Connection | undefined;
  #body: Body | undefined;
  #keepAlive: string | null = null;
  #answered = false;
  #over = false;
  /** From our side. */
  #givenUp = false;
  /** Units of work that have not been counted yet. */
  #units = 0;
  /** The body's reader has enough, and the turn of the event loop has. */
  #isPaused = false;
  #isHeldBack = false;

  constructor(dispatch: Dispatch, line: Line) {
    this.#dispatch = dispatch;
    this.#line = line;
    this.#host = hostOf(dispatch.url);
    dispatch.request.signal?.addEventListener('abort', this.#onAbort);
    dispatch.headSignal.addEventListener('abort', this.#onLate);
  }

  get answer(): Promise<Dialled> {
    return this.#answer.promise;
  }

  /** Whether a request that failed went over a connection that had been idle, and got nothing back. */
  get wasStale(): boolean {
    return this.#connection?.reused === true && !this.#answered && !this.#givenUp;
  }

  readonly #onAbort = () => this.#giveUp(this.#dispatch.request.signal?.reason);
  readonly #onLate = () => this.#giveUp(this.#dispatch.headSignal.reason);

  #giveUp(reason: unknown): void {
    if (this.#over) return;
    this.#givenUp = true;
    this.#finish();
    if (this.#answered) this.#body?.abort(reason);
    else this.#answer.reject(reason);
    // The one sure way to let the other side know is to end the connection.
    this.#dispatch.lines.end(this.#line);
  }

  #finish(): void {
    this.#over = true;
    if (this.#body) this.#dispatch.bodies.open--;
    this.#dispatch.request.signal?.removeEventListener('abort', this.#onAbort);
    this.#dispatch.headSignal.removeEventListener('abort', this.#onLate);
  }

  onRequestStart(): void {
    this.#connection = this.#line.take();
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _: unknown,
    text?: string,
  ): void {
    // Informational answers announce the real one.
    if (status < 200 || this.#over) return;
    const { request, forward, headSignal } = this.#dispatch;
    const headers = headerList(controller.rawHeaders);
    if (status > 599) {
      this.#giveUp(
        new Fault(
          'net.failed',
          `${this.#host} answers with the status ${status}, which HTTP does not have.`,
          {
            remedy: 'Check the port and the scheme of the URL.',
          },
        ),
      );
      return;
    }
    if (forward && status === 407) {
      this.#giveUp(refusedByProxy(forward, this.#dispatch.url.host, status));
      return;
    }
    const fields = webHeaders(headers);
    this.#keepAlive = fields.get('keep-alive');
    const bodiless = NULL_BODY.has(status) || request.method.toUpperCase() === 'HEAD';
    const codings = bodiless ? [] : codingsOf(fields.get('content-encoding'));
    if (!bodiless) {
      this.#body = new Body(
        codings,
        {
          pause: () => {
            this.#isPaused = true;
            controller.pause();
          },
          resume: () => {
            this.#isPaused = false;
            if (!this.#isHeldBack) controller.resume();
          },
          abort: reason => this.#giveUp(reason),
        },
        cause => undecodable(this.#host, cause),
        ++this.#dispatch.bodies.open > FEW_BODIES,
      );
    }
    const response = new Response(this.#body?.stream ?? null, {
      status,
      statusText: /^[\t\x20-\x7e\x80-\xff]*$/.test(text ?? '') ? (text ?? '') : '',
      headers: fields,
    });
    this.#answered = true;
    headSignal.removeEventListener('abort', this.#onLate);
    const connection: Connection = { ...(this.#connection ?? { reused: false }) };
    if (forward) {
      // The address is the proxy's and says nothing of the server.
      delete connection.address;
      delete connection.family;
      delete connection.tls;
      connection.viaProxy = shownProxy(forward);
    }
    this.#answer.resolve({ response, headers, connection });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body?.push(chunk);
    this.#units += chunk.byteLength + PIECE_COST;
    // A server may cut its body into pieces of one byte, and thousands of them come at once.
    if (this.#units < UNITS_AT_ONCE) return;
    const turn = this.#dispatch.reading(this.#units);
    this.#units = 0;
    if (!turn || this.#isHeldBack) return;
    this.#isHeldBack = true;
    controller.pause();
    void turn.then(() => {
      this.#isHeldBack = false;
      if (!this.#isPaused && !this.#over) controller.resume();
    });
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#finish();
    this.#body?.end();
    this.#dispatch.lines.give(this.#line, this.#keepAlive);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#over) return;
    this.#finish();
    const { forward, request } = this.#dispatch;
    const { headersTimeout, bodyTimeout } = request.network ?? {};
    if (this.#answered) this.#body?.fail(exchangeFault(this.#host, 'body', error, bodyTimeout));
    else {
      const fault = exchangeFault(this.#host, 'head', error, headersTimeout);
      // A program that is no proxy does not know what to do with a whole URL.
      const isProxys = forward && this.#connection && fault !== error && fault.code === 'net.failed';
      this.#answer.reject(isProxys ? proxyFault(forward, fault) : fault);
    }
    this.#dispatch.lines.end(this.#line);
  }

  /** Hands the request over; everything else happens in the events. */
  start(): void {
    const { request, url, forward, extra, headSignal } = this.#dispatch;
    const signal = request.signal?.aborted ? request.signal : headSignal;
    if (signal.aborted) {
      this.#giveUp(signal.reason);
      return;
    }
    const named = new Set(request.headers.map(([name]) => name.toLowerCase()));
    const headers = [...request.headers.flat(), ...extra];
    if (!named.has('accept-encoding')) headers.push('accept-encoding', ACCEPTED_CODINGS);
    if (forward && !named.has('host')) headers.push('host', url.host);
    const path = `${url.pathname}${url.search}`;
    const { headersTimeout, bodyTimeout } = request.network ?? {};
    const options: Dispatcher.DispatchOptions & { servername?: string } = {
      method: request.method,
      path: forward ? `${url.origin}${path}` : path,
      headers,
      body: request.body ?? null,
      ...(headersTimeout === undefined ? {} : { headersTimeout }),
      ...(bodyTimeout === undefined ? {} : { bodyTimeout }),
      // A server may answer before it has read all of it (413). The rest, still on its way, would then stand
      // before the next request on this connection, so there is none.
      reset: (request.body?.byteLength ?? 0) > LARGE_BODY,
      // A Host field of the user's must not choose the name the certificate is checked for.
      ...(isIP(this.#host) === 0 ? { servername: this.#host } : {}),
    };
    this.#line.client.dispatch(options, this);
  }
}

/**
 * Sends one request and resolves with its head. A request without effects (RFC 9110 §9.2.1) that met a
 * connection the server had just given up is sent once more, on a new one.
 */
export async function send(dispatch: Dispatch): Promise<Dialled> {
  const safe = /^(?:GET|HEAD|OPTIONS)$/i.test(dispatch.request.method);
  for (;;) {
    const exchange = new Exchange(dispatch, dispatch.lines.take());
    exchange.start();
    try {
      return await exchange.answer;
    } catch (thrown) {
      // Every round takes a connection out of the store, so there is an end to it.
      if (!safe || !exchange.wasStale) throw thrown;
    }
  }
}
