import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type ClientOptions } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Status } from '../../src/api/contract.ts';

export const KEYBRIDGE = fileURLToPath(new URL('../../bin/keybridge.js', import.meta.url));
const BROWSER = fileURLToPath(new URL('../../dist/browser.js', import.meta.url));

export interface Tab {
  at: string;
  url: string;
  /** Tells apart one `state` from another. */
  state: string;
  pid: number;
}

/** One installation: a state folder of its own, a browser that consents, and what is left to clean up. */
export interface Installation {
  readonly home: string;
  /** What an MCP host passes on, and no more. */
  readonly env: Record<string, string>;
  tabs(): Tab[];
  /** A browser program that signs in with these settings of the lab's browser. */
  browserOf(settings: Record<string, string>): string;
  /** Starts a bridge as a host does and connects the official client to it. */
  host(url: string, options?: HostOptions): Promise<Host>;
  /** Runs one command to its end. */
  run(args: readonly string[], options?: { input?: string; env?: Record<string, string> }): Promise<Finished>;
  /** `program`: another build's, in place of this one's. */
  start(args: readonly string[], env?: Record<string, string>, program?: string): ChildProcess;
  status(): Promise<Status>;
  /** Everything below the state folder, as one text. */
  everythingOnDisk(): string;
  close(): Promise<void>;
}

export interface HostOptions {
  flags?: readonly string[];
  env?: Record<string, string>;
  name?: string;
  client?: ClientOptions;
}

export interface Host {
  client: Client;
  transport: StdioClientTransport;
  stderr(): string;
  close(): Promise<void>;
}

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

export function install(more: Record<string, string> = {}): Installation {
  const home = mkdtempSync(join(tmpdir(), 'keybridge-test-'));
  const side = mkdtempSync(join(tmpdir(), 'keybridge-side-'));
  const browserOf = (settings: Record<string, string>) => {
    const path = join(side, `browser-${Object.values(settings).join('-').replace(/\W/g, '_')}`);
    const set = Object.entries(settings).map(([name, value]) => `${name}='${value}' `);
    writeFileSync(path, `#!/bin/sh\n${set.join('')}exec '${process.execPath}' '${BROWSER}' "$@"\n`, {
      mode: 0o700,
    });
    return path;
  };
  const env: Record<string, string> = {
    HOME: side,
    PATH: process.env.PATH ?? '',
    USER: process.env.USER ?? 'user',
    KEYBRIDGE_HOME: home,
    KEYBRIDGE_VAULT: 'memory',
    KEYBRIDGE_BROWSER: browserOf({}),
    KEYBRIDGE_LAB_TABS: join(side, 'tabs'),
    ...more,
  };
  const hosts = new Set<Host>();
  const children = new Set<ChildProcess>();

  const start = (args: readonly string[], own: Record<string, string> = {}, program = KEYBRIDGE) => {
    const child = spawn(process.execPath, [program, ...args], { env: { ...env, ...own }, stdio: 'pipe' });
    children.add(child);
    // One that ends at once does not read what it is given.
    child.stdin?.on('error', () => {});
    child.once('close', () => children.delete(child));
    return child;
  };

  const run: Installation['run'] = (args, options = {}) =>
    new Promise((resolve, reject) => {
      const child = start(args, options.env);
      const finished: Finished = { code: null, stdout: '', stderr: '' };
      child.stdout?.on('data', chunk => {
        finished.stdout += chunk;
      });
      child.stderr?.on('data', chunk => {
        finished.stderr += chunk;
      });
      child.once('error', reject);
      child.once('close', code => resolve({ ...finished, code }));
      child.stdin?.end(options.input ?? '');
    });

  return {
    home,
    env,
    browserOf,
    start,
    run,
    tabs: () => {
      const path = env.KEYBRIDGE_LAB_TABS ?? '';
      if (!existsSync(path)) return [];
      // What stands behind the last line end is still being written.
      const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
      return lines.map(line => JSON.parse(line) as Tab);
    },
    async host(url, options = {}) {
      const client = new Client({ name: options.name ?? 'test-host', version: '1.0.0' }, options.client);
      const transport = new StdioClientTransport({
        command: process.execPath,
        args: [KEYBRIDGE, url, ...(options.flags ?? [])],
        env: { ...env, ...options.env },
        stderr: 'pipe',
      });
      let stderr = '';
      transport.stderr?.on('data', chunk => {
        stderr += chunk;
      });
      const host: Host = {
        client,
        transport,
        stderr: () => stderr,
        close: async () => {
          hosts.delete(host);
          await client.close();
        },
      };
      hosts.add(host);
      try {
        await client.connect(transport);
      } catch (error) {
        throw new Error(`${(error as Error).message}\nstderr: ${stderr}`, { cause: error });
      }
      return host;
    },
    async status() {
      const { stdout } = await run(['status', '--json']);
      return JSON.parse(stdout) as Status;
    },
    everythingOnDisk: () => {
      const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter(entry =>
        entry.isFile(),
      );
      return files.map(entry => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n');
    },
    async close() {
      await Promise.all([...hosts].map(host => host.close().catch(() => {})));
      await run(['stop']);
      for (const child of children) child.kill('SIGKILL');
      rmSync(home, { recursive: true, force: true });
      rmSync(side, { recursive: true, force: true });
    },
  };
}

/** The text of a tool's answer. */
export function textOf(result: unknown): string {
  const { content } = result as { content?: { type: string; text?: string }[] };
  return content?.map(part => part.text ?? '').join('') ?? '';
}

/** Resolves once a condition holds; rejects with `what` after `limit` milliseconds. */
export async function until<T>(
  what: string,
  holds: () => T | undefined | false | Promise<T | undefined | false>,
  limit = 10_000,
): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const value = await holds();
    if (value) return value;
    if (Date.now() > end) throw new Error(`Waited in vain: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
