import { Fault } from '../base/fault.ts';
import { isObject } from '../base/json.ts';
import { plain, word } from '../base/text.ts';
import type { World } from '../base/world.ts';
import type { MessageHead, Span } from '../trace/event.ts';
import type { Message, Parcel } from './channel.ts';
import { answerWith, errorAnswer } from './errors.ts';
import { HeadScanner, type Heads } from './head-scanner.ts';
import { Holdings } from './holdings.ts';
import { Mailbox } from './mailbox.ts';
import { heads, idKey, members, oneLine, message as ownMessage, scan, withoutMark } from './scan.ts';
import { Standing } from './standing.ts';
import { Transfers } from './transfers.ts';
import { findMember, skipSpace, valueAt } from './walk.ts';

/** Bytes of an answer to `initialize`, or of an error, up to which it is read. */
const LARGEST_READ = 128 * 1024;

/** Requests whose answers are looked into on their way, so they must not go ahead in pieces. */
const LOOKED_INTO = new Set(['initialize', 'tools/list']);

/** A message whose bytes have gone ahead in pieces. */
export interface LargeMessage {
  transfer: number;
  /** `undefined` when it turned out to be no message. */
  heads: Heads | undefined;
  beginning: Uint8Array;
  size: number;
}

/** JSON-RPC 2.0 §5.1, Invalid Request. */
const ID_IN_USE = '{"code":-32600,"message":"This id is still in use by an earlier request."}';

/** What makes a request one of our own. */
export interface Own {
  /** Takes the answer in place of the host. */
  answer: (answer: Message | Fault) => void;
  background?: boolean;
}

const NOTHING = new Uint8Array();

/** One message on its way to the server, with those of its requests that have no answer yet. */
export class Call {
  readonly message: Message;
  readonly #open = new Map<string, MessageHead>();
  readonly #done = Promise.withResolvers<void>();
  readonly #abort = new AbortController();
  /** True from when it goes out until it is known that the server did not take it. */
  sent = false;
  readonly own: Own | undefined;

  constructor(message: Message, own?: Own) {
    this.message = message;
    this.own = own;
  }

  /** No request of a host waits for this, so nobody is asked to sign in for it. */
  get background(): boolean {
    return this.own?.background ?? false;
  }

  /** Aborted when nobody waits for it any more. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Resolves when each request has its answer or has been cancelled. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  get open(): readonly MessageHead[] {
    return [...this.#open.values()];
  }

  get settled(): boolean {
    return this.#open.size === 0;
  }

  /** In words, for sentences. */
  get what(): string {
    const [first] = this.open.length > 0 ? this.open : heads(this.message);
    return first?.method ? word(first.method) : 'the message';
  }

  add(key: string, head: MessageHead): void {
    this.#open.set(key, head);
  }

  settle(key: string): MessageHead | undefined {
    const head = this.#open.get(key);
    this.#open.delete(key);
    if (this.settled) this.#done.resolve();
    return head;
  }

  abort(reason: Fault): void {
    this.#abort.abort(reason);
  }
}

type ConversationWorld = Pick<World, 'now' | 'sleep' | 'random' | 'scheduler'>;

export interface ConversationOptions {
  /** The MCP server's URL. */
  url: string;
  span: Span;
  world: ConversationWorld;
  standing?: Standing | undefined;
  /** What is held of this server's messages, in all conversations with it. */
  holdings?: Holdings | undefined;
}

/** Units of work for a message, and for each of its bytes: it is read, recorded and passed on. */
const MESSAGE_COST = 6_000;
const BYTE_COST = 5;
/** Bytes of a message that are scanned in one go, and units of work for each. */
const SCANNED_AT_ONCE = 64 * 1024;
const SCAN_COST = 3;
/** Bytes that are recorded, which is most of the cost. */
const RECORDED = 16 * 1024;

/**
 * What both transports share: the requests still open, the way to the host, and the promise that each
 * request sent is answered exactly once.
 */
export class Conversation {
  readonly span: Span;
  readonly world: ConversationWorld;
  readonly messages = new Mailbox<Parcel>();
  readonly transfers: Transfers;
  readonly holdings: Holdings;
  /** In whose name work is counted: the server's origin. */
  readonly #owner: string;
  readonly standing: Standing;
  /** From the answer to the last `initialize`. */
  protocolVersion: string | undefined;
  /** The host's own `initialize` and `notifications/initialized`, kept to begin again with. */
  initialize: Message | undefined;
  announcement: Message | undefined;
  readonly #calls = new Map<string, Call>();

