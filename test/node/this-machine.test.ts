import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lookAtMachine } from '../../src/node/this-machine.ts';
import { temporaryFolder } from '../support/temporary.ts';

const TARGET = new URL('https://mcp.example/mcp');
const HASH = createHash('md5').update(TARGET.href).digest('hex');

/** A machine in a folder: processes, sockets, and what mcp-remote keeps. */
async function machine() {
  const root = await temporaryFolder();
  const [proc, mcpAuth] = [join(root, 'proc'), join(root, 'auth')];
  const write = (path: string, text: string) => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  };
  mkdirSync(join(proc, 'self'), { recursive: true });
  return {
    start: (pid: number, ...words: string[]) => write(join(proc, String(pid), 'cmdline'), words.join('\0')),
    keep: (name: string, value: object) =>
      write(join(mcpAuth, 'mcp-remote-0.1', name), JSON.stringify(value)),
    listen: (pid: number, port: number, six = false) => {
      const hex = port.toString(16).toUpperCase().padStart(4, '0');
      const row = `0: ${six ? `${'0'.repeat(24)}01000000` : '0100007F'}:${hex} 0:0 0A 0 0 0 1000 0 4242`;
      write(join(proc, 'net', six ? 'tcp6' : 'tcp'), `head\n${row}\n`);
      write(join(proc, String(pid), 'comm'), 'node\n');
      mkdirSync(join(proc, String(pid), 'fd'), { recursive: true });
      symlinkSync('socket:[4242]', join(proc, String(pid), 'fd', '3'));
    },
    look: (env: Record<string, string> = {}) =>
      lookAtMachine(TARGET, { proc, mcpAuth, env: { DISPLAY: ':0', ...env } }),
  };
}

test('bridges to the target are found by their command lines, the npx before them and others are not', async () => {
  const { start, look } = await machine();
  start(11, 'node', '/opt/npx/1/node_modules/.bin/mcp-remote', 'https://mcp.example/mcp');
  start(12, '/usr/bin/node', '/x/mcp-remote/dist/proxy.js', 'https://mcp.example/mcp/', '--debug');
  start(13, 'npm exec mcp-remote https://mcp.example/mcp');
  start(14, 'node', '/x/.bin/mcp-remote', 'https://other.example/mcp');
  start(15, 'vim', 'mcp-remote', 'https://mcp.example/mcp');
  expect(look().bridges.map(({ pid }) => pid)).toEqual([11, 12]);
});

test('of a client on a command line only the id is taken', async () => {
  const { start, look } = await machine();
  const info = '{"client_id":"given","client_secret":"a-secret-of-the-command-line"}';
  start(
    11,
    'node',
    '/x/mcp-remote',
    TARGET.href,
    '--static-oauth-client-info',
    info,
    '--header',
    'X: a-secret-too',
  );
  expect(look().bridges).toEqual([{ pid: 11, clientId: 'given' }]);
  expect(JSON.stringify(look())).not.toContain('a-secret');
});

test('locks and registrations for the target are found, and whether their process lives', async () => {
  const { start, keep, look } = await machine();
  start(21, 'node', 'x');
  keep(`${HASH}_lock.json`, { pid: 21, port: 4000 });
  keep(`${HASH}_client_info.json`, { client_id: 'registered', client_secret: 'a-secret-on-disk' });
  keep('0123_lock.json', { pid: 22, port: 4001 });
  expect(look().locks).toEqual([
    { file: `mcp-remote-0.1/${HASH}_lock.json`, pid: 21, port: 4000, isAlive: true },
  ]);
  expect(look().registered?.clientId).toBe('registered');
  expect(JSON.stringify(look())).not.toContain('a-secret');
});

test('who listens on the callback port is named, with the addresses', async () => {
  const { keep, listen, look } = await machine();
  keep(`${HASH}_lock.json`, { pid: 99, port: 4000 });
  listen(31, 4000, true);
  expect(look().listening).toEqual({ port: 4000, holder: 'node (process 31)', v4: false, v6: true });
  expect(look().locks[0]?.isAlive).toBe(false);
});

test('an SSH session and Windows’ Linux are recognized; a machine without any of it shows nothing', async () => {
  const { look } = await machine();
  expect(look({ SSH_CONNECTION: 'x' }).away).toBe('ssh');
  expect(look({ WSL_DISTRO_NAME: 'x' }).away).toBe('wsl');
  expect(look()).toEqual({ bridges: [], locks: [] });
});
