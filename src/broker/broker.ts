import type { Api, LoginEvent, ServerStatus, Status, WindowEnvironment, WindowUse } from '../api/contract.ts';
import { Fault } from '../base/fault.ts';
import type { Scheduler } from '../base/scheduler.ts';
import { Turns } from '../base/turns.ts';
import type { World } from '../base/world.ts';
import type { Authorize, HostChannel, ServerChannel } from '../bridge/channel.ts';
import { hideTools } from '../bridge/ignore-tools.ts';
import type { Standing } from '../bridge/standing.ts';
import { openUpstream } from '../bridge/upstream.ts';
import { Callbacks } from '../oauth/callback.ts';
import { grantMark, signInMark } from '../oauth/client-mark.ts';
import type { Grant } from '../oauth/grant.ts';
import { decode, encode } from '../tokens/contents.ts';
import { OneAtATime } from '../tokens/fresh.ts';
import { TokenStore } from '../tokens/token-store.ts';
import type { Span, TraceEvent } from '../trace/event.ts';
import { openTrace } from '../trace/record.ts';
import type { Trace } from '../trace/trace.ts';
import { Account, type AccountHouse } from './account.ts';
import { Questions } from './confirmation.ts';
import { Endpoints } from './endpoints.ts';
import { Facts } from './facts.ts';
import { forget } from './forget.ts';
import { learnSecrets } from './learn-secrets.ts';
import { LoadMonitor } from './load.ts';
import { login } from './login.ts';
import { look, type Onlooker } from './onlooker.ts';
import { closedVault, statusOf } from './server-status.ts';
import { Session } from './session.ts';
import type { Resume } from './session-house.ts';
import type { BridgeSettings, Target } from './settings.ts';
import { tellAll } from './tell-all.ts';
import { TraceCursor } from './trace-cursor.ts';

/** Milliseconds. */
const FAREWELL = 20;
/** Milliseconds a renewal has to come to an end when the broker does, which must be over in eight seconds. */
const LONGEST_RENEWAL = 6_000;

/** What the host of a broker says of itself. */
export interface BrokerOptions {
  version: string;
  pid: number;
  home: string;
  /** Bytes of memory of the process. */
  memory?(): number;
  /** What the user should know of where secrets live. */
  vaultNote(): string | undefined;
  /** An address that opens the window; absent where there is none for browsers. */
  window?(environment?: WindowEnvironment, use?: WindowUse): Promise<string>;
  /** Ends the process. */
  stop(): Promise<void>;
}

/** What a shim's session says beside the messages. */
export interface Side {
  log(text: string, level?: 'info' | 'debug'): void;
  trouble(fault: Fault | null): void;
}

/** The one who knows all the others: accounts, sessions, callbacks, the trace. */
export class Broker implements Api {
  readonly recorded: Trace;
  readonly #world: World;
  readonly #options: BrokerOptions;
  readonly #span: Span;
  readonly #house: AccountHouse;
  readonly #accounts = new Map<string, Account>();
  readonly #sessions = new Set<Session>();
  /** Bridges that run or have yet to take leave of their servers. */
  readonly #bridges = new Set<Promise<void>>();
  readonly #startedAt: number;
  readonly #monitor: LoadMonitor;
  readonly #questions: Questions;

  constructor(world: World, options: BrokerOptions) {
    this.#world = world;
    this.#options = options;
    this.#startedAt = world.now();
    this.#questions = new Questions(world);
    const { trace, root } = openTrace(world, { userAgent: `keybridge/${options.version}` });
    this.recorded = trace;
    this.#span = root;
    this.#monitor = new LoadMonitor({ world, memory: options.memory, note: text => root.note(text) });
    this.#house = {
      world,
      store: new TokenStore(world, text => root.note(text)),
      callbacks: new Callbacks(world),
      facts: new Facts(world),
      endpoints: new Endpoints(world),
      renewals: new OneAtATime<Grant | undefined>(),
      turns: new Turns(),
      span: root,
      granted: grant => {
        for (const account of this.#accounts.values()) account.granted(grant);
      },
    };
  }

  get scheduler(): Scheduler {
    return this.#world.scheduler;
  }

