import { Fault } from '../base/fault.ts';
import { isObject, type JsonObject } from '../base/json.ts';
import type { Authorize, HostChannel, Message, Parcel, ServerChannel } from '../bridge/channel.ts';
import { ANNOUNCEMENT } from '../bridge/conversation.ts';
import { Standing } from '../bridge/standing.ts';
import type { Link } from '../oauth/sign-in.ts';
import type { Asker } from './asker.ts';
import { Elicitations } from './elicitations.ts';
import { asks, Held } from './held.ts';
import {
  answer,
  emptyList,
  type HostInitialize,
  leftOver,
  listsChanged,
  presumedResult,
  readInitialize,
  refusals,
  resultOf,
  whereToSignIn,
  whyRefused,
} from './host-answers.ts';
import { inTurns } from './in-turns.ts';
import { Outage } from './outage.ts';
import type { Resume, SessionHouse } from './session-house.ts';
import type { BridgeSettings } from './settings.ts';
import { Unawaited } from './unawaited.ts';

/** A host that waits for a sign-in has its answer to `initialize` by then. Milliseconds. */
const PROMISE_WITHIN = 1_500;

/**
 * One host's conversation: its messages pass untouched, except while a sign-in is pending. Then the host
 * is answered at once, its requests wait, and what it was told is made true afterwards.
 */
export class Session implements Asker {
  readonly settings: BridgeSettings;
  readonly connectedAt: number;
  readonly explicit = false;
  askedAt: number | undefined;
  readonly #down: HostChannel;
  readonly #house: SessionHouse;
  readonly #server: URL;
  readonly #end = new AbortController();
  #up: ServerChannel | undefined;
  #host: HostInitialize | undefined;
  #phase: 'new' | 'connecting' | 'ready' | 'failed' = 'new';
  readonly #outage: Outage;
  /** What the host was promised in place of the server's own answer. */
  #promised: JsonObject | undefined;
  /** The host has its answer to `initialize`, from whomever. */
  #answered = false;
  #capabilities: JsonObject = {};
  /** Those that were answered in place of the server. */
  readonly #answeredFor = new WeakSet<HostInitialize>();
  /** The host has waited for its `initialize` as long as it should. */
  #overdue = false;
  readonly #held: Held;
  #announcement: Message | undefined;
  #initialized = Promise.withResolvers<void>();
  readonly #standing = new Standing();
  readonly #elicitations: Elicitations;
  #toldDelay: string | undefined;
  /** The host was refused something for want of a sign-in, and is to hear of it once there is one. */
  #wantsSignIn = false;
  /** The connection was made without the host asking for anything. */
  #isUnasked = false;
  /** The host has asked for something since the connection was begun. */
  #askedSince = false;
  readonly #unawaited = new Unawaited();

