import { Fault } from '../base/fault.ts';
import { fieldText } from '../base/text.ts';
import type { HeaderList } from '../base/world.ts';
import type { Fetched } from '../trace/event.ts';
import { followAnswer } from './answer-stream.ts';
import { Arrival } from './arrival.ts';
import { abortable, Backoff } from './backoff.ts';
import { chunks, mediaType, readBeginning } from './body.ts';
import type { Call, Conversation } from './conversation.ts';
import { isLate, noAnswer, notMcp, oddSession, refused, streamLost } from './errors.ts';
import { ping } from './keep-alive.ts';
import { listen } from './notification-stream.ts';
import type { Requester } from './requester.ts';
import { responseIn } from './response-in.ts';
import { isSessionLost, isUnknownMethod, sessionIn } from './session-words.ts';
import { beginAgain, type Handed, limitFor, outcomeUnknown, type Wire } from './wire.ts';

/** Bytes of an error's body that are looked into. */
const LARGEST_ERROR = 128 * 1024;
/** Units of work for a chunk of a body. */
const CHUNK_COST = 2_000;
/** Units of work to answer a request that has failed. */
const FAILURE_COST = 60_000;
/** Milliseconds in which an answer may come on the server's own stream. */
const ELSEWHERE = 30_000;
/** Milliseconds a server is given to end a session. */
const FAREWELL = 2000;
/** Statuses with which a server of HTTP+SSE refuses a POST; "Backwards Compatibility", clients. */
const UNSUITABLE = [400, 404, 405];

interface Manner {
  probing?: boolean;
  background?: boolean;
  /** Whether a lost session may be replaced and the message sent once more. */
  mayRestore?: boolean;
}

/** Streamable HTTP, 2025-03-26 to 2025-11-25: one POST a message, answers as JSON or as an event stream. */
export class StreamableHttp implements Wire {
  readonly #conversation: Conversation;
  readonly #requester: Requester;
  readonly #url: URL;
  readonly #closed: AbortSignal;
  readonly #backoff: Backoff;
  #sessionId: string | undefined;
  /** True from when the server forgot the session until there is a new one. */
  #lost = false;
  /** The server has opened a stream of its own before. */
  #hasStream = false;
  /** While that stream is open; resolves at its end. */
  #streaming: PromiseWithResolvers<void> | undefined;
  /** A ping that is to show whether the session serves. */
  #asked: Promise<boolean> | undefined;
  #restoring: { done: Promise<void>; background: boolean } | undefined;
  #listening = new AbortController();
  /** Ends the present stream of the server's own, and not the listening. */
  #stale = new AbortController();
  #taken: PromiseWithResolvers<void> | undefined;

