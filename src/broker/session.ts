import { Fault } from '../base/fault.ts';
import { isObject, type JsonObject } from '../base/json.ts';
import type { Authorize, HostChannel, Message, Parcel, ServerChannel } from '../bridge/channel.ts';
import { ANNOUNCEMENT } from '../bridge/conversation.ts';
import { errorAnswer } from '../bridge/errors.ts';
import { isSameId } from '../bridge/scan.ts';
import { Standing } from '../bridge/standing.ts';
import type { Asker } from './asker.ts';
import { Elicitations } from './elicitations.ts';
import { asks, Held } from './held.ts';
import {
  answer,
  emptyList,
  type HostInitialize,
  listsChanged,
  presumedResult,
  readInitialize,
  resultOf,
  whyRefused,
} from './host-answers.ts';
import { HostAsker } from './host-asker.ts';
import { inTurns } from './in-turns.ts';
import { Outage } from './outage.ts';
import { relay } from './relay.ts';
import type { Resume, SessionHouse } from './session-house.ts';
import type { BridgeSettings } from './settings.ts';
import { Start } from './start.ts';
import { Unawaited } from './unawaited.ts';

/**
 * One host's conversation: its messages pass untouched, except while a sign-in is pending. Then the host
 * is answered at once, its requests wait, and what it was told is made true afterwards.
 */
export class Session extends HostAsker {
  readonly #down: HostChannel;
  readonly #house: SessionHouse;
  readonly #end = new AbortController();
  #up: ServerChannel | undefined;
  #host: HostInitialize | undefined;
  #phase: 'new' | 'connecting' | 'ready' | 'failed' = 'new';
  readonly #outage: Outage;
  readonly #start: Start;
  /** What the host was promised in place of the server's own answer. */
  #promised: JsonObject | undefined;
  /** The host has its answer to `initialize`, from whomever. */
  #answered = false;
  #capabilities: JsonObject = {};
  /** Those that were answered in place of the server. */
  readonly #answeredFor = new WeakSet<HostInitialize>();
  readonly #held: Held;
  #announcement: Message | undefined;
  #initialized = Promise.withResolvers<void>();
  readonly #standing = new Standing();
  readonly #elicitations: Elicitations;
  /** The host was refused something for want of a sign-in, and is to hear of it once there is one. */
  #wantsSignIn = false;
  /** The connection was made without the host asking for anything. */
  #isUnasked = false;
  /** The host has asked for something since the connection was begun. */
  #askedSince = false;
  readonly #unawaited = new Unawaited();