  constructor({
    url,
    span,
    world,
    standing = new Standing(),
    holdings = new Holdings(),
  }: ConversationOptions) {
    this.span = span;
    this.standing = standing;
    this.world = world;
    this.holdings = holdings;
    this.#owner = new URL(url).origin;
    this.transfers = new Transfers(world);
  }

  /**
   * Takes a message for sending. `undefined` when one of its ids is still open under an earlier request:
   * the server's answers could not be told apart, so it is refused.
   */
  begin(message: Message, own?: Own): Call | undefined {
    const call = new Call(message, own);
    const requests = heads(message).flatMap(head =>
      head.kind === 'request' && head.id !== undefined ? [{ head, id: head.id, key: idKey(head.id) }] : [],
    );
    const keys = new Set(requests.map(({ key }) => key));
    if (keys.size < requests.length || requests.some(({ key }) => this.#calls.has(key))) {
      for (const { id } of requests) this.#emit(answerWith(id, ID_IN_USE));
      return undefined;
    }
    for (const { head, key } of requests) {
      this.#calls.set(key, call);
      call.add(key, head);
    }
    return call;
  }

  /** The call an open request belongs to, by raw id. */
  find(id: string): Call | undefined {
    return this.#calls.get(idKey(id));
  }

  /** Nobody waits for this request any more. */
  forget(id: string): void {
    this.#settle(idKey(id));
  }

  /** Answers whatever of a call is still open with a Fault. */
  fail(call: Call, fault: Fault): void {
    for (const { id } of call.open) {
      if (id === undefined) continue;
      this.#settle(idKey(id));
      if (call.own) call.own.answer(fault);
      else this.#emit(errorAnswer(id, fault));
    }
  }

  /** The calls that have open requests. */
  get calls(): readonly Call[] {
    return [...new Set(this.#calls.values())];
  }

  /** Counts work on what the server has sent; a promise where it has to wait for its turn. */
  turn(units: number): Promise<void> | undefined {
    return this.world.scheduler.account(this.#owner, 'messages', units);
  }

  /**
   * Passes on what the server sent: an answer to an open request, a request or a notification. Anything
   * else is left out and noted. Resolves when there is room for more.
   */
  async deliver(body: Uint8Array, from?: Call): Promise<void> {
    const bytes = oneLine(withoutMark(body));
    const message = await this.#scan(bytes);
    if (!message) {
      this.span.note(`The server sent ${bytes.length} bytes that are not a JSON-RPC message; left out.`);
      return;
    }
    for (const part of this.#passesWhole(message) ? [message] : members(message)) {
      await this.turn(MESSAGE_COST + BYTE_COST * Math.min(part.bytes.length, RECORDED));
      // While it waited for its turn, what it answers may have been given up.
      for (const each of this.#passesWhole(part) ? [part] : members(part)) await this.#deliverOne(each, from);
    }
  }

  /** A batch passes whole unless a member of it must not: an answer to nobody, or one that is looked into. */
  #passesWhole(message: Message): boolean {
    if (message.kind !== 'batch') return true;
    const responses = heads(message).filter(head => head.kind === 'response');
    return (
      areUnlike(responses) &&
      responses.every(({ id }) => id !== undefined && this.#isOpenToHost(id) && !this.#isLookedInto(id))
    );
  }

  /** As {@link scan}, in turns. */
  async #scan(bytes: Uint8Array): Promise<Message | undefined> {
    const scanner = new HeadScanner();
    for (let at = 0; at < bytes.length; at += SCANNED_AT_ONCE) {
      const slice = bytes.subarray(at, at + SCANNED_AT_ONCE);
      await this.turn(SCAN_COST * slice.length);
      scanner.push(slice);
    }
    const found = scanner.end();
    return found && { ...found, bytes };
  }

  /** Whether an answer that comes now, to this call or to any, has to be looked into before it is passed on. */
  looksInto(from: Call | undefined): boolean {
    return (from ? [from] : this.calls).some(
      call => call.own !== undefined || call.open.some(({ method }) => LOOKED_INTO.has(method ?? '')),
    );
  }

  /** As {@link deliver}, for a message whose bytes have gone ahead. */
  async deliverLarge({ transfer, heads: found, beginning, size }: LargeMessage): Promise<void> {
    const answers = found ? heads(found).filter(({ kind }) => kind === 'response') : [];
    const isUsable =
      areUnlike(answers) &&
      answers.every(({ id }) => id !== undefined && this.#isOpenToHost(id) && !this.#isLookedInto(id));
    if (!found || !isUsable) {
      const what = found ? 'an answer that is not to be passed on' : 'no JSON-RPC message';
      this.span.note(`The server sent ${size} bytes that are ${what}; left out.`);
      await this.messages.push({ kind: 'dropped', transfer });
      for (const { id } of answers)
        if (id !== undefined && this.#isLookedInto(id)) this.#refuseLarge(id, size);
      return;
    }
    for (const { id } of answers) if (id !== undefined) this.#settle(idKey(id));
    this.span.message('to-host', beginning, found, size);
    await this.messages.push({ ...found, bytes: NOTHING, transfer });
  }

  #isLookedInto(id: string): boolean {
    const key = idKey(id);
    const open = this.#calls.get(key)?.open ?? [];
    return open.some(
      head => head.id !== undefined && idKey(head.id) === key && LOOKED_INTO.has(head.method ?? ''),
    );
  }

  #refuseLarge(id: string, size: number): void {
    const call = this.find(id);
    if (!call) return;
    const fault = new Fault('net.too-large', `The server answered ${call.what} with ${size} bytes.`, {
      remedy: 'Tell whoever runs the server that this answer must be shorter.',
    });
    this.fail(call, fault);
  }

  #isOpenToHost(id: string): boolean {
    const call = this.find(id);
    return call !== undefined && call.own === undefined;
  }

  async #deliverOne(message: Message, from: Call | undefined): Promise<void> {
    if (message.kind === 'response') {
      const answer = this.find(message.id ?? 'null') ? message : this.#adopt(message, from);
      const call = answer?.id === undefined ? undefined : this.find(answer.id);
      if (!answer || answer.id === undefined || !call) {
        this.span.note(`The server answered ${word(message.id ?? 'null')}, which is not open; left out.`);
        return;
      }
      if (answer.bytes.length > LARGEST_READ && call.message.method === 'initialize') {
        this.#refuseLarge(answer.id, answer.bytes.length);
        return;
      }
      const head = this.#settle(idKey(answer.id));
      if (head?.method === 'initialize') this.#readVersion(answer);
      if (call.own) call.own.answer(answer);
      else await this.#emit(answer);
      return;
    }
    for (const head of heads(message)) {
      if (head.kind === 'response' && head.id !== undefined) this.#settle(idKey(head.id));
    }
    await this.#emit(message);
  }

  /** An error without an id belongs to the one request that it answers. */
  #adopt(message: Message, from: Call | undefined): Message | undefined {
    const [open, ...more] = from?.open ?? [];
    if (open?.id === undefined || more.length > 0) return undefined;
    if (message.id !== undefined && message.id !== 'null') return undefined;
    const error = rpcError(message.bytes);
    return error === undefined ? undefined : answerWith(open.id, error);
  }

  #readVersion(answer: Message): void {
    const place = findMember(answer.bytes, skipSpace(answer.bytes, 0), 'result');
    const result = place && valueAt(answer.bytes, place);
    if (isObject(result) && typeof result.protocolVersion === 'string') {
      this.protocolVersion = plain(result.protocolVersion, 40);
    }
  }

