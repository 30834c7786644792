import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { install } from '../support/keybridge.ts';
import { type RawHost, rawHost } from '../support/raw-host.ts';

/** A bridge under test, as its hosts and its user see it. */
export interface Contestant {
  readonly name: string;
  /** Starts it as a host does. */
  start(url: string, more?: { args?: readonly string[]; env?: Record<string, string> }): RawHost;
  /** The links it has opened in the user's browser, in order. The browser is the test's to play. */
  tabs(): URL[];
  /** What on its command line says which account is meant, when that stands in the variable ACCOUNT. */
  readonly accountArgs: readonly string[];
  /** Drops the sign-in, and keeps what else is known of the server. */
  signOut(url: string): Promise<void>;
  /** Ends what runs in the background, as a machine that is switched off does. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

export type Entrant = () => Contestant;

/** A browser that only writes down what it was to open. */
function noteBrowser(folder: string) {
  const program = join(folder, 'browser');
  const list = join(folder, 'links');
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${list}'\n`, { mode: 0o700 });
  const tabs = () =>
    existsSync(list)
      ? readFileSync(list, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map(link => new URL(link))
      : [];
  return { program, tabs };
}

export const keybridge: Entrant = () => {
  const side = mkdtempSync(join(tmpdir(), 'faults-'));
  const browser = noteBrowser(side);
  const installation = install({ KEYBRIDGE_BROWSER: browser.program, KEYBRIDGE_VAULT: 'file' });
  return {
    name: 'Keybridge',
    accountArgs: ['--as', `\${ACCOUNT}`],
    tabs: browser.tabs,
    start: (url, more = {}) => rawHost(installation, [url, ...(more.args ?? [])], more.env),
    signOut: async url => {
      await installation.run(['logout', url]);
    },
    rest: async () => {
      await installation.run(['stop']);
    },
    close: async () => {
      await installation.close();
      rmSync(side, { recursive: true, force: true });
    },
  };
};

/** mcp-remote as npm brings it, with a state folder of its own. */
export const mcpRemote: Entrant = () => {
  const side = mkdtempSync(join(tmpdir(), 'faults-'));
  const browser = noteBrowser(side);
  const config = join(side, 'config');
  mkdirSync(config);
  const require = createRequire(import.meta.url);
  const program = join(dirname(require.resolve('mcp-remote/package.json')), 'dist', 'proxy.js');
  const running = new Set<ReturnType<typeof spawn>>();
  const env = {
    HOME: side,
    PATH: process.env.PATH ?? '',
    USER: process.env.USER ?? 'user',
    MCP_REMOTE_CONFIG_DIR: config,
    BROWSER: browser.program,
  };
  return {
    name: 'mcp-remote',
    accountArgs: ['--header', `X-Account:\${ACCOUNT}`],
    tabs: browser.tabs,
    start: (url, more = {}) =>
      rawHost(
        {
          start: (args, own = {}) => {
            const child = spawn(process.execPath, [program, ...args], {
              env: { ...env, ...own },
              stdio: 'pipe',
            });
            running.add(child);
            child.once('close', () => running.delete(child));
            return child;
          },
        },
        [url, ...(more.args ?? [])],
        more.env,
      ),
    signOut: async () => {
      const tokens = readdirSync(config, { recursive: true, encoding: 'utf8' }).filter(name =>
        name.endsWith('_tokens.json'),
      );
      if (tokens.length === 0) throw new Error('There is no sign-in to drop.');
      for (const name of tokens) rmSync(join(config, name));
    },
    rest: async () => {},
    close: async () => {
      const ended = [...running].map(child => once(child, 'close'));
      for (const child of running) child.kill('SIGKILL');
      await Promise.all(ended);
      rmSync(side, { recursive: true, force: true });
    },
  };
};