  constructor(down: HostChannel, settings: BridgeSettings, house: SessionHouse) {
    this.#down = down;
    this.#house = house;
    this.settings = settings;
    this.connectedAt = house.world.now();
    this.#server = new URL(settings.server);
    this.#outage = new Outage(house.world);
    this.#held = new Held(house.world, settings.client.authTimeout, late =>
      this.#refuse(late, house.account.whyWaiting()),
    );
    this.#elicitations = new Elicitations(this.#server, house.world, each => void this.#toHost(each));
  }

  get hostName(): string | undefined {
    return this.#host?.clientName;
  }

  /** Set for a host that can show the user a link. */
  get elicit(): Asker['elicit'] {
    if (!this.#host?.canShowLinks) return undefined;
    return (url, id) => this.#elicitations.ask(url, id, this.#initialized.promise);
  }

  /** Runs until the host is gone. Throws what nobody foresaw; no request of the host is answered after that. */
  async run(resume?: Resume): Promise<void> {
    try {
      if (resume) {
        this.#host = readInitialize(resume.initialize);
        this.#answered = true;
        this.#answeredFor.add(this.#host);
        this.#promised = {};
        this.#isUnasked = true;
        for (const each of resume.standing) this.#standing.note(each);
        if (resume.initialized) this.#noteInitialized(ANNOUNCEMENT);
        this.#connect();
      }
      await Promise.race([this.#hear(), this.#unawaited.failure]);
    } finally {
      this.#end.abort(new Fault('cancelled', 'The host ended the connection.'));
      this.#house.account.pending?.leave(this);
      this.#house.account.lastUse.left(this);
      this.#held.take();
      this.#elicitations.close();
      await this.#up?.close();
    }
  }

  async #hear(): Promise<void> {
    for await (const each of inTurns(this.#down.messages, this.#house.world.scheduler)) {
      if (this.#end.signal.aborted) return;
      this.#fromHost(each);
    }
  }

  say(text: string): void {
    this.#house.log(text);
  }

  shown(link: Link, opened: boolean): void {
    this.#house.log(whereToSignIn(link, opened, this.#server));
  }

  signInPending(url?: URL): void {
    if (url || this.#overdue) this.#unawaited.add(this.#promise());
  }

  delayed(fault: Fault): void {
    const told = fault.data?.since ?? fault.code;
    if (this.#toldDelay !== told) this.#house.log(fault.sentence);
    this.#toldDelay = told;
    this.#unawaited.add(this.#promise());
  }

  elicited(id: string): void {
    this.#elicitations.complete(id);
  }

  /** Resolves when the host has room for more. */
  #toHost(each: Parcel): Promise<void> {
    // Where it fails the host is gone, and the loop over its messages ends by itself.
    return this.#down.send(each).catch(() => {});
  }

  #fromHost(each: Message): void {
    if (this.#elicitations.take(each)) return;
    if (asks(each) && each.method !== 'ping') {
      this.askedAt = this.#house.world.now();
      this.#isUnasked = false;
      this.#askedSince = true;
    }
    if (each.method === 'initialize' && each.kind === 'request') {
      this.#begin(each);
      return;
    }
    if (each.method === 'notifications/initialized') {
      this.#noteInitialized(each);
      // It is the first thing the server hears once it has answered.
      if (this.#phase === 'connecting' || this.#phase === 'failed') return;
    }
    switch (this.#phase) {
      case 'ready':
        this.#pass(each);
        break;
      case 'connecting':
        this.#hold(each);
        break;
      case 'failed':
        this.#retry(each);
        break;
      case 'new':
        // A host that says anything before `initialize` gets the server's own opinion of it.
        this.#open();
        this.#phase = 'ready';
        this.#pass(each);
        break;
    }
  }

  #noteInitialized(announcement: Message): void {
    this.#announcement = announcement;
    this.#initialized.resolve();
  }

  #pass(each: Message): void {
    const empty = this.#promised && each.kind === 'request' ? emptyList(each, this.#capabilities) : undefined;
    if (empty) void this.#toHost(empty);
    else void this.#up?.send(each);
  }

  #begin(request: Message): void {
    // A second `initialize` on one connection starts over; hosts do it after an error.
    void this.#up?.close();
    const host = readInitialize(request);
    this.#host = host;
    this.#standing.clear();
    this.#promised = undefined;
    this.#answered = false;
    this.#announcement = undefined;
    this.#initialized = Promise.withResolvers();
    this.#overdue = false;
    this.#connect();
    const blocking = () => {
      const { pending } = this.#house.account;
      return pending?.stepUp ? undefined : pending;
    };
    // A sign-in somebody else waits for: no need to ask the server first.
    if (blocking()?.link) this.#unawaited.add(this.#promise());
    this.#house.world.sleep(PROMISE_WITHIN, this.#end.signal).then(
      () => {
        if (this.#host !== host) return;
        this.#overdue = true;
        if (blocking()) this.#unawaited.add(this.#promise());
      },
      () => {},
    );
  }

  #connect(): void {
    if (!this.#host) return;
    this.#phase = 'connecting';
    this.#askedSince = false;
    this.#open();
    void this.#up?.send(this.#host.message);
  }

  #open(): void {
    const up = this.#house.openUpstream(
      (refusal, signal) => this.#authorize(refusal, signal),
      this.#standing,
    );
    this.#up = up;
    this.#unawaited.add(this.#listen(up, this.#host));
  }

  async #listen(up: ServerChannel, host: HostInitialize | undefined): Promise<void> {
    for await (const each of up.messages) {
      const settled = host && this.#answeredFor.has(host) ? host.id : undefined;
      const due = this.#up === up ? each : leftOver(each, settled);
      if (due) await (this.#up === up ? this.#fromServer(due) : this.#toHost(due));
    }
    if (this.#up === up && !this.#end.signal.aborted)
      throw new Error('The connection to the server is gone.');
  }

  #authorize: Authorize = (refusal, signal) => {
    // While the host waits for `initialize` it has its answer; the server's may take as long as a person does.
    const patience = this.#phase === 'connecting' ? undefined : this.#held.patience;
    const ended = this.#end.signal;
    // Its host has asked for nothing yet, so no tab opens.
    const unasked = this.#isUnasked && !this.#held.asked;
    const token = this.#house.account.token(
      { asker: this, settings: this.settings, patience },
      refusal && unasked ? { ...refusal, background: true } : refusal,
      signal ? AbortSignal.any([signal, ended]) : ended,
    );
    if (this.#phase === 'ready') {
      token.catch(error => {
        const { code } = Fault.of(error);
        if (code === 'sign-in.needed' || code === 'sign-in.unconfirmed') this.#awaitSignIn();
      });
    }
    return token;
  };

  /** Requests were refused: once somebody has signed in, the host is told to ask for its lists again. */
  #awaitSignIn(): void {
    if (this.#wantsSignIn) return;
    this.#wantsSignIn = true;
    this.#house.account.whenSignedIn(() => {
      // A connection that never came to stand is told while it is made; see serverInitialized.
      if (this.#phase === 'failed' && this.#announcement) this.#reconnect();
      if (this.#phase !== 'ready') return;
      this.#wantsSignIn = false;
      this.#tellLists(this.#capabilities);
    }, this.#end.signal);
  }

  /** A server says nothing of this kind before the host has said `initialized`. */
  #tellLists(capabilities: JsonObject): void {
    void this.#initialized.promise.then(() => {
      if (this.#end.signal.aborted) return;
      for (const change of listsChanged(capabilities)) void this.#toHost(change);
    });
  }

  async #fromServer(each: Parcel): Promise<void> {
    const isFirst = this.#phase === 'connecting' && each.kind === 'response' && each.id === this.#host?.id;
    const result = isFirst && resultOf(each);
    if (!isFirst) await this.#toHost(each);
    else if (result) this.#serverInitialized(each, result);
    else this.#fail(whyRefused(each, this.#server), this.#answered ? undefined : each);
  }

  #serverInitialized(each: Message, result: JsonObject): void {
    this.#phase = 'ready';
    this.#outage.over();
    this.#house.trouble(null);
    this.#house.account.lastUse.tried(this, null);
    this.#capabilities = isObject(result.capabilities) ? result.capabilities : {};
    const { account, facts } = this.#house;
    if (this.#host) void facts.rememberAnswer(account.target, this.#host.protocolVersion, result);
    if (!this.#answered) {
      this.#answered = true;
      void this.#toHost(each);
    } else {
      this.#tellLists({ ...this.#promised, ...(this.#wantsSignIn ? this.#capabilities : {}) });
    }
    this.#wantsSignIn = false;
    if (this.#announcement) this.#pass(this.#announcement);
    for (const waiting of this.#held.take()) this.#pass(waiting);
  }

  /** The server could not be had: everybody who waits is told why. */
  #fail(fault: Fault, forHost: Message | undefined): void {
    if (fault.code === 'sign-in.needed' && this.#held.asked && this.#askedSince) {
      // The host asked for something only after the server had been told that nobody does; once for each time.
      this.#reconnect();
      return;
    }
    this.#phase = 'failed';
    this.#house.trouble(fault);
    this.#house.account.lastUse.tried(this, fault);
    if (this.#outage.add(fault)) this.#house.log(fault.sentence);
    if (forHost) {
      this.#answered = true;
      void this.#toHost(forHost);
    } else this.#unawaited.add(this.#tryLater(fault));
    for (const waiting of this.#held.take()) this.#refuse(waiting, fault);
    this.#awaitSignIn();
  }

  /** The host was told that it is connected: the server may have something to say to it unasked. */
  async #tryLater(fault: Fault): Promise<void> {
    if (!(await this.#outage.pass(fault, this.#end.signal)) || this.#phase !== 'failed') return;
    this.#isUnasked = true;
    this.#reconnect();
  }

  #refuse(each: Message, fault: Fault): void {
    for (const refusal of refusals(each, fault)) void this.#toHost(refusal);
    each.release?.();
  }

  /** A request after a failure is a reason to try again, though not many times a second. */
  #retry(each: Message): void {
    if (each.kind !== 'request' && each.kind !== 'batch') {
      each.release?.();
      return;
    }
    if (this.#pong(each)) return;
    const { tooSoon } = this.#outage;
    if (tooSoon) {
      this.#refuse(each, tooSoon);
      return;
    }
    this.#hold(each);
    this.#reconnect();
  }

  #reconnect(): void {
    void this.#up?.close();
    this.#promised ??= {};
    this.#connect();
  }

  #hold(each: Message): void {
    if (this.#pong(each)) return;
    if (each.method === 'notifications/cancelled' && this.#held.cancel(each)) return;
    this.#held.add(each);
  }

  /** A host that only asks whether somebody is there is answered by us, and it is no reason for a sign-in. */
  #pong(each: Message): boolean {
    const pong = each.method === 'ping' && each.id !== undefined ? answer(each.id, {}) : undefined;
    if (pong) void this.#toHost(pong);
    return pong !== undefined;
  }

  /** Answers the host's `initialize` in place of a server that will not speak before the sign-in. */
  async #promise(): Promise<void> {
    const host = this.#host;
    if (!host || this.#answered || this.#phase !== 'connecting') return;
    const { facts, account } = this.#house;
    const known = await facts.answer(account.target, host.protocolVersion);
    // The server itself, or another reason to promise, may have been quicker.
    if (this.#answered || this.#host !== host) return;
    this.#answered = true;
    this.#answeredFor.add(host);
    const result = known ?? presumedResult(host, this.#server);
    this.#promised = isObject(result.capabilities) ? result.capabilities : {};
    void this.#toHost(answer(host.id, result));
  }
}