  #settle(key: string): MessageHead | undefined {
    const call = this.#calls.get(key);
    this.#calls.delete(key);
    return call?.settle(key);
  }

  #emit(message: Message): Promise<void> | undefined {
    this.span.message('to-host', message.bytes, message);
    return this.messages.push(message);
  }
}

/** Whether no two answers are for the same request. */
function areUnlike(answers: readonly MessageHead[]): boolean {
  return answers.length < 2 || new Set(answers.map(({ id = 'null' }) => idKey(id))).size === answers.length;
}

/** The raw error object of a JSON-RPC error message; `undefined` for anything else, such as an OAuth error. */
export function rpcError(bytes: Uint8Array): string | undefined {
  if (bytes.length > LARGEST_READ) return undefined;
  const start = skipSpace(bytes, 0);
  const place = findMember(bytes, start, 'error');
  const error = place && valueAt(bytes, place);
  const version = findMember(bytes, start, 'jsonrpc');
  if (!place || !version || !isObject(error)) return undefined;
  if (typeof error.code !== 'number' || typeof error.message !== 'string') return undefined;
  return new TextDecoder().decode(oneLine(bytes.subarray(place.start, place.end)));
}

/** `notifications/initialized`, for a host that never sent its own. */
export const ANNOUNCEMENT = ownMessage({ jsonrpc: '2.0', method: 'notifications/initialized' });
