import { Fault } from '../base/fault.ts';
import { word } from '../base/text.ts';
import type { Fetched } from '../trace/event.ts';
import { deliverEvent, isMessage, readEvents } from './arrival.ts';
import { abortable, Backoff, GOOD_LIFE, UNASKED } from './backoff.ts';
import { chunks, mediaType, readBeginning } from './body.ts';
import type { Call, Conversation } from './conversation.ts';
import { notMcp, refused, streamLost } from './errors.ts';
import type { Requester } from './requester.ts';
import { responseIn } from './response-in.ts';
import { beginAgain, type Handed, limitFor, outcomeUnknown, type Wire } from './wire.ts';

/** Failed connections in a row after which messages that wait for one are answered with the reason. */
const MOST_FAILURES = 3;
const LARGEST_ERROR = 128 * 1024;

/** HTTP+SSE, 2024-11-05: one stream for everything the server says, and a second address for messages. */
export class HttpSse implements Wire {
  readonly sessionId = undefined;
  readonly #conversation: Conversation;
  readonly #requester: Requester;
  readonly #url: URL;
  readonly #closed: AbortSignal;
  readonly #backoff: Backoff;
  #endpoint: URL | undefined;
  #ready = Promise.withResolvers<void>();
  #retry: number | undefined;
  #waiting = 0;
  #wanted = Promise.withResolvers<void>();
  /** Ends the present stream. */
  #stale: AbortController | undefined;

  constructor(conversation: Conversation, requester: Requester, url: URL, closed: AbortSignal) {
    this.#conversation = conversation;
    this.#requester = requester;
    this.#url = url;
    this.#closed = closed;
    this.#backoff = new Backoff(conversation.world);
  }

  /**
   * Connects, and waits for the `endpoint` event at most `patience` milliseconds. Resolves with a Fault when
   * the server does not speak this transport; throws what prevents finding out.
   */
  async open(patience: number, signal: AbortSignal): Promise<Fault | undefined> {
    const first = await this.#connect(patience, signal, false);
    if (first instanceof Fault) return first;
    this.#ready.resolve();
    void this.#keep(first.ended);
    return undefined;
  }