  constructor(down: HostChannel, settings: BridgeSettings, house: SessionHouse) {
    super(settings, house);
    this.#down = down;
    this.#house = house;
    this.#outage = new Outage(house.world);
    this.#start = new Start(house.world, this.server, {
      isKnown: async () => this.#answered || (await this.#known()) !== undefined,
      note: fault => this.#note(fault),
      promise: () => this.#promise(),
      again: () => {
        void this.#up?.close();
        this.#connect();
      },
      giveUp: fault => this.#giveUpStart(fault),
      overdue: () => this.#blocking && void this.#promise(),
    });
    this.#held = new Held(house.world, settings.client.authTimeout, {
      whyLate: () => house.account.whyWaiting(),
      toHost: each => void this.#toHost(each),
    });
    this.#elicitations = new Elicitations(this.server, house.world, each => void this.#toHost(each));
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
      this.#start.over();
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

  signInPending(url?: URL): void {
    if (url || this.#start.isOverdue) this.#unawaited.add(this.#promise());
  }

  override delayed(fault: Fault): void {
    super.delayed(fault);
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
        this.#held.hold(each);
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
    if (this.#start.reason) this.#giveUpStart(this.#start.reason);
    void this.#up?.close();
    const host = readInitialize(request);
    this.#host = host;
    this.#standing.clear();
    this.#promised = undefined;
    this.#answered = false;
    this.#announcement = undefined;
    this.#initialized = Promise.withResolvers();
    this.#start.begin();
    this.#connect();
    // A sign-in somebody else waits for: no need to ask the server first.
    if (this.#blocking?.link) this.#unawaited.add(this.#promise());
  }

  /** The sign-in without which nobody is served. */
  get #blocking() {
    const { pending } = this.#house.account;
    return pending?.stepUp ? undefined : pending;
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
    const host = this.#host;
    this.#up = up;
    this.#unawaited.add(
      relay(up, {
        isPresent: () => this.#up === up,
        take: each => this.#fromServer(each),
        isOwed: id => !(host && isSameId(id, host.id) && this.#answeredFor.has(host)),
        pass: each => this.#toHost(each),
      }).then(() => {
        if (this.#up === up && !this.#end.signal.aborted)
          throw new Error('The connection to the server is gone.');
      }),
    );
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
    const isWanted = (error: unknown) => /^sign-in\.(?:needed|unconfirmed)$/.test(Fault.of(error).code);
    if (this.#phase === 'ready') token.catch(error => isWanted(error) && this.#awaitSignIn());
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
    const isFirst =
      this.#phase === 'connecting' && each.kind === 'response' && isSameId(each.id, this.#host?.id);
    const result = isFirst && resultOf(each);
    if (!isFirst) await this.#toHost(each);
    else if (result) this.#serverInitialized(each, result);
    else {
      const fault = whyRefused(each, this.server);
      const taken = this.#start.takes(fault).then(isTaken => {
        if (!isTaken) this.#fail(fault, this.#answered ? undefined : each);
      });
      this.#unawaited.add(taken);
    }
  }

  #serverInitialized(each: Message, result: JsonObject): void {
    this.#phase = 'ready';
    this.#start.over();
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

  /** The server was waited for long enough, while the host is still there; a try may be under way. */
  #giveUpStart(fault: Fault): void {
    const up = this.#up;
    const host = this.#host;
    if (!host || this.#phase !== 'connecting') return;
    this.#up = undefined;
    this.#answeredFor.add(host);
    void up?.close();
    this.#fail(fault, this.#answered ? undefined : errorAnswer(host.id, fault));
  }

  #note(fault: Fault): void {
    this.#house.trouble(fault);
    if (this.#outage.add(fault)) this.#house.log(fault.sentence);
  }

  /** The server could not be had: everybody who waits is told why. */
  #fail(fault: Fault, forHost: Message | undefined): void {
    if (fault.code === 'sign-in.needed' && this.#held.asked && this.#askedSince) {
      // The host asked for something only after the server had been told that nobody does; once for each time.
      this.#reconnect();
      return;
    }
    this.#phase = 'failed';
    this.#note(fault);
    this.#house.account.lastUse.tried(this, fault);
    if (forHost) {
      this.#answered = true;
      void this.#toHost(forHost);
    } else this.#unawaited.add(this.#tryLater(fault));
    for (const waiting of this.#held.take()) this.#held.refuse(waiting, fault);
    this.#awaitSignIn();
  }

  /** The host was told that it is connected: the server may have something to say to it unasked. */
  async #tryLater(fault: Fault): Promise<void> {
    if (!(await this.#outage.pass(fault, this.#end.signal)) || this.#phase !== 'failed') return;
    this.#isUnasked = true;
    this.#reconnect();
  }

  /** A request after a failure is a reason to try again, though not many times a second. */
  #retry(each: Message): void {
    if (each.kind !== 'request' && each.kind !== 'batch') {
      each.release?.();
      return;
    }
    if (this.#held.pong(each)) return;
    const { tooSoon } = this.#outage;
    if (tooSoon) {
      this.#held.refuse(each, tooSoon);
      return;
    }
    this.#held.hold(each);
    this.#reconnect();
  }

  #reconnect(): void {
    void this.#up?.close();
    this.#promised ??= {};
    this.#connect();
  }

  /** What the server answered the last time. */
  async #known(): Promise<JsonObject | undefined> {
    const { protocolVersion } = this.#host ?? {};
    if (protocolVersion !== undefined)
      return this.#house.facts.answer(this.#house.account.target, protocolVersion);
  }

  /** Answers the host's `initialize` in place of a server that will not speak before the sign-in. */
  async #promise(): Promise<void> {
    const host = this.#host;
    if (!host || this.#answered || this.#phase !== 'connecting') return;
    const known = await this.#known();
    // The server itself, or another reason to promise, may have been quicker.
    if (this.#answered || this.#host !== host) return;
    this.#answered = true;
    this.#answeredFor.add(host);
    const result = known ?? presumedResult(host, this.server);
    this.#promised = isObject(result.capabilities) ? result.capabilities : {};
    void this.#toHost(answer(host.id, result));
  }
}
