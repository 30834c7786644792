import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { textIn } from '../support/equipped.ts';
import { type Installation, install, KEYBRIDGE, until } from '../support/keybridge.ts';
import { rawHost } from '../support/raw-host.ts';

let lab: Lab;
let installation: Installation;

beforeEach(async () => {
  lab = await startLab({ auth: false });
  installation = install();
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

const CLIENT =
  '"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"script","version":"1"}';
const INITIALIZE = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{${CLIENT}}}`;
const INITIALIZED = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
const call = (id: string, name: string, args: object) =>
  `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${JSON.stringify({ name, arguments: args })}}`;

describe('what a host writes that is not one message a line', () => {
  it('is answered by each id that can be read, digit by digit', async () => {
    const host = rawHost(installation, [lab.serverUrl]);
    const echo = (id: string) => call(id, 'echo', { text: 'here' });
    host.send(`\ufeff${INITIALIZE}`);
    await host.hears('initialize is answered', ({ id, result }) => id === 0 && result);
    host.send(INITIALIZED);
    host.send(`${echo('9007199254740993')}garbage`);
    host.send('{"jsonrpc":"2.0","id":"\\u0061","method":"m",,}');
    host.send(`${echo('11')}${echo('12')}`);
    host.send(`[${echo('21')},5,{"id":22},{"foo":{"id":23}},${echo('"b"')}]`);
    host.send('{"jsonrpc":"2.0","id":31,"result":{}}garbage');
    host.send(echo('41'));
    await host.hears('the last is answered', ({ id }) => id === 41);
    await host.hears('the batch is answered', ({ id }) => id === 'b');
    const refused = (code: number) =>
      host
        .lines()
        .filter(line => line.includes(`"code":${code}`))
        .map(line => /"id":(.*?),"error"/.exec(line)?.[1]);
    expect(refused(-32700)).toEqual(['9007199254740993', '"\\u0061"', '11', '12']);
    expect(refused(-32600)).toEqual(['22']);
    const served = host.heard().filter(({ id, result }) => result && id !== 0);
    expect(served.map(({ id }) => id).sort()).toEqual([21, 41, 'b']);
    expect(served.map(textIn)).toEqual(['here', 'here', 'here']);
    expect(host.heard()).toHaveLength(9);
    expect(await host.leave()).toEqual({ code: 0, signal: null });
  });

  it('does not answer a request under way a second time', async () => {
    const host = rawHost(installation, [lab.serverUrl]);
    await host.initialize();
    host.send(call('7', 'slow', { ms: 1_000 }));
    await until('the call is under way', () => lab.mcp.counters.toolCalls.slow === 1);
    host.send(`${call('7', 'echo', { text: '' })}garbage`);
    await host.hears('the call is answered', ({ id, result }) => id === 7 && result);
    expect(host.heard().filter(({ id }) => id === 7)).toHaveLength(1);
  });
});

describe('a script that pipes its requests', () => {
  it('has its answers however much longer than its input they take, without a host that stays', async () => {
    const host = rawHost(installation, [lab.serverUrl]);
    for (const line of [INITIALIZE, INITIALIZED, call('1', 'slow', { ms: 4_000 })]) host.send(line);
    expect(await host.leave()).toEqual({ code: 0, signal: null });
    expect(
      host
        .heard()
        .filter(({ result }) => result)
        .map(({ id }) => id),
    ).toEqual([0, 1]);
  });

  it('ends with 1 where a call was given up', async () => {
    const host = rawHost(installation, [lab.serverUrl]);
    for (const line of [INITIALIZE, INITIALIZED, call('1', 'slow', { ms: 20_000 })]) host.send(line);
    const ended = host.leave();
    await until('the call is under way', () => lab.mcp.counters.toolCalls.slow === 1);
    process.kill((await installation.status()).pid, 'SIGKILL');
    expect(await ended).toEqual({ code: 1, signal: null });
    expect(host.heard().find(({ id }) => id === 1)?.error).toBeDefined();
  });
});

describe('a command line that is wrong', () => {
  it('is the answer to initialize, and the bridge ends with 2', async () => {
    const host = rawHost(installation, [lab.serverUrl, '--colour']);
    host.send(INITIALIZE.replace('"id":0', '"id":9007199254740993'));
    expect(await host.ended).toEqual({ code: 2, signal: null });
    expect(host.lines()).toHaveLength(1);
    expect(host.lines()[0]).toContain('"id":9007199254740993');
    expect(host.heard()[0]?.error?.message).toContain('There is no flag --colour.');
    expect(host.stderr).toContain('There is no flag --colour.');
    expect(installation.tabs()).toEqual([]);
  });

  it.each([
    ['of no host', ['--colour']],
    ['of a command', ['status', '--jsn']],
  ])('%s ends it also where nobody says anything', async (_what, args) => {
    const child = spawn(process.execPath, [KEYBRIDGE, ...args], { env: installation.env });
    const [code] = await once(child, 'exit');
    expect(code).toBe(2);
  });
});

/** Part of every Linux; where it is missing there is no package to ask for. */
const itInTerminal = existsSync('/usr/bin/script') ? it : process.env.CI === '1' ? () => {} : it.skip;

describe('what a user is told', () => {
  it('header values go out in UTF-8, whatever their letters, without the line break at their end', async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      const value = request.headers['x-user'];
      if (value !== undefined) seen.push(Buffer.from(`${value}`, 'latin1').toString());
      response.writeHead(500).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
    for (const name of ['Müller', 'Marić', '小明']) {
      const host = rawHost(installation, [url, '--header', `X-User: \${NAME}`], { NAME: `${name}\n` });
      await host.initialize();
      await host.leave();
      expect(seen.at(-1)).toBe(name);
      expect(host.stderr).toContain(
        'keybridge: The value of header X-User ended in a line break, which is left out.',
      );
    }
  });

  it.each(['open', 'login', 'trace', 'status', 'forget', 'logout', 'explain', 'stop'])(
    'keybridge %s --help is about that command',
    async command => {
      const { code, stdout, stderr } = await installation.run([command, '--help']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.split('\n')[0]).toMatch(new RegExp(`^keybridge ${command}\\b`));
      expect(stdout).not.toContain('keybridge lab');
      expect(existsSync(join(installation.home, 'broker.log'))).toBe(false);
    },
  );

  itInTerminal(
    'a command line that is wrong ends at once in a terminal, where nobody else is to be told',
    async () => {
      const line = `'${process.execPath}' '${KEYBRIDGE}' --colour`;
      const child = spawn('/usr/bin/script', ['-qec', line, '/dev/null'], { env: installation.env });
      let said = '';
      child.stdout.on('data', chunk => {
        said += chunk;
      });
      const [code] = await once(child, 'exit');
      expect(code).toBe(2);
      expect(said).toContain('There is no flag --colour.');
      expect(said).not.toContain('jsonrpc');
    },
  );

  itInTerminal('a bridge in a terminal says what it is, and how it is used', async () => {
    const line = `'${process.execPath}' '${KEYBRIDGE}' '${lab.serverUrl}'`;
    const child = spawn('/usr/bin/script', ['-qec', line, '/dev/null'], { env: installation.env });
    let said = '';
    child.stdout.on('data', chunk => {
      said += chunk;
    });
    await until('it says so', () => said.includes('keybridge login <server-url>'));
    expect(said).toContain('This is the bridge that a host, such as Claude Desktop, starts by itself');
    expect(said.trim().split('\n')).toHaveLength(2);
    child.stdin.write('\x04');
    await once(child, 'exit');
  });
});
