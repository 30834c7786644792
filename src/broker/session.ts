import { Fault } from '../base/fault.ts';
import { isObject, type JsonObject } from '../base/json.ts';
import type { World } from '../base/world.ts';
import type { Authorize, Channel, Message } from '../bridge/channel.ts';
import { errorAnswer } from '../bridge/errors.ts';
import { message } from '../bridge/scan.ts';
import type { Account } from './account.ts';
import type { Asker } from './asker.ts';
import type { Facts } from './facts.ts';
import {
  answer,
  cancelledId,
  emptyList,
  faultIn,
  type HostInitialize,
  linkDone,
  listsChanged,
  presumedResult,
  readInitialize,
  resultOf,
  showLink,
} from './host-answers.ts';
import type { BridgeSettings } from './settings.ts';

/** Hosts give up on a request after a minute; before that they get a reason. Milliseconds. */
export const HOST_PATIENCE = 45_000;
/** A server that cannot be reached is not asked again for this long. Milliseconds. */
const RETRY_PAUSE = 1_000;
/** A host that asks by elicitation must have said `initialized` by then. Milliseconds. */
const HOST_READY = 5_000;

export interface SessionHouse {
  account: Account;
  facts: Facts;
  world: Pick<World, 'now' | 'sleep'>;
  /** Opens the server's side of the bridge. */
  openUpstream(authorize: Authorize): Channel;
  /** A sentence for the shim's stderr. */
  log(text: string, level?: 'info' | 'debug'): void;
  /** Why the host is not served just now, or `null` once it is; sets the shim's exit code. */
  trouble(fault: Fault | null): void;
}

/** What a shim that lost its broker brings along: the host's words to an earlier one. */
export interface Resume {
  initialize: Message;
  initialized: boolean;
}

/** A message of the host that waits for the server, and what ends a request's wait. */
interface Held {
  message: Message;
  timer?: ReturnType<typeof setTimeout>;
}

/**
 * One host's conversation: its messages pass untouched, except while a sign-in is pending. Then the host
 * is answered at once, its requests wait, and what it was told is made true afterwards.
 */
export class Session implements Asker {
  readonly settings: BridgeSettings;
  readonly connectedAt: number;
  readonly explicit = false;
  readonly #down: Channel;
  readonly #house: SessionHouse;
  readonly #server: URL;
  readonly #end = new AbortController();
  #up: Channel | undefined;
  #host: HostInitialize | undefined;
  #phase: 'new' | 'connecting' | 'ready' | 'failed' = 'new';
  #failure: { fault: Fault; at: number } | undefined;
  /** What the host was promised in place of the server's own answer. */
  #promised: JsonObject | undefined;
  /** The host has its answer to `initialize`, from whomever. */
  #answered = false;
  #capabilities: JsonObject = {};
  #held: Held[] = [];
  readonly #initialized = Promise.withResolvers<void>();
  #hostInitialized = false;
  readonly #elicitations = new Map<string, (answer: Message | undefined) => void>();
  #elicitationCount = 0;
  #toldLocked = false;
  /** The host spoke to an earlier broker, and has said nothing to this one yet. */
  #resumed = false;

  constructor(down: Channel, settings: BridgeSettings, house: SessionHouse) {
    this.#down = down;
    this.#house = house;
    this.settings = settings;
    this.connectedAt = house.world.now();
    this.#server = new URL(settings.server);
  }

  get hostName(): string | undefined {
    return this.#host?.clientName;
  }

  /** Set for a host that can show the user a link. */
  get elicit(): Asker['elicit'] {
    return this.#host?.canShowLinks ? (url, id) => this.#elicit(url, id) : undefined;
  }

