import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { install, KEYBRIDGE } from '../support/keybridge.ts';
import { signIn } from '../support/lab-sign-in.ts';
import { type Command, end, Pipe, run } from './pipe.ts';
import type { Server } from './server.ts';

/** An initialized client, with the bridge it speaks through if there is one. */
export interface Connection {
  client: Client;
  child?: ChildProcess;
  close(): Promise<void>;
}

/** One way from a host to a server. */
export interface Contestant {
  readonly name: 'Keybridge' | 'mcp-remote' | 'direct';
  connect(url: string): Promise<Connection>;
}

/** A contestant that is a program, signed in to every server beforehand. */
export interface Bridge extends Contestant {
  /** How a host starts it. */
  command(url: string): Command;
  spawn(url: string): ChildProcess;
  /** The process that outlives the bridges and serves all of them, if there is one. */
  shared(): Promise<readonly number[]>;
  /** Ends that process; the next bridge starts another. */
  startOver(): Promise<void>;
  close(): Promise<void>;
}

const urls = ({ json, sse }: Server) => [...json, ...sse];
const clientInfo = { name: 'bench', version: '1.0.0' };

/** The official client by itself, with a token of its own for each server. */
export async function direct(server: Server): Promise<Contestant> {
  const tokens = new Map<string, string>();
  for (const url of urls(server)) {
    const signedIn = await signIn({ issuer: server.issuer, serverUrl: url });
    tokens.set(url, signedIn.tokens.access_token);
  }
  return {
    name: 'direct',
    async connect(url) {
      const client = new Client(clientInfo);
      const headers = { Authorization: `Bearer ${tokens.get(url)}` };
      const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
      // The SDK's own class does not meet its interface under exactOptionalPropertyTypes.
      await client.connect(transport as Parameters<Client['connect']>[0]);
      return {
        client,
        close: async () => {
          await transport.terminateSession();
          await client.close();
        },
      };
    },
  };
}

/** This Keybridge, built, with grants it got itself, and its broker running. */
export async function keybridge(server: Server): Promise<Bridge> {
  const installation = install({ KEYBRIDGE_VAULT: 'file' });
  for (const url of urls(server)) {
    const { code, stderr } = await installation.run(['login', url]);
    if (code !== 0) throw new Error(`Keybridge could not sign in: ${stderr}`);
  }
  return {
    ...bridge('Keybridge', url => [KEYBRIDGE, url], installation.env),
    shared: async () => [(await installation.status()).pid],
    startOver: async () => void (await installation.run(['stop'])),
    close: () => installation.close(),
  };
}

/** The pinned mcp-remote, its program started by itself, with grants where it looks for them. */
export async function mcpRemote(server: Server): Promise<Bridge> {
  const home = mkdtempSync(join(tmpdir(), 'keybridge-bench-'));
  const folder = join(home, 'mcp-remote-v1');
  mkdirSync(folder);
  for (const url of urls(server)) await writeGrant(folder, url, server.issuer);
  const env = { HOME: home, PATH: process.env.PATH ?? '', MCP_REMOTE_CONFIG_DIR: home };
  const program = mcpRemoteProgram();
  return {
    ...bridge('mcp-remote', url => [program, url], env),
    shared: async () => [],
    startOver: async () => {},
    close: async () => rmSync(home, { recursive: true, force: true }),
  };
}

function mcpRemoteProgram(): string {
  const manifest = fileURLToPath(import.meta.resolve('mcp-remote/package.json'));
  return join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin['mcp-remote']);
}

/** What mcp-remote 0.15 would have left behind after a sign-in: a registration and its tokens. */
async function writeGrant(folder: string, url: string, issuer: string): Promise<void> {
  const { tokens, client } = await signIn({ issuer, serverUrl: url });
  const name = createHash('md5').update(url).digest('hex');
  const write = (file: string, content: object) =>
    writeFileSync(join(folder, `${name}_${file}.json`), JSON.stringify(content), { mode: 0o600 });
  write('client_info', client);
  write('tokens', { ...tokens, expires_at: Date.now() + Number(tokens.expires_in) * 1000 });
}

function bridge(name: Bridge['name'], args: (url: string) => string[], env: Record<string, string>) {
  const command = (url: string) => ({ args: args(url), env });
  const start = (url: string) => run(command(url));
  return {
    name,
    command,
    spawn: start,
    async connect(url: string): Promise<Connection> {
      const child = start(url);
      const client = new Client(clientInfo);
      await client.connect(new Pipe(child));
      return { client, child, close: () => end(child) };
    },
  };
}