  /** Whether the process may end by itself: nobody is connected or waited for, and nothing would be lost. */
  async mayEnd(): Promise<boolean> {
    const { store } = this.#house;
    await this.#save();
    if (this.#sessions.size > 0 || this.signingIn || store.unsaved) return false;
    return store.persistent || (await store.grants()).length === 0;
  }

  /** Whether a sign-in waits for somebody. */
  get signingIn(): boolean {
    return [...this.#accounts.values()].some(({ pending }) => pending && !pending.forgotten);
  }

  /**
   * Waits until the hosts, who must have been sent away, are gone and everything that can be is on disk. Gives
   * back the rest, for {@link Broker.adopt} of another process.
   */
  async rest(): Promise<string | undefined> {
    const { store, facts } = this.#house;
    await Promise.allSettled([...this.#bridges, this.#renewed()]);
    await this.#save();
    await facts.written();
    const unkept = await store.unkept();
    return unkept && new TextDecoder().decode(encode(unkept));
  }

  /** Takes what another broker had in memory only. Throws `store.damaged` for what a newer version made. */
  async adopt(contents: string): Promise<void> {
    await this.#house.store.adopt(decode(new TextEncoder().encode(contents)));
  }

  /** Serves one host until it is gone. */
  bridge(down: HostChannel, settings: BridgeSettings, side: Side, resume?: Resume): Promise<void> {
    const bridge = this.#bridge(down, settings, side, resume).finally(() => this.#bridges.delete(bridge));
    this.#bridges.add(bridge);
    return bridge;
  }

  async #bridge(down: HostChannel, settings: BridgeSettings, side: Side, resume?: Resume): Promise<void> {
    const account = this.#account(settings);
    const span = this.#span.span(`bridge to ${new URL(settings.server).host}`, settings);
    learnSecrets(settings, span);
    const session: Session = new Session(down, settings, {
      account,
      facts: this.#house.facts,
      world: this.#world,
      openUpstream: (authorize, standing) => this.#openUpstream(settings, authorize, span, standing),
      log: (text, level) => side.log(text, level),
      trouble: fault => side.trouble(fault),
    });
    this.#sessions.add(session);
    const leave = account.attend(session);
    void this.#sayNote(side);
    const stop = settings.debug ? tellAll(this.recorded, span, settings, side) : () => {};
    try {
      await session.run(resume);
    } finally {
      stop();
      leave();
      this.#sessions.delete(session);
    }
  }

  /** Where sign-ins go is said once it is certain; a keychain may take its time to show that it is none. */
  async #sayNote(side: Side): Promise<void> {
    try {
      await this.#world.vault.ready?.();
    } catch {
      // Whoever needs it is told why.
    }
    const note = this.#options.vaultNote();
    if (note !== undefined) side.log(note);
  }

  async status(): Promise<Status> {
    let locked: Fault | undefined;
    const grants = await this.#house.store.grants().catch(error => {
      locked = closedVault(error);
      return [];
    });
    const targets = new Map<string, Target>();
    for (const { key } of grants) targets.set(keyOf(key), { server: key.server, profile: key.profile });
    for (const { settings } of this.#sessions) targets.set(keyOf(settings), settings);
    for (const account of this.#accounts.values()) {
      const { pending, trouble, renewal, unusable } = account;
      if (pending?.isAwaited || trouble || renewal || unusable)
        targets.set(keyOf(account.target), account.target);
    }
    const { version, pid, home } = this.#options;
    const note = locked?.sentence ?? this.#options.vaultNote();
    return {
      version,
      pid,
      startedAt: this.#startedAt,
      home,
      vault: {
        kind: this.#world.vault.kind,
        ...(locked ? { trouble: locked.code } : {}),
        ...(note === undefined ? {} : { note }),
      },
      load: this.#monitor.load,
      servers: await Promise.all([...targets.values()].map(target => this.#serverStatus(target))),
    };
  }

  /** What the host that came last to a server and profile uses it with; `undefined` where none does just now. */
  settingsOf(target: Target): BridgeSettings | undefined {
    return [...this.#sessions].findLast(({ settings }) => keyOf(settings) === keyOf(target))?.settings;
  }

  /** The stable callback: its redirect URI while it listens, and what kept it from that the last time. */
  get callback(): { redirectUri?: string; trouble?: Fault } {
    return this.#house.callbacks.stable;
  }

  login(settings: BridgeSettings): AsyncIterable<LoginEvent> {
    return this.watchedLogin(settings);
  }

  /** As {@link Broker.login}, with somebody who looks on from within this process. */
  watchedLogin(settings: BridgeSettings, onlooker?: Onlooker): AsyncIterable<LoginEvent> {
    const account = this.#account(settings);
    const span = this.#span.span(`login to ${new URL(settings.server).host}`, settings);
    void look(onlooker, { step: 'begun', span: span.id });
    learnSecrets(settings, span);
    account.acted();
    return login(
      settings,
      account,
      this.#world,
      authorize => this.#openUpstream(settings, authorize, span),
      () => this.#serverStatus(settings),
      this.#questions,
      onlooker,
    );
  }

  async confirm(id: string, yes: boolean): Promise<boolean> {
    return this.#questions.answer(id, yes);
  }

  async deliver(callbackUrl: string): Promise<void> {
    await this.#house.callbacks.deliver(callbackUrl);
  }

  async logout(settings: BridgeSettings): Promise<boolean> {
    let signedOut = false;
    for (const account of new Set([this.#account(settings), ...this.#accountsOf(settings)])) {
      if (await account.signOut(settings)) signedOut = true;
    }
    return signedOut;
  }

  async forget(settings: BridgeSettings): Promise<boolean> {
    return forget(this.#house, settings, () => this.logout(settings));
  }

  /** The port sign-ins come back to, unless a client names another. `undefined` before the first. */
  callbackPort(): Promise<number | undefined> {
    return this.#house.facts.callbackPort();
  }

  /** From the next sign-in on. Throws `usage.flag`. */
  async chooseCallbackPort(port: number): Promise<void> {
    if (!Number.isInteger(port) || port < 1024 || port > 65_535) {
      throw new Fault('usage.flag', 'A port is a number from 1024 to 65535.');
    }
    await this.#house.facts.rememberCallbackPort(port);
  }

  /** Goes on with another vault, which `exchange` puts in place; it gives back what undoes that. */
  moveVault(exchange: () => () => void, also?: () => Promise<void>): Promise<void> {
    return this.#house.store.move(exchange, also);
  }

  trace(follow = false): AsyncIterable<TraceEvent> {
    return new TraceCursor(this.recorded, follow === true);
  }

  async window(environment?: WindowEnvironment, use?: WindowUse): Promise<string> {
    if (!this.#options.window)
      throw new Fault('usage.not-built', 'This Keybridge has no window for browsers.');
    return this.#options.window(environment, use);
  }

  async stop(): Promise<void> {
    // The answer to this very call must get out first.
    void this.#world.sleep(FAREWELL).then(() => this.#options.stop());
  }

  /** Everybody who waits for a sign-in is told that it comes to nothing. */
  endSignIns(): void {
    for (const { pending } of this.#accounts.values()) {
      pending?.cancel(new Fault('sign-in.cancelled', 'Keybridge was stopped.'));
    }
  }

  /** Another process may have what this one has: renews no token any more, and frees the callback's port for it. */
  async cease(why: Fault): Promise<void> {
    this.#house.renewals.close(why);
    this.endSignIns();
    await this.#house.callbacks.close();
  }

  /** Ends what is under way. The hosts must be gone: their bridges are waited for. */
  async close(): Promise<void> {
    this.endSignIns();
    await this.#house.callbacks.close();
    // Each ends its session at the server, which takes two seconds at most.
    await Promise.allSettled([...this.#bridges, this.#renewed()]);
    await this.#save();
  }

  /** A renewal under way is waited for: what a server rotates meanwhile would be lost. */
  async #renewed(): Promise<void> {
    const over = new AbortController();
    const late = this.#world.sleep(LONGEST_RENEWAL, over.signal).catch(() => {});
    await Promise.race([this.#house.renewals.settled(), late]);
    over.abort();
  }

  /** Writes what could not be written when it came. */
  async #save(): Promise<void> {
    await this.#house.store.save().catch(error => {
      this.#span.note(`Sign-ins are not on disk yet: ${Fault.of(error).message}`);
    });
  }

  /** The account of these settings: they name a server, a profile, and maybe a client of their own. */
  #account(settings: BridgeSettings): Account {
    const key = `${keyOf(settings)} ${signInMark(settings.client)}`;
    let account = this.#accounts.get(key);
    if (!account) {
      const { server, profile, client } = settings;
      account = new Account({ server, profile }, grantMark(client), this.#house);
      this.#accounts.set(key, account);
    }
    return account;
  }

  /** All accounts of a server and profile, whatever their clients. */
  #accountsOf(target: Target): Account[] {
    return [...this.#accounts.values()].filter(account => keyOf(account.target) === keyOf(target));
  }

  #openUpstream(
    settings: BridgeSettings,
    authorize: Authorize,
    span: Span,
    standing?: Standing,
  ): ServerChannel {
    const upstream = openUpstream({
      url: settings.server,
      headers: settings.headers,
      secretHeaders: settings.headers.map(([name]) => name),
      network: settings.network,
      cookies: settings.cookies,
      pingInterval: settings.pingInterval,
      transport: settings.transport,
      standing,
      authorize,
      span,
      world: this.#world,
      ...this.#monitor.server(settings.server),
    });
    return settings.ignoreTools.length > 0 ? hideTools(upstream, settings.ignoreTools) : upstream;
  }

  async #serverStatus({ server, profile }: Target): Promise<ServerStatus> {
    const target = { server, profile };
    const grants = await this.#house.store.findGrants(target).catch(closedVault);
    const sessions = [...this.#sessions].filter(({ settings }) => keyOf(settings) === keyOf(target));
    return statusOf(
      target,
      grants,
      this.#accountsOf(target),
      sessions.map(({ hostName }) => hostName),
    );
  }
}

function keyOf({ server, profile }: Target): string {
  return `${profile} ${server}`;
}
