import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WindowEnvironment, WindowUse } from '../api/contract.ts';
import type { ClosablePort } from '../api/port.ts';
import { serveApi } from '../api/rpc.ts';
import { WINDOW } from '../api/window.ts';
import { isObject, parseJson } from '../base/json.ts';
import type { World } from '../base/world.ts';
import type { Broker } from '../broker/broker.ts';
import { Desk } from '../window/desk.ts';
import { PreferencesFile } from '../window/preferences-file.ts';
import type { Program } from '../window/surroundings.ts';
import { parseArguments, sortWords } from './arguments.ts';
import { homeFolder, sharedSecret } from './home.ts';
import { createInstruments } from './instruments.ts';
import type { VaultInUse } from './vault-in-use.ts';
import { VERSION } from './version.ts';
import { environmentOf } from './window-environment.ts';
import { windowFolder } from './window-files.ts';
import { serveWindow, type WindowServer } from './window-http.ts';
import { WindowPages } from './window-page.ts';

/** Milliseconds a window that lost its broker is expected back. */
const EXPECTED = 24 * 60 * 60_000;

/** The desk of a broker's process and, for browsers, the port it is looked at through; both made when needed. */
export class WindowRoom {
  readonly #folder: string;
  readonly #broker: Broker;
  readonly #world: World;
  readonly #vault: VaultInUse;
  readonly #preferences: PreferencesFile;
  readonly #kind: 'headless' | 'desktop';
  readonly #changed: () => void;
  #desk: Desk | undefined;
  #server: Promise<WindowServer> | undefined;
  #environment = environmentOf(process.env);
  #windows = () => 0;
  #log: 'off' | 'normal' | 'full' = 'normal';
  readonly #pages: WindowPages;
  /** The desktop app's own window. */
  readonly #ports = new Set<ClosablePort>();

  constructor(
    folder: string,
    broker: Broker,
    world: World,
    vault: VaultInUse,
    kind: 'headless' | 'desktop',
    changed: () => void,
  ) {
    this.#folder = folder;
    this.#broker = broker;
    this.#world = world;
    this.#vault = vault;
    this.#kind = kind;
    this.#pages = new WindowPages(folder);
    this.#changed = changed;
    this.#preferences = new PreferencesFile(world);
    this.#preferences.subscribe(({ log }) => {
      this.#log = log;
    });
    // What is not known yet is as for somebody who has said nothing.
    void this.#preferences.read().then(
      ({ log }) => {
        this.#log = log;
      },
      () => {},
    );
  }

  /** Windows open just now. */
  get windows(): number {
    return this.#windows() + this.#ports.size;
  }

  /** What of the trace goes to disk. */
  get log(): 'off' | 'normal' | 'full' {
    return this.#log;
  }

  get desk(): Desk {
    this.#desk ??= new Desk({
      version: VERSION,
      kind: this.#kind,
      world: this.#world,
      broker: this.#broker,
      environment: () => this.#environment,
      instruments: createInstruments,
      program: ownProgram(this.#folder),
      readCommand: (words, variables = {}) => parseArguments(words, { ...NOWHERE, env: variables }).settings,
      sortWords,
      preferences: this.#preferences,
      chooseVault: (kind, also) =>
        this.#vault.choose(kind, exchange => this.#broker.moveVault(exchange, also)),
      browser: process.env.KEYBRIDGE_BROWSER || process.env.BROWSER,
      lab: {
        list: () => import('../lab/shelf.ts').then(({ list }) => list()),
        start: name => import('../lab/shelf.ts').then(({ start }) => start(name)),
      },
    });
    return this.#desk;
  }

  /**
   * An address that opens the window in a browser, once. For an argument list, which other users may read, it is
   * one that is of no use to them: bound to this user's own connections, or that of a page only the user can read.
   */
  async address(environment?: WindowEnvironment, use?: WindowUse): Promise<string> {
    if (environment) this.#environment = environment;
    const server = await this.#serve();
    if (use !== 'argument') return server.address();
    return (await server.ownAddress()) ?? this.#pages.write(server.landing()).href;
  }

  /** Serves a window of this very process until its port closes, or the room does. */
  serve(port: ClosablePort): void {
    this.#ports.add(port);
    port.onClose(() => {
      if (this.#ports.delete(port)) this.#changed();
    });
    serveApi(this.desk, port, WINDOW);
    this.#changed();
  }

  /** Serves windows again that an earlier broker of this folder has left. */
  async welcomeBack(): Promise<void> {
    const { at } = this.#remembered();
    if (at !== undefined && Date.now() - at < EXPECTED) await this.#serve(at);
  }

  /** `expected`: windows that are open are to find the next broker of this folder at the same port. */
  async close({ expected = true } = {}): Promise<void> {
    const server = await this.#server?.catch(() => undefined);
    if (expected && server && server.windows > 0) this.#remember(server.port, Date.now());
    this.#pages.close();
    await server?.close();
    for (const port of [...this.#ports]) port.close();
    await this.#desk?.close();
    this.#server = undefined;
    this.#desk = undefined;
  }

  /** `at`: when there was last somebody to be served. */
  #serve(at = Date.now()): Promise<WindowServer> {
    this.#server ??= serveWindow({
      secret: sharedSecret(this.#folder),
      port: this.#remembered().port,
      serve: port => serveApi(this.desk, port, WINDOW),
      changed: () => this.#changed(),
      entered: ticket => this.#pages.used(ticket),
    }).then(server => {
      this.#windows = () => server.windows;
      this.#remember(server.port, at);
      return server;
    });
    this.#server.catch(() => {
      this.#server = undefined;
    });
    return this.#server;
  }

  #remembered(): { port: number; at?: number } {
    try {
      const read = parseJson(readFileSync(join(this.#folder, 'window.json'), 'utf8'));
      const { port, at } = isObject(read) ? read : {};
      const isPort = typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536;
      return { port: isPort ? port : 0, ...(typeof at === 'number' ? { at } : {}) };
    } catch {
      return { port: 0 };
    }
  }

  /** The same port again, so that an open window finds the next broker by itself. A full disk costs no more than that. */
  #remember(port: number, at: number): void {
    const path = join(this.#folder, 'window.json');
    try {
      writeFileSync(`${path}.new`, `${JSON.stringify({ port, at })}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch {
      // The window has to be opened anew then.
    }
  }
}

/** How a host starts this very installation: by full paths, because hosts know few others. */
function ownProgram(folder: string): Program {
  const isUsual = folder === homeFolder({ ...process.env, KEYBRIDGE_HOME: undefined });
  const env = isUsual ? {} : { KEYBRIDGE_HOME: folder };
  // What is in the app's archive no host can start; the command that npm brings can.
  if (windowFolder().includes('.asar')) return { command: 'keybridge', args: [], env };
  return {
    // Electron's own program is no Node.
    command: process.versions.electron ? 'node' : process.execPath,
    args: [join(windowFolder(), '../../bin/keybridge.js')],
    env,
  };
}

/** What is typed into a window knows no environment and no files. */
const NOWHERE = {
  platform: process.platform,
  readFile: (): string => {
    throw Object.assign(new Error('Files are not read here.'), { code: 'a window reads no files' });
  },
};