  async post(call: Call): Promise<Handed> {
    const { kind, method } = call.message;
    const late = kind === 'response' || method === 'notifications/cancelled';
    // These belong to the connection that broke, and are of no use to the next one.
    if (!this.#endpoint && late) return 'refused';
    if (!this.#endpoint && call.background) {
      return this.#failed(call, new Fault('server.stream-lost', "The server's stream is not open just now."));
    }
    try {
      this.#waiting++;
      this.#wanted.resolve();
      const signal = AbortSignal.any([this.#closed, call.signal]);
      do await abortable(this.#ready.promise, signal);
      while (!this.#endpoint);
    } catch (error) {
      return this.#failed(call, Fault.of(error));
    } finally {
      this.#waiting--;
    }
    return this.#submit(call);
  }

  announced(): void {}

  renew(reason: Fault): void {
    // The answers to what is under way come on this stream alone, and the server may just be busy with it.
    if (!this.#conversation.calls.some(({ sent }) => sent)) this.#stale?.abort(reason);
  }

  async close(): Promise<void> {}

  async #submit(call: Call): Promise<Handed> {
    const signal = AbortSignal.any([this.#closed, call.signal]);
    const { protocolVersion, world } = this.#conversation;
    const endpoint = this.#endpoint;
    try {
      const { response, exchange } = await this.#requester.ask({
        purpose: 'mcp',
        method: 'POST',
        url: endpoint ?? this.#url,
        headers: [
          ['Accept', 'application/json, text/event-stream'],
          ['Content-Type', 'application/json'],
          ...(protocolVersion === undefined ? [] : [['MCP-Protocol-Version', protocolVersion] as const]),
        ],
        body: call.message.bytes,
        signal,
        headTimeout: limitFor(call.message),
        background: call.background,
        onSent: sent => {
          call.sent = sent;
        },
      });
      if (response.ok) {
        void readBeginning(response, signal, world).catch(() => {});
        // The stream its answer would have come on has ended while it was on its way.
        if (!call.settled && this.#endpoint !== endpoint)
          return this.#failed(call, streamLost(call.what, [exchange]));
        return 'taken';
      }
      const body = await readBeginning(response, signal, world, LARGEST_ERROR);
      const message = responseIn(body);
      if (message) await this.#conversation.deliver(message, call);
      return this.#failed(call, refused(response.status, response.headers.get('content-type'), [exchange]));
    } catch (error) {
      return this.#failed(call, outcomeUnknown(call, error));
    }
  }

  #failed(call: Call, fault: Fault): 'refused' {
    if (call.settled && !this.#closed.aborted && !call.signal.aborted) {
      const { kind, method } = call.message;
      this.#conversation.span.note(`${method ?? `A ${kind}`} was not taken by the server. ${fault.message}`);
    }
    this.#conversation.fail(call, fault);
    return 'refused';
  }

  /** One connection, once its endpoint is known; a Fault when the server has none to offer. */
  async #connect(
    patience: number,
    signal: AbortSignal,
    background: boolean,
  ): Promise<Fault | { ended: Promise<void> }> {
    const { world } = this.#conversation;
    const opening = AbortSignal.any([this.#closed, signal]);
    const fetched = await this.#requester.ask({
      purpose: 'mcp-stream',
      method: 'GET',
      url: this.#url,
      headers: [['Accept', 'text/event-stream']],
      signal: opening,
      background,
      headTimeout: patience,
    });
    const { response, exchange } = fetched;
    const type = mediaType(response);
    if (!response.ok || type !== 'text/event-stream') {
      if (type !== 'text/event-stream') await readBeginning(response, opening, world);
      else response.body?.cancel().catch(() => {});
      return response.ok
        ? notMcp(response.status, type ?? null, [exchange])
        : refused(response.status, type ?? null, [exchange]);
    }
    const given = new AbortController();
    this.#stale = given;
    const endpoint = Promise.withResolvers<void>();
    const ended = this.#read(fetched, AbortSignal.any([opening, given.signal]), endpoint);
    const silent = new Fault(
      'server.not-mcp',
      'The server opened a stream and named no address for messages.',
      {
        remedy: 'Check the URL; a server of HTTP+SSE sends an `endpoint` event first.',
        evidence: [exchange],
      },
    );
    const known = new AbortController();
    world.sleep(patience, AbortSignal.any([opening, known.signal])).then(
      () => endpoint.reject(silent),
      () => {},
    );
    ended.then(() => endpoint.reject(silent));
    try {
      await endpoint.promise;
      return { ended };
    } catch (error) {
      given.abort();
      opening.throwIfAborted();
      if (error === silent) return silent;
      throw error;
    } finally {
      known.abort();
    }
  }

  /** Reads a connection to its end, and answers for what it leaves open. Never rejects. */
  async #read(fetched: Fetched, signal: AbortSignal, endpoint: PromiseWithResolvers<void>): Promise<void> {
    const conversation = this.#conversation;
    const { span, world } = conversation;
    const opened = world.now();
    let named = false;
    let cause: unknown;
    try {
      for await (const event of readEvents(conversation, chunks(fetched.response, signal))) {
        if (event.retry !== undefined) this.#retry = event.retry;
        if (event.type === 'endpoint' && event.data) {
          const address = new TextDecoder().decode(event.data.subarray(0, 8192));
          const url = this.#address(address, fetched.exchange);
          named = true;
          this.#endpoint = url;
          endpoint.resolve();
        } else if (isMessage(event)) {
          this.#backoff.succeeded();
          await deliverEvent(conversation, event);
        }
      }
    } catch (error) {
      cause = error;
      endpoint.reject(error);
    }
    if (world.now() - opened >= GOOD_LIFE) this.#backoff.succeeded();
    // A stream that never named its endpoint carried nothing, and another transport may be at work by now.
    if (!named || this.#closed.aborted) return;
    this.#endpoint = undefined;
    // Whoever waits already, for a connection that broke before it stood, waits for the next one.
    this.#ready.resolve();
    this.#ready = Promise.withResolvers();
    this.#ready.promise.catch(() => {});
    if (cause !== undefined) span.note(`The server's stream broke. ${Fault.of(cause).message}`);
    for (const call of conversation.calls) {
      if (call.sent) conversation.fail(call, streamLost(call.what, [fetched.exchange], cause));
    }
  }

  /** The address for messages, which must be of the same origin: the access token goes there. */
  #address(given: string, exchange: string): URL {
    const url = URL.parse(given.trim(), this.#url);
    if (url?.origin === this.#url.origin) return url;
    throw new Fault(
      'net.redirect',
      `The server names an address for messages on another origin (${word(url?.origin ?? given, 100)}), which is not used.`,
      {
        remedy: 'Tell whoever runs the server: the address must be on the origin of the stream.',
        evidence: [exchange],
      },
    );
  }

  /** Connects again whenever the connection ends, for as long as the channel lives. */
  async #keep(first: Promise<void>): Promise<void> {
    let ended = first;
    while (!this.#closed.aborted) {
      await ended;
      try {
        ({ ended } = await this.#reconnect());
      } catch {
        return;
      }
    }
  }

  /** Resolves when a new connection has been made and the host's session begun again on it. */
  async #reconnect(): Promise<{ ended: Promise<void> }> {
    const { span, world } = this.#conversation;
    for (let failures = 1; ; failures++) {
      const delay = this.#backoff.next(this.#retry, this.#waiting > 0 ? undefined : UNASKED);
      span.note(`The server's stream ended; it is opened again in ${delay} ms.`);
      await world.sleep(delay, this.#closed);
      this.#requester.forgetCookies();
      let fault: Fault;
      const abandoned = new AbortController();
      try {
        const connection = await this.#connect(30_000, abandoned.signal, this.#waiting === 0);
        if (connection instanceof Fault) throw connection;
        await beginAgain(this.#conversation, call => this.#submit(call));
        this.#ready.resolve();
        return connection;
      } catch (error) {
        this.#closed.throwIfAborted();
        abandoned.abort();
        fault = Fault.of(error);
      }
      // A stream that breaks while the session is begun again is as good as none.
      const isInVain = fault.code === 'server.session-lost' && fault.cause instanceof Fault;
      const { code } = isInVain ? (fault.cause as Fault) : fault;
      const transient = code.startsWith('net.') || code === 'server.stream-lost';
      span.note(`The server's stream could not be opened again. ${fault.message}`);
      if (transient && failures < MOST_FAILURES) continue;
      if (this.#waiting > 0) {
        this.#ready.reject(fault);
        this.#ready = Promise.withResolvers();
        this.#ready.promise.catch(() => {});
      } else if (!transient) {
        // Nobody is there to mend it; the next message is.
        this.#wanted = Promise.withResolvers();
        await abortable(this.#wanted.promise, this.#closed);
      }
    }
  }
}
