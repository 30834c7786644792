import { Fault } from '../base/fault.ts';
import type { HeaderList, NetworkSettings, World } from '../base/world.ts';
import type { Span } from '../trace/event.ts';
import type { Authorize, Message, Parcel, ServerChannel } from './channel.ts';
import { type Call, Conversation } from './conversation.ts';
import type { Guard } from './guard.ts';
import type { Holdings } from './holdings.ts';
import { StreamableHttp } from './http.ts';
import { keepAlive } from './keep-alive.ts';
import { Requester } from './requester.ts';
import { cancelledId } from './scan.ts';
import { HttpSse } from './sse.ts';
import type { Standing } from './standing.ts';
import { type Handed, sayAgain, type Wire } from './wire.ts';

export type Transport = 'http-first' | 'sse-first' | 'http-only' | 'sse-only';

export interface UpstreamOptions {
  /** The MCP server's URL. */
  url: string;
  /** Header fields from the user, sent with each request. With Authorization among them nobody signs in. */
  headers: HeaderList;
  /** Names of those whose values are recorded as secrets. */
  secretHeaders: readonly string[];
  network?: NetworkSettings | undefined;
  /** `false`: cookies of the server's are neither kept nor sent. */
  cookies?: boolean | undefined;
  /** Milliseconds between two pings to the server; none are sent where it is absent. */
  pingInterval?: number | undefined;
  transport: Transport;
  /** What the host arranged in an earlier session, said again once this one stands; kept up to date here. */
  standing?: Standing | undefined;
  authorize: Authorize;
  span: Span;
  /** What is held of this server's messages, in all channels to it. */
  holdings?: Holdings | undefined;
  /** Whether the server may be asked at all. */
  guard?: Guard | undefined;
  world: Pick<World, 'now' | 'sleep' | 'random' | 'scheduler'>;
}

/**
 * The server's side of a bridge. `send` never rejects: each request sent has exactly one answer in
 * `messages`, the server's own or a JSON-RPC error with a Fault in its `data.keybridge`.
 */
export interface Upstream extends ServerChannel {
  /** Known once the first request has been taken. */
  readonly transport: 'streamable-http' | 'http+sse' | undefined;
  /** Known once `initialize` was answered. */
  readonly sessionId: string | undefined;
  readonly protocolVersion: string | undefined;
}

/** Milliseconds to wait for an `endpoint` event; less where another transport may be tried instead. */
const PATIENCE = 30_000;
const PATIENCE_OF_SSE_FIRST = 5000;

/** A channel to a remote MCP server. Connects with the first request, which shows the transport. */
export function openUpstream(options: UpstreamOptions): Upstream {
  return new RemoteServer(options);
}

