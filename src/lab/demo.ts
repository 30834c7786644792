import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { startLab } from './lab.ts';

/*
 * The main job, shown: a server that wants a sign-in, two bridges started at once as Claude Desktop does,
 * one browser tab, tool calls through the official SDK's client. Ends with 0 only if all of it held.
 */

const here = dirname(fileURLToPath(import.meta.url));
const keybridge = fileURLToPath(
  new URL(here.endsWith('dist') ? '../bin/keybridge.js' : '../../bin/keybridge.js', import.meta.url),
);
const browserProgram = [join(here, 'browser.js'), join(here, 'browser-main.ts')].find(existsSync) ?? '';

const startedAt = Date.now();
let step = 0;
let failures = 0;

function tell(text: string): void {
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1).padStart(5);
  process.stdout.write(`${String(++step).padStart(2)}. ${seconds} s  ${text}\n`);
}

function check(holds: boolean, text: string): void {
  if (!holds) failures++;
  process.stdout.write(`              ${holds ? 'ok  ' : 'FAIL'} ${text}\n`);
}

/** A program that opens the link as a person's browser would, by plain HTTP, and consents. */
function browserIn(folder: string): string {
  const path = join(folder, 'browser');
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${browserProgram}' "$@"\n`, { mode: 0o700 });
  return path;
}

function run(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [keybridge, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', chunk => {
      out += chunk;
    });
    child.once('error', reject);
    child.once('close', code => resolve({ code, out }));
  });
}

async function host(name: string, url: string, env: Record<string, string>) {
  const client = new Client({ name, version: '1.0.0' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [keybridge, url],
    env,
    stderr: 'pipe',
  });
  const begun = Date.now();
  await client.connect(transport);
  return { client, name, answered: Date.now() - begun };
}

async function demo(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'keybridge-demo-'));
  const tabs = join(home, 'tabs');
  const env = {
    HOME: process.env.HOME ?? home,
    PATH: process.env.PATH ?? '',
    USER: process.env.USER ?? '',
    KEYBRIDGE_HOME: home,
    // A demonstration leaves nothing in anybody's keychain.
    KEYBRIDGE_VAULT: 'memory',
    KEYBRIDGE_BROWSER: browserIn(home),
    KEYBRIDGE_LAB_TABS: tabs,
  };
  const tabsOpened = () => (existsSync(tabs) ? readFileSync(tabs, 'utf8').trim().split('\n').length : 0);

  const lab = await startLab();
  try {
    tell(`An MCP server that wants a sign-in runs at ${lab.serverUrl}`);
    process.stdout.write(`              its authorization server is ${lab.issuer}\n`);

    tell('Two hosts start their bridge at the same moment, with nothing stored');
    const hosts = await Promise.all(
      ['claude-desktop', 'second-host'].map(name => host(name, lab.serverUrl, env)),
    );
    for (const { name, answered } of hosts)
      process.stdout.write(`              ${name}: initialize answered after ${answered} ms\n`);

    const lists = await Promise.all(hosts.map(({ client }) => client.listTools()));
    tell('Both are signed in and list the tools');
    for (const { tools } of lists)
      check(
        tools.some(tool => tool.name === 'echo'),
        `${tools.length} tools: ${tools.map(tool => tool.name).join(', ')}`,
      );
    check(tabsOpened() === 1, `browser tabs opened: ${tabsOpened()}`);
    const { registrations, codeExchanges } = lab.authorization.counters;
    check(registrations === 1, `clients registered: ${registrations}`);
    check(codeExchanges === 1, `codes exchanged: ${codeExchanges}`);

    tell('Each host calls tools');
    for (const { client, name } of hosts) {
      const echo = await client.callTool({ name: 'echo', arguments: { text: `hello from ${name}` } });
      check(JSON.stringify(echo.content).includes(`hello from ${name}`), `echo → "hello from ${name}"`);
    }
    const add = await hosts[0]?.client.callTool({ name: 'add', arguments: { a: 19, b: 23 } });
    check(JSON.stringify(add?.content).includes('42'), 'add 19 + 23 → 42');
    let progress = 0;
    await hosts[1]?.client.callTool({ name: 'slow', arguments: { ms: 600, steps: 3 } }, undefined, {
      onprogress: () => {
        progress++;
      },
    });
    check(progress > 0, `slow → ${progress} progress notifications on the way`);

    tell('The trace has every request, secrets redacted');
    const har = join(home, 'trace.har');
    const written = await run(['trace', '--har', har], env);
    check(written.code === 0, written.out.trim());
    const text = readFileSync(har, 'utf8');
    const leaked = lab.issuedSecrets().filter(secret => text.includes(secret)).length;
    check(
      leaked === 0,
      `of ${lab.issuedSecrets().length} tokens, codes and cookies issued, found in it: ${leaked}`,
    );

    await Promise.all(hosts.map(({ client }) => client.close()));
    const stopped = await run(['stop'], env);
    tell(stopped.out.trim());
    check(stopped.code === 0, `the trace stays in ${home}`);
  } finally {
    await run(['stop'], env).catch(() => {});
    await lab.close();
  }
}

demo().then(
  () => {
    process.stdout.write(failures === 0 ? '\nAll of it held.\n' : `\n${failures} of it did not hold.\n`);
    process.exitCode = failures === 0 ? 0 : 1;
  },
  error => {
    process.stdout.write(
      `\nThe demonstration broke off: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  },
);
