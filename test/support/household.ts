import type { LoginEvent } from '../../src/api/contract.ts';
import { Fault, type FaultJson } from '../../src/base/fault.ts';
import type { JsonObject } from '../../src/base/json.ts';
import type { CallbackPage, SecretVault, World } from '../../src/base/world.ts';
import type { HostChannel } from '../../src/bridge/channel.ts';
import { Mailbox } from '../../src/bridge/mailbox.ts';
import { scan } from '../../src/bridge/scan.ts';
import { Broker } from '../../src/broker/broker.ts';
import type { Resume } from '../../src/broker/session-house.ts';
import type { BridgeSettings } from '../../src/broker/settings.ts';
import { authorizationServer, type Quirks } from './authorization-server.ts';
import { type FakeWorld, fakeWorld, memoryVault } from './fake-world.ts';
import { type McpOptions, mcpInMemory } from './mcp-in-memory.ts';

const SERVER = 'https://mcp.example/mcp';

/** What a shim's command line says when it says nothing but the URL. */
export function settings(more: Partial<BridgeSettings> = {}): BridgeSettings {
  return {
    server: SERVER,
    profile: 'default',
    headers: [],
    transport: 'http-first',
    ignoreTools: [],
    client: {},
    network: {},
    debug: false,
    silent: false,
    ...more,
  };
}

export interface Answer {
  id?: number | string;
  result?: JsonObject;
  error?: { code: number; message: string; data?: { keybridge?: FaultJson } };
}

/** A host as the broker sees it: lines in, lines out. */
export interface FakeHost {
  /** Everything it was sent, as text, in order. */
  heard: string[];
  /** The methods of the notifications and requests it was sent. */
  told(): string[];
  log: string[];
  trouble: (Fault | null)[];
  /** `release`: as with a large message, whose memory is to be given back. */
  say(message: object | string, release?: () => void): void;
  /** Sends a request and resolves with its answer. */
  ask(method: string, params?: object, id?: number | string): Promise<Answer>;
  /** The answer to the request with this id, now or later. */
  answered(id: number | string): Promise<Answer>;
  /** The message of the server, or of Keybridge, that satisfies this, now or later. */
  hears(wanted: (message: JsonObject) => boolean): Promise<JsonObject>;
  /** `initialize` and `notifications/initialized`; resolves with the answer to the first. */
  initialize(more?: object): Promise<Answer>;
  leave(): Promise<void>;
}

export interface HouseholdOptions {
  quirks?: Quirks;
  mcp?: McpOptions;
  world?: Partial<World>;
}

/** A broker in a world in memory, with an authorization server and an MCP server. */
export function household(options: HouseholdOptions = {}) {
  const as = authorizationServer(options.quirks);
  const mcp = mcpInMemory(options.mcp);
  const world: FakeWorld = Object.assign(
    fakeWorld({ servers: { [as.issuer]: as.handle, 'https://mcp.example': mcp.handle } }),
    options.world,
  );
  const start = () =>
    new Broker(world, {
      version: 'test',
      pid: 1,
      home: '/state',
      vaultNote: () => undefined,
      stop: async () => {},
    });
  const broker = start();
  return {
    as,
    mcp,
    world,
    broker,
    /** Another broker in the same world, as a new process would start it. */
    start,
    host: (more: Partial<BridgeSettings> = {}, resume?: Resume, of = broker) =>
      fakeHost(of, settings(more), resume),
    /** The user opens the newest tab's link, or this one, and consents. */
    consent: (url: URL | undefined = world.opened.at(-1)): Promise<CallbackPage> => {
      if (!url) throw new Error('No tab is open.');
      return world.browse(url);
    },
    tabs: () => world.opened.map(url => url.searchParams.get('state')),
    opens: (count: number) => until(`${count} tabs are open`, () => world.opened.length >= count),
  };
}

export type Household = ReturnType<typeof household>;