  constructor(conversation: Conversation, requester: Requester, url: URL, closed: AbortSignal) {
    this.#conversation = conversation;
    this.#requester = requester;
    this.#url = url;
    this.#closed = closed;
    this.#backoff = new Backoff(conversation.world);
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  async post(call: Call, probing = false): Promise<Handed> {
    const { kind, method } = call.message;
    // A response belongs to a session that is there already, and a cancel must not come late.
    const mayRestore = kind !== 'response' && method !== 'initialize' && method !== 'notifications/cancelled';
    try {
      if (method === 'initialize') this.#beginNewSession();
      if (mayRestore && (this.#lost || this.#restoring)) await this.#restored(call);
    } catch (error) {
      return this.#failed(call, error);
    }
    return this.#submit(call, { probing, mayRestore });
  }

  announced(): void {
    this.#listening.abort();
    const listening = new AbortController();
    this.#listening = listening;
    const signal = AbortSignal.any([this.#closed, listening.signal]);
    const session = this.#sessionId;
    void listen({
      conversation: this.#conversation,
      signal,
      backoff: this.#backoff,
      open: async lastEventId => {
        this.#stale = new AbortController();
        const stale = AbortSignal.any([signal, this.#stale.signal]);
        const opened = await this.#stream(lastEventId, stale, true);
        this.#hasStream ||= opened.response.ok;
        return opened;
      },
      streaming: isOpen => {
        this.#streaming?.resolve();
        this.#streaming = isOpen ? Promise.withResolvers() : undefined;
      },
      // Whoever no longer listens need not know.
      isServing: () => this.#isServing(signal).catch(() => true),
      nextTaken: () => {
        this.#taken ??= Promise.withResolvers();
        return abortable(this.#taken.promise, signal);
      },
      onSessionLost: () => void this.#restore(session, true).catch(() => {}),
    });
  }

  /** Whether calls in the present session go through, by a ping; one at a time, for all who want to know. */
  #isServing(signal: AbortSignal): Promise<boolean> {
    this.#asked ??= this.#ping().finally(() => {
      this.#asked = undefined;
    });
    return abortable(this.#asked, signal);
  }

  async #ping(): Promise<boolean> {
    let handed: Promise<Handed> | undefined;
    const post = (call: Call) => {
      handed = this.#submit(call, { background: true });
      return handed;
    };
    const answer = await ping({ conversation: this.#conversation, signal: this.#closed, post });
    // Who cannot be reached has not said that the session is over.
    if (answer instanceof Fault) return answer.code.startsWith('net.');
    // An error with the status of a refusal may be about the session; that there is no ping is not.
    return (await handed) === 'taken' || isUnknownMethod(answer.bytes);
  }

  renew(reason: Fault): void {
    this.#stale.abort(reason);
  }

  async close(): Promise<void> {
    await this.#endSession();
  }

  /** Sends one message and sees to its answer. Resolves when the head of the response is there. */
  async #submit(call: Call, manner: Manner): Promise<Handed> {
    const signal = AbortSignal.any([this.#closed, call.signal]);
    const initialize = call.message.method === 'initialize';
    try {
      for (let again = manner.mayRestore ?? false; ; again = false) {
        const session = initialize ? undefined : this.#sessionId;
        const fetched = await this.#requester.ask({
          purpose: 'mcp',
          method: 'POST',
          url: this.#url,
          headers: [
            ['Accept', 'application/json, text/event-stream'],
            ['Content-Type', 'application/json'],
            ...(initialize ? [] : this.#sessionHeaders()),
          ],
          body: call.message.bytes,
          signal,
          headTimeout: limitFor(call.message),
          background: manner.background ?? call.background,
          onSent: sent => {
            call.sent = sent;
          },
        });
        const { response, exchange } = fetched;
        if (response.ok) {
          const given = initialize ? sessionIn(fetched.headers) : undefined;
          if (given !== undefined && !/^[\x21-\x7e]+$/.test(given)) {
            void response.body?.cancel().catch(() => {});
            return this.#failed(call, oddSession([exchange]));
          }
          if (initialize) this.#sessionId = given;
          this.#taken?.resolve();
          this.#taken = undefined;
          void this.#receive(call, fetched, signal);
          return 'taken';
        }
        const body = await readBeginning(response, signal, this.#conversation.world, LARGEST_ERROR);
        // Where only words tell, they may be about something else, and the call may have been carried out.
        const isTold = again && session !== undefined && isSessionLost(response.status, body);
        const isCertain = response.status === 404 || response.status === 410;
        if (isTold && (isCertain || session !== this.#sessionId || !(await this.#isServing(signal)))) {
          call.sent = false;
          await abortable(this.#restore(session, call.background, !isCertain), signal);
          continue;
        }
        const fault = refused(response.status, response.headers.get('content-type'), [exchange]);
        const message = responseIn(body);
        // No server of this transport refuses POST itself, whatever words it has for it.
        const elsewhere =
          UNSUITABLE.includes(response.status) && (message === undefined || response.status === 405);
        if (manner.probing && elsewhere) {
          call.sent = false;
          return { unsuitable: fault };
        }
        if (message) await this.#conversation.deliver(message, call);
        return this.#failed(call, fault);
      }
    } catch (error) {
      // Hundreds may fail at once, when the server goes.
      await this.#conversation.turn(FAILURE_COST);
      return this.#failed(call, error);
    }
  }

  /** Answers what is open with the Fault; a message that expects no answer leaves a note. */
  #failed(call: Call, error: unknown): 'refused' {
    const fault = outcomeUnknown(call, error);
    if (call.settled && !this.#closed.aborted && !call.signal.aborted) {
      const { kind, method } = call.message;
      this.#conversation.span.note(`${method ?? `A ${kind}`} was not taken by the server. ${fault.message}`);
    }
    this.#conversation.fail(call, fault);
    return 'refused';
  }

  async #receive(call: Call, fetched: Fetched, signal: AbortSignal): Promise<void> {
    const { response, exchange } = fetched;
    const { status } = response;
    const type = mediaType(response);
    const conversation = this.#conversation;
    try {
      if (type === 'text/event-stream' && !call.settled) {
        const resume = (lastEventId: string) => this.#stream(lastEventId, signal);
        if ((await followAnswer(conversation, call, fetched, signal, resume)) === 'empty') {
          await this.#elsewhere(call, signal);
          if (!call.settled) conversation.fail(call, streamLost(call.what, [exchange]));
        }
      } else if (call.settled || status === 202 || status === 204) {
        if (type === 'text/event-stream') await response.body?.cancel();
        else await readBeginning(response, signal, conversation.world);
        await this.#elsewhere(call, signal);
        conversation.fail(call, noAnswer(call.what, status, [exchange]));
      } else if (type === undefined || type === 'application/json' || type.endsWith('+json')) {
        await this.#receiveJson(new Arrival(conversation, call), response, signal);
        await this.#elsewhere(call, signal);
        // An error made for nobody would cost as much as the answer.
        if (!call.settled) conversation.fail(call, noAnswer(call.what, status, [exchange]));
      } else {
        await readBeginning(response, signal, conversation.world);
        conversation.fail(call, notMcp(status, type, [exchange]));
      }
    } catch (error) {
      await conversation.turn(FAILURE_COST);
      const known = error instanceof Fault && error.code !== 'net.failed' && !isLate(error);
      conversation.fail(call, known ? error : streamLost(call.what, [exchange], error));
    }
  }

  /** An answer may come on the server's own stream, where the response to its request had none. */
  async #elsewhere(call: Call, signal: AbortSignal): Promise<void> {
    const stream = this.#streaming;
    if (call.settled || !stream) return;
    const over = new AbortController();
    const late = this.#conversation.world.sleep(ELSEWHERE, AbortSignal.any([signal, over.signal]));
    await Promise.race([call.done, stream.promise, late.catch(() => {})]);
    over.abort();
  }

  async #receiveJson(arrival: Arrival, response: Response, signal: AbortSignal): Promise<void> {
    try {
      for await (const chunk of chunks(response, signal)) {
        await this.#conversation.turn(CHUNK_COST + chunk.length);
        await arrival.add(chunk);
        await this.#conversation.messages.room;
      }
      await arrival.end();
    } finally {
      arrival.drop();
    }
  }

  /** A GET for the server's own stream, or for what is left of an answer. */
  #stream(lastEventId: string | undefined, signal: AbortSignal, background = false): Promise<Fetched> {
    return this.#requester.ask({
      purpose: 'mcp-stream',
      method: 'GET',
      url: this.#url,
      headers: [
        ['Accept', 'text/event-stream'],
        ...this.#sessionHeaders(),
        ...(lastEventId === undefined ? [] : [['Last-Event-ID', fieldText(lastEventId)] as const]),
      ],
      signal,
      background,
    });
  }

  #sessionHeaders(): HeaderList {
    const { protocolVersion } = this.#conversation;
    return [
      ...(protocolVersion === undefined ? [] : [['MCP-Protocol-Version', protocolVersion] as const]),
      ...(this.#sessionId === undefined ? [] : [['Mcp-Session-Id', this.#sessionId] as const]),
    ];
  }

  /** The host begins anew: what was before is ended, and not waited for. */
  #beginNewSession(): void {
    this.#listening.abort();
    void this.#endSession();
    this.#lost = false;
    this.#conversation.protocolVersion = undefined;
  }

  async #endSession(): Promise<void> {
    if (this.#sessionId === undefined) return;
    const headers = this.#sessionHeaders();
    this.#sessionId = undefined;
    const { world, span } = this.#conversation;
    const late = new AbortController();
    const ended = new AbortController();
    const alarm = world.sleep(FAREWELL, ended.signal).then(
      () => late.abort(),
      () => {},
    );
    const farewell = this.#requester
      .ask({
        purpose: 'mcp-session-end',
        method: 'DELETE',
        url: this.#url,
        headers,
        signal: late.signal,
        background: true,
      })
      .then(({ response }) => readBeginning(response, late.signal, world))
      .catch(error => span.note(`The session was not ended. ${Fault.of(error).message}`))
      .finally(() => ended.abort());
    // Whatever authorize is waiting for, the host is not.
    await Promise.race([alarm, farewell]);
  }

  #restored(call: Call): Promise<void> {
    return abortable(this.#restore(undefined, call.background), AbortSignal.any([this.#closed, call.signal]));
  }

  /** A new session for the lost one, once for all who wait for it. */
  async #restore(lost: string | undefined, background = false, isThere = false): Promise<void> {
    const running = this.#restoring;
    if (running) {
      try {
        return await running.done;
      } catch (error) {
        // What failed with nobody there may succeed with a sign-in.
        if (background || !running.background) throw error;
      }
      return this.#restore(undefined, background);
    }
    if (!this.#lost && lost !== this.#sessionId) return;
    this.#lost = true;
    if (isThere) void this.#endSession();
    this.#sessionId = undefined;
    this.#requester.forgetCookies();
    this.#listening.abort();
    const { span } = this.#conversation;
    span.note('The server no longer knows the session; a new one is begun.');
    const done = beginAgain(this.#conversation, call => this.#submit(call, { background }))
      .then(() => {
        this.#lost = false;
        if (this.#conversation.announcement) this.announced();
      })
      .finally(() => {
        this.#restoring = undefined;
      });
    this.#restoring = { done, background };
    done.catch(error => this.#restoreLater(Fault.of(error)));
    return done;
  }

  /** Tries again for a session: the server may have something to say to a host that asks for nothing. */
  async #restoreLater({ message, cause }: Fault): Promise<void> {
    if (this.#closed.aborted) return;
    const { world, span } = this.#conversation;
    span.note(message);
    // Only a request of the host leads to a sign-in.
    const isForHost = cause instanceof Fault && /^(?:sign-in|vault)\.|^token\.refused$/.test(cause.code);
    if (!this.#hasStream || isForHost) return;
    try {
      await world.sleep(this.#backoff.next(undefined), this.#closed);
      if (this.#lost && !this.#restoring) await this.#restore(undefined, true);
    } catch {
      // Closed, or to be tried again by now.
    }
  }
}
