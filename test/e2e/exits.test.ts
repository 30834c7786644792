import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, KEYBRIDGE, until } from '../support/keybridge.ts';
import { brokersOf, SHOWS_PROCESSES } from '../support/processes.ts';
import { faultIn, rawHost } from '../support/raw-host.ts';

let installation: Installation;

beforeEach(() => {
  installation = install();
});

afterEach(() => installation.close());

/** An address where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

describe('a command line that is wrong ends with 2 and says what is wrong', () => {
  const url = 'https://mcp.example/mcp';

  it.each([
    ['no server', ['--debug'], 'URL of the MCP server is missing'],
    ['no URL', ['mcp.example'], '"mcp.example" is not the URL of a server'],
    ['another scheme', ['ftp://mcp.example/'], '"ftp://mcp.example/" is not the URL of a server'],
    ['plain http', ['http://mcp.example/mcp'], '--allow-http'],
    ['credentials in the URL', ['https://ada:secret@mcp.example/'], 'must not carry a name or password'],
    ['an unknown flag', [url, '--colour'], 'no flag --colour'],
    ['a flag without its value', [url, '--header'], '--header wants a value'],
    ['a transport that is none', [url, '--transport', 'pigeon'], '--transport is one of http-first'],
    ['a port that is none', [url, '99999'], 'callback port'],
    ['an argument too many', [url, '3334', 'again'], 'There are 3 arguments where two belong'],
    ['a variable that is not set', [url, '--header', `X:\${NOT_SET}`], 'NOT_SET'],
    ['a file that is not there', [url, '--header-file', 'nowhere'], 'nowhere cannot be read (ENOENT)'],
    ['a mistake in a command', ['status', '--jsn'], '"--jsn" does not belong here'],
    ['a login without a server', ['login'], 'URL of the MCP server is missing'],
    ['a flag that is not built yet', [url, '--protocol', 'auto'], '--protocol is a flag of mcp-remote'],
  ])('%s', async (_what, args, sentence) => {
    const { code, stdout, stderr } = await installation.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('secret@');
    // Nothing was started for it.
    expect(existsSync(join(installation.home, 'broker.log'))).toBe(false);
  });

  it('and without any argument shows what there is', async () => {
    const { code, stdout, stderr } = await installation.run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('keybridge <server-url>');
  });
});

describe('a server that cannot be reached', () => {
  it('is said to the host as the answer to initialize, and on stderr; the bridge ends with 1', async () => {
    const port = await closedPort();
    const host = rawHost(installation, [`http://127.0.0.1:${port}/mcp`]);
    const answer = await host.initialize();
    const fault = faultIn(answer);
    expect(fault).toMatchObject({ code: 'net.refused', remedy: expect.stringMatching(/./) });
    expect(answer.error?.message).toBe(`${fault?.message} ${fault?.remedy}`);
    expect(await host.leave()).toEqual({ code: 1, signal: null });
    expect(host.stderr).toContain(`keybridge: ${fault?.message} ${fault?.remedy}\n`);
    expect(host.lines()).toHaveLength(1);
  });

  it('is served as soon as it can be, without a new start', async () => {
    const port = await closedPort();
    const host = rawHost(installation, [`http://127.0.0.1:${port}/mcp`]);
    expect((await host.initialize()).error).toBeDefined();
    const lab = await startLab({ port, auth: false });
    try {
      await until('the server answers', async () => (await host.ask('tools/list')).result);
      expect(await host.leave()).toEqual({ code: 0, signal: null });
    } finally {
      await lab.close();
    }
  });

  it('ends a login with 1 and a sentence', async () => {
    const port = await closedPort();
    const { code, stderr } = await installation.run(['login', `http://127.0.0.1:${port}/mcp`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^keybridge: .*\\b${port}\\. .+\n$`));
    const json = await installation.run(['login', `http://127.0.0.1:${port}/mcp`, '--json']);
    expect(json).toMatchObject({ code: 1, stderr: '' });
    const { kind, fault } = JSON.parse(json.stdout.trim().split('\n').at(-1) ?? '');
    expect({ kind, code: fault.code }).toEqual({ kind: 'failed', code: 'net.refused' });
  });

  it('keeps quiet with --silent, though not to the host', async () => {
    const port = await closedPort();
    const host = rawHost(installation, [`http://127.0.0.1:${port}/mcp`, '--silent']);
    expect((await host.initialize()).error).toBeDefined();
    expect(await host.leave()).toEqual({ code: 1, signal: null });
    expect(host.stderr).toBe('');
  });
});

describe('a bridge', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await startLab();
  });
  afterEach(() => lab.close());

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'ends in good order on %s, its session at the server too',
    async signal => {
      const host = rawHost(installation, [lab.serverUrl]);
      await host.initialize();
      await host.ask('tools/list');
      expect(lab.mcp.counters.sessionsOpen).toBe(1);
      host.child.kill(signal);
      expect(await host.ended).toEqual({ code: 0, signal: null });
      await until('the session is ended', () => lab.mcp.counters.sessionsOpen === 0);
      expect(lab.mcp.counters.deletes).toBe(1);
      const { servers } = await installation.status();
      expect(servers.map(({ hosts }) => hosts)).toEqual([[]]);
    },
  );

  it('ends on SIGTERM while the broker is being started and nothing was said yet', async () => {
    const host = rawHost(installation, [lab.serverUrl]);
    await until('it runs', () => existsSync(join(installation.home, 'broker.starting')));
    host.child.kill('SIGTERM');
    expect(await host.ended).toEqual({ code: 0, signal: null });
    // What it began is of use to the next.
    const next = rawHost(installation, [lab.serverUrl]);
    await next.initialize();
    expect((await next.ask('tools/list')).result).toBeDefined();
    if (SHOWS_PROCESSES) expect(brokersOf(installation.home)).toHaveLength(1);
  });

  it('ends with 0 when its input is empty', async () => {
    const { code, stdout } = await installation.run([lab.serverUrl]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(installation.tabs()).toEqual([]);
  });

  it('writes nothing but whole messages to stdout, whatever it is sent', async () => {
    const host = rawHost(installation, [lab.serverUrl]);
    host.send('this is no message');
    host.send('');
    host.send('{"jsonrpc":"2.0"');
    host.send('[]');
    await host.initialize();
    host.send('{"jsonrpc":"2.0","id":"x","method":"no/such"}');
    await host.hears('an error', ({ id }) => id === 'x');
    await host.leave();
    for (const line of host.lines()) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    expect(host.stdout.endsWith('\n')).toBe(true);
  });
});

describe('an old Node', () => {
  const version = (path: string) => spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  const isOld = (path: string) => {
    const [major = 99, minor = 99] = version(path).replace(/^v/, '').split('.').map(Number);
    return major < 22 || (major === 22 && minor < 19);
  };
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  const old = places.map(place => join(place, 'node')).find(path => existsSync(path) && isOld(path));

  // Nothing brings one, so its absence is no failure where skipping is one; test/bin pretends to be one.
  const itWithOldNode = old ? it : process.env.CI === '1' ? () => {} : it.skip;
  itWithOldNode(`gets a clear sentence${old ? '' : ' (needs a Node older than 22.19 on the PATH)'}`, () => {
    // Without the Node that npm has brought beside it, which would go on in its place.
    const alone = mkdtempSync(join(tmpdir(), 'keybridge-test-'));
    onTestFinished(() => rmSync(alone, { recursive: true }));
    cpSync(dirname(KEYBRIDGE), join(alone, 'bin'), { recursive: true });
    const program = join(alone, 'bin', basename(KEYBRIDGE));
    const { status, stdout, stderr } = spawnSync(`${old}`, [program, 'https://mcp.example/mcp'], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(`needs Node 22.19 or newer; this is ${version(`${old}`)}`);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