/** Connects a host to a broker. */
export function fakeHost(broker: Broker, its: BridgeSettings, resume?: Resume): FakeHost {
  const box = new Mailbox();
  const heard: string[] = [];
  const listeners = new Set<() => void>();
  const channel: HostChannel = {
    messages: box,
    send: async each => {
      if (each.kind === 'piece' || each.kind === 'dropped') throw new Error('Nothing here is large.');
      heard.push(new TextDecoder().decode(each.bytes));
      for (const listener of [...listeners]) listener();
    },
    close: async () => {},
  };
  const log: string[] = [];
  const trouble: (Fault | null)[] = [];
  const side = {
    log: (text: string) => void log.push(text),
    trouble: (fault: Fault | null) => void trouble.push(fault),
  };
  const running = broker.bridge(channel, its, side, resume);
  const messages = () => heard.map(text => JSON.parse(text) as JsonObject);
  let count = 0;

  const say = (message: object | string, release?: () => void) => {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    const scanned = scan(new TextEncoder().encode(text));
    if (!scanned) throw new Error(`Not a message: ${text}`);
    void box.push(release ? { ...scanned, release } : scanned);
  };
  const hears = (wanted: (message: JsonObject) => boolean) =>
    new Promise<JsonObject>(resolve => {
      const look = () => {
        const found = messages().find(wanted);
        if (!found) return;
        listeners.delete(look);
        resolve(found);
      };
      listeners.add(look);
      look();
    });
  const answered = (id: number | string) =>
    hears(message => message.id === id && message.method === undefined) as Promise<Answer>;
  const ask = (method: string, params: object = {}, id: number | string = `r${++count}`) => {
    say({ jsonrpc: '2.0', id, method, params });
    return answered(id);
  };
  return {
    heard,
    told: () => messages().flatMap(({ method }) => (typeof method === 'string' ? [method] : [])),
    log,
    trouble,
    say,
    ask,
    answered,
    hears,
    initialize: async (more = {}) => {
      const answer = await ask('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'A host', version: '1' },
        ...more,
      });
      say({ jsonrpc: '2.0', method: 'notifications/initialized' });
      return answer;
    },
    leave: async () => {
      box.end();
      await running;
    },
  };
}

/** A host whose user has signed in, and who has used it. */
export async function signedIn(house: Household, more: Partial<BridgeSettings> = {}): Promise<FakeHost> {
  const host = house.host(more);
  const tabs = house.world.opened.length;
  await host.initialize();
  await house.opens(tabs + 1);
  await house.consent();
  const { result } = await host.ask('tools/list');
  if (!result) throw new Error('The sign-in did not succeed.');
  return host;
}

export const LOCKED = new Fault('vault.locked', 'Your keychain is locked.', {
  remedy: 'Unlock it, then try again.',
});

/** A keychain that can be locked. */
export function keychain(): { vault: SecretVault; lock(locked: boolean): void } {
  const secrets = memoryVault();
  let isLocked = false;
  const unlocked = <T>(work: () => Promise<T>) => (isLocked ? Promise.reject(LOCKED) : work());
  return {
    lock: locked => {
      isLocked = locked;
    },
    vault: {
      kind: 'keychain',
      get: name => unlocked(() => secrets.get(name)),
      set: (name, secret) => unlocked(() => secrets.set(name, secret)),
      delete: name => unlocked(() => secrets.delete(name)),
    },
  };
}

/** Capabilities of a host that can show links. */
export const SHOWS_LINKS = { capabilities: { elicitation: { url: {} } } };

/** Waits until it is so; fails after five seconds of real time. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`It never came to be that ${what}.`);
    await turn();
  }
}

/** Lets everything that is under way without the clock run out, hashing in other threads included. */
export async function calm(): Promise<void> {
  for (let count = 0; count < 20; count++) await turn();
}

async function turn(): Promise<void> {
  await crypto.subtle.digest('SHA-256', new Uint8Array(1));
  await new Promise(resolve => setImmediate(resolve));
}

/** The Fault in an error answer. */
export function faultIn({ error }: Answer): FaultJson | undefined {
  return error?.data?.keybridge;
}

/** Reads a login to its end; what it throws is the last element. */
export async function events(login: AsyncIterable<LoginEvent>, seen: (LoginEvent | Fault)[] = []) {
  try {
    for await (const event of login) seen.push(event);
  } catch (error) {
    seen.push(Fault.of(error));
  }
  return seen;
}

export { thrown } from './registering.ts';