  /** Runs until the host is gone. */
  async run(resume?: Resume): Promise<void> {
    try {
      if (resume) {
        this.#host = readInitialize(resume.initialize);
        this.#answered = true;
        this.#promised = {};
        this.#resumed = true;
        if (resume.initialized) this.#noteInitialized();
        this.#connect();
      }
      for await (const each of this.#down.messages) this.#fromHost(each);
    } finally {
      this.#end.abort(new Fault('cancelled', 'The host ended the connection.'));
      this.#house.account.pending?.leave(this);
      for (const { timer } of this.#held) clearTimeout(timer);
      for (const settle of this.#elicitations.values()) settle(undefined);
      await this.#up?.close();
    }
  }

  say(text: string): void {
    this.#house.log(text);
  }

  shown(url: URL, opened: boolean): void {
    this.#house.log(
      opened
        ? `Sign in to ${this.#server.host} in the browser tab that has just opened.`
        : `Sign in to ${this.#server.host} by opening this link in a browser: ${url.href}`,
    );
  }

  signInPending(): void {
    if (this.#phase === 'connecting' && !this.#answered) void this.#promise();
  }

  vaultLocked(fault: Fault): void {
    if (!this.#toldLocked) this.#house.log(fault.sentence);
    this.#toldLocked = true;
    this.signInPending();
  }

  elicited(id: string): void {
    this.#toHost(linkDone(id));
  }

  #toHost(each: Message): void {
    this.#down.send(each).catch(() => {
      // The host is gone; the loop over its messages ends by itself.
    });
  }

  #fromHost(each: Message): void {
    if (each.kind === 'response' && each.id !== undefined && this.#elicitations.has(each.id)) {
      this.#elicitations.get(each.id)?.(each);
      return;
    }
    if (each.method === 'initialize' && each.kind === 'request') {
      this.#begin(each);
      return;
    }
    if (each.method === 'notifications/initialized') this.#noteInitialized();
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

  #noteInitialized(): void {
    this.#hostInitialized = true;
    this.#initialized.resolve();
  }