class RemoteServer implements Upstream {
  readonly #options: UpstreamOptions;
  readonly #conversation: Conversation;
  readonly #requester: Requester;
  readonly #closed = new AbortController();
  #wire: Wire | undefined;
  /** Settles when the transport is known, or the attempt to find it is over. */
  #choosing: Promise<unknown> | undefined;
  #initializing: Promise<unknown> | undefined;
  #announcing: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;
  #pinging = false;
  #inherited: readonly Message[];

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#conversation = new Conversation(options);
    this.#inherited = this.#conversation.standing.messages;
    this.#requester = new Requester(options);
  }

  get messages(): AsyncIterable<Parcel> {
    return this.#conversation.messages;
  }

  get sessionId(): string | undefined {
    return this.#wire?.sessionId;
  }

  get protocolVersion(): string | undefined {
    return this.#conversation.protocolVersion;
  }

  get transport(): 'streamable-http' | 'http+sse' | undefined {
    if (!this.#wire) return undefined;
    return this.#wire instanceof HttpSse ? 'http+sse' : 'streamable-http';
  }

  async send(message: Message): Promise<void> {
    if (this.#closing) return;
    this.#options.span.message('from-host', message.bytes, message);
    if (message.method === 'notifications/cancelled') {
      void this.#cancel(message);
      return;
    }
    const call = this.#conversation.begin(message);
    if (!call) return;
    this.#conversation.standing.note(message);
    if (message.method === 'initialize' && message.kind === 'request') {
      this.#conversation.initialize = message;
      this.#conversation.announcement = undefined;
      this.#announcing = undefined;
      void this.#hand(call, this.#choosing);
      // What follows waits for the answer: only then are session and version known.
      this.#initializing = call.done;
    } else if (message.method === 'notifications/initialized') {
      this.#conversation.announcement = message;
      this.#announcing = this.#announce(call, this.#initializing);
    } else if (message.kind === 'response') {
      // The server may be waiting for it in the middle of whatever others wait for.
      void this.#hand(call, undefined);
    } else {
      void this.#hand(call, Promise.all([this.#choosing, this.#initializing, this.#announcing]));
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const reason = new Fault('cancelled', 'The connection to the server was closed.');
    for (const call of this.#conversation.calls) {
      call.abort(reason);
      this.#conversation.fail(call, reason);
    }
    this.#closed.abort(reason);
    await this.#wire?.close();
    this.#conversation.messages.end();
  }

  async #announce(call: Call, initializing: Promise<unknown> | undefined): Promise<void> {
    if ((await this.#hand(call, initializing)) !== 'taken') return;
    this.#wire?.announced();
    const inherited = this.#inherited;
    this.#inherited = [];
    await sayAgain(this.#conversation, inherited, each => this.#hand(each, undefined));
    const { pingInterval } = this.#options;
    if (pingInterval === undefined || this.#pinging) return;
    this.#pinging = true;
    void keepAlive({
      conversation: this.#conversation,
      interval: pingInterval,
      signal: this.#closed.signal,
      post: ping => this.#hand(ping, undefined),
      renew: reason => this.#wire?.renew(reason),
    });
  }

  async #hand(call: Call, first: Promise<unknown> | undefined): Promise<Handed> {
    try {
      return await this.#handOver(call, first);
    } finally {
      // The server has it, or will not get it.
      call.message.release?.();
    }
  }

  async #handOver(call: Call, first: Promise<unknown> | undefined): Promise<Handed> {
    if (first) await first;
    if (call.signal.aborted || this.#closed.signal.aborted) return 'refused';
    if (this.#wire) return this.#wire.post(call);
    // Another one may have begun to find out in the meantime.
    if (this.#choosing) return this.#handOver(call, this.#choosing);
    const choosing = this.#choose(call).finally(() => {
      this.#choosing = undefined;
    });
    this.#choosing = choosing;
    return choosing;
  }

  /** Finds the transport with the first message. Streamable HTTP, "Backwards Compatibility". */
  async #choose(call: Call): Promise<Handed> {
    const { transport } = this.#options;
    try {
      if (transport === 'http-only' || transport === 'http-first') {
        return await this.#tryHttp(call, transport === 'http-first' && !call.settled);
      }
      const patience = transport === 'sse-first' ? PATIENCE_OF_SSE_FIRST : PATIENCE;
      const unsuitable = await this.#trySse(call, patience);
      if (!unsuitable && this.#wire) return await this.#wire.post(call);
      if (unsuitable && transport === 'sse-first') {
        this.#options.span.note(`The server does not speak HTTP+SSE. ${unsuitable.message}`);
        return await this.#tryHttp(call, false);
      }
      throw unsuitable;
    } catch (error) {
      this.#conversation.fail(call, Fault.of(error));
      return 'refused';
    }
  }

  async #tryHttp(call: Call, probing: boolean): Promise<Handed> {
    const http = new StreamableHttp(this.#conversation, this.#requester, this.#url, this.#closed.signal);
    // Messages of a server that speaks at once belong to it, so it is in place before its first answer.
    this.#wire = probing ? undefined : http;
    const handed = await http.post(call, probing);
    if (!probing) return handed;
    if (typeof handed === 'string') {
      if (handed === 'taken') this.#wire = http;
      return handed;
    }
    const { unsuitable } = handed;
    this.#options.span.note(`The server does not take a POST here. ${unsuitable.message} HTTP+SSE is tried.`);
    const neither = await this.#trySse(call, PATIENCE);
    if (!neither && this.#wire) return (this.#wire as Wire).post(call);
    // One answer for both ways is said once.
    const said = [...new Set([unsuitable.message, ...(neither ? [neither.message] : [])])].join(' ');
    throw new Fault('server.not-mcp', 'The server at this URL speaks neither Streamable HTTP nor HTTP+SSE.', {
      remedy: `${said} Check the URL; the path often is /mcp or /sse.`,
      evidence: [...unsuitable.evidence, ...(neither?.evidence ?? [])],
    });
  }

  async #trySse(call: Call, patience: number): Promise<Fault | undefined> {
    const sse = new HttpSse(this.#conversation, this.#requester, this.#url, this.#closed.signal);
    const unsuitable = await sse.open(patience, call.signal);
    if (!unsuitable) this.#wire = sse;
    return unsuitable;
  }

  get #url(): URL {
    return new URL(this.#options.url);
  }

  /** A cancelled request needs no answer; its stream is closed once the server has been told. */
  async #cancel(message: Message): Promise<void> {
    const id = cancelledId(message);
    const call = id === undefined ? undefined : this.#conversation.find(id);
    const sent = call?.sent ?? true;
    if (call && id !== undefined) this.#conversation.forget(id);
    const telling = this.#conversation.begin(message);
    if (sent && this.#wire && telling) await this.#wire.post(telling);
    if (call?.settled) call.abort(new Fault('cancelled', 'The request was cancelled.'));
  }
}