  #pass(each: Message): void {
    const empty = this.#promised && each.kind === 'request' ? emptyList(each, this.#capabilities) : undefined;
    if (empty) this.#toHost(empty);
    else void this.#up?.send(each);
  }

  #begin(request: Message): void {
    // A second `initialize` on one connection starts over; hosts do it after an error.
    void this.#up?.close();
    this.#host = readInitialize(request);
    this.#promised = undefined;
    this.#answered = false;
    this.#connect();
    // A sign-in somebody else waits for: no need to ask the server first.
    if (this.#house.account.pending?.url) void this.#promise();
  }

  #connect(): void {
    if (!this.#host) return;
    this.#phase = 'connecting';
    this.#open();
    void this.#up?.send(this.#host.message);
  }

  #open(): void {
    const up = this.#house.openUpstream((refusal, signal) => this.#authorize(refusal, signal));
    this.#up = up;
    void (async () => {
      for await (const each of up.messages) {
        if (this.#up === up) this.#fromServer(each);
      }
    })();
  }

  #authorize: Authorize = (refusal, signal) => {
    // While the host waits for `initialize` it has its answer; the server's may take as long as a person does.
    const patience = this.#phase === 'connecting' ? undefined : HOST_PATIENCE;
    const ended = this.#end.signal;
    // A shim that came back by itself: its host has asked for nothing yet, so no tab opens.
    const unasked = this.#resumed && !this.#held.some(({ message: { kind } }) => kind !== 'notification');
    return this.#house.account.token(
      { asker: this, settings: this.settings, patience },
      refusal && unasked ? { ...refusal, background: true } : refusal,
      signal ? AbortSignal.any([signal, ended]) : ended,
    );
  };

  #fromServer(each: Message): void {
    if (this.#phase === 'connecting' && each.kind === 'response' && each.id === this.#host?.id) {
      this.#serverInitialized(each);
      return;
    }
    this.#toHost(each);
  }

  #serverInitialized(each: Message): void {
    const result = resultOf(each);
    if (!result) {
      this.#fail(faultIn(each, this.#server), this.#answered ? undefined : each);
      return;
    }
    this.#phase = 'ready';
    this.#failure = undefined;
    this.#house.trouble(null);
    this.#capabilities = isObject(result.capabilities) ? result.capabilities : {};
    const { account, facts } = this.#house;
    if (this.#host) void facts.rememberAnswer(account.target, this.#host.protocolVersion, result);
    if (!this.#answered) {
      this.#answered = true;
      this.#toHost(each);
    } else {
      if (this.#hostInitialized) this.#pass(message({ jsonrpc: '2.0', method: 'notifications/initialized' }));
      for (const change of listsChanged(this.#promised ?? {})) this.#toHost(change);
    }
    const held = this.#held;
    this.#held = [];
    for (const { message: waiting, timer } of held) {
      clearTimeout(timer);
      if (waiting.method !== 'notifications/initialized') this.#pass(waiting);
    }
  }

  /** The server could not be had: everybody who waits is told why. */
  #fail(fault: Fault, forHost: Message | undefined): void {
    this.#phase = 'failed';
    this.#failure = { fault, at: this.#house.world.now() };
    this.#house.trouble(fault);
    this.#house.log(fault.sentence);
    if (forHost) {
      this.#answered = true;
      this.#toHost(forHost);
    }
    const held = this.#held;
    this.#held = [];
    for (const { message: waiting, timer } of held) {
      clearTimeout(timer);
      this.#refuse(waiting, fault);
    }
  }

  #refuse(each: Message, fault: Fault): void {
    for (const head of each.parts ?? [each]) {
      if (head.kind === 'request' && head.id !== undefined) this.#toHost(errorAnswer(head.id, fault));
    }
  }

  /** A request after a failure is a reason to try again, though not many times a second. */
  #retry(each: Message): void {
    if (each.kind !== 'request' && each.kind !== 'batch') return;
    const { fault, at } = this.#failure ?? {};
    // Nobody has asked for a sign-in until now.
    const wasUnasked = fault?.code === 'sign-in.needed';
    if (fault && !wasUnasked && at !== undefined && this.#house.world.now() - at < RETRY_PAUSE) {
      this.#refuse(each, fault);
      return;
    }
    void this.#up?.close();
    this.#promised ??= {};
    this.#hold(each);
    this.#connect();
  }

  #hold(each: Message): void {
    if (each.method === 'ping' && each.id !== undefined) {
      this.#toHost(answer(each.id, {}));
      return;
    }
    if (each.method === 'notifications/cancelled') {
      const id = cancelledId(each);
      const held = this.#held.find(({ message: waiting }) => waiting.kind === 'request' && waiting.id === id);
      if (held) {
        clearTimeout(held.timer);
        this.#held = this.#held.filter(other => other !== held);
        return;
      }
    }
    const entry: Held = { message: each };
    if (each.kind === 'request' || each.kind === 'batch') {
      entry.timer = setTimeout(() => {
        this.#held = this.#held.filter(other => other !== entry);
        const waiting = new Fault('server.refused', `${this.#server.host} has not answered yet.`, {
          remedy: 'Try again.',
        });
        const { locked, pending } = this.#house.account;
        this.#refuse(each, locked ?? pending?.needed() ?? waiting);
      }, HOST_PATIENCE);
    }
    this.#held.push(entry);
  }

  /** Answers the host's `initialize` in place of a server that will not speak before the sign-in. */
  async #promise(): Promise<void> {
    const host = this.#host;
    if (!host || this.#answered) return;
    // Before anything is awaited: two reasons to answer must not become two answers.
    this.#answered = true;
    const { facts, account } = this.#house;
    const known = await facts.answer(account.target, host.protocolVersion);
    const result = known ?? presumedResult(host, this.#server);
    this.#promised = isObject(result.capabilities) ? result.capabilities : {};
    this.#toHost(answer(host.id, result));
  }

  async #elicit(url: URL, elicitationId: string): Promise<'accepted' | 'unsupported' | 'gone'> {
    if (!(await this.#isReady())) return this.#end.signal.aborted ? 'gone' : 'unsupported';
    const id = `keybridge-elicitation-${++this.#elicitationCount}`;
    const key = JSON.stringify(id);
    const reply = await new Promise<Message | undefined>(resolve => {
      this.#elicitations.set(key, resolve);
      this.#toHost(showLink(id, elicitationId, url, this.#server));
    });
    this.#elicitations.delete(key);
    if (!reply) return 'gone';
    const action = resultOf(reply)?.action;
    if (action === 'accept') return 'accepted';
    if (action === 'decline' || action === 'cancel') {
      throw new Fault('sign-in.denied', `The sign-in to ${this.#server.host} was declined in the app.`, {
        remedy: 'Ask again to sign in.',
      });
    }
    return 'unsupported';
  }

  /** A server may ask nothing before the host has said `initialized`. */
  async #isReady(): Promise<boolean> {
    const late = new AbortController();
    const ended = AbortSignal.any([this.#end.signal, late.signal]);
    try {
      return await Promise.race([
        this.#initialized.promise.then(() => true),
        this.#house.world.sleep(HOST_READY, ended).then(
          () => false,
          () => false,
        ),
      ]);
    } finally {
      late.abort();
    }
  }
}
