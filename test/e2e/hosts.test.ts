import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { follow } from '../../src/lab/browser.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { faultIn, type Heard, rawHost } from '../support/raw-host.ts';

/** Milliseconds in which a host gets its answer to `initialize` from a broker that runs; process start included. */
const AT_ONCE = 2_000;
/** Milliseconds in which a bridge ends that nobody needs any more. */
const PROMPTLY = 3_000;

let lab: Lab;
let installation: Installation;
/** While this file is not there, the user has not looked at the browser. */
let hold: string;

beforeEach(async () => {
  lab = await startLab();
  installation = install();
  hold = join(installation.env.HOME ?? '', 'hold');
  installation.env.KEYBRIDGE_LAB_HOLD = hold;
});

afterEach(async () => {
  writeFileSync(hold, '');
  await installation.close();
  await lab.close();
});

const start = (...flags: string[]) => rawHost(installation, [lab.serverUrl, ...flags]);
const tabIsOpen = (count = 1) => until('a tab is open', () => installation.tabs().length === count);
const consent = () => writeFileSync(hold, '');
const named = (method: string) => (message: Heard) => message.method === method;
const tools = ({ result }: Heard) => {
  const { tools = [] } = (result ?? {}) as { tools?: { name: string }[] };
  return tools.map(tool => tool.name);
};

/** Milliseconds a promise takes. */
async function time<T>(promise: Promise<T>): Promise<[number, T]> {
  const began = performance.now();
  const value = await promise;
  return [performance.now() - began, value];
}

describe('while a sign-in is pending', () => {
  it('initialize is answered at once, to the host that causes the sign-in and to those that find it', async () => {
    // Starts the broker and nothing else.
    await installation.run(['logout', lab.serverUrl]);
    for (let round = 0; round < 3; round++) {
      const [took, { result }] = await time(start().initialize());
      expect(took).toBeLessThan(AT_ONCE);
      expect(result).toMatchObject({
        protocolVersion: '2025-11-25',
        capabilities: {
          tools: { listChanged: true },
          prompts: { listChanged: true },
          resources: { listChanged: true },
        },
      });
    }
    await tabIsOpen();
    expect(lab.mcp.counters.sessionsOpened).toBe(0);
  });

  it('a request waits, and is answered after the consent; the host hears that its lists have changed', async () => {
    const host = start();
    await host.initialize();
    const list = host.ask('tools/list');
    expect((await host.ask('ping')).result).toEqual({});
    await tabIsOpen();
    expect(host.heard()).toHaveLength(2);
    consent();
    expect(tools(await list)).toEqual(expect.arrayContaining(['echo', 'slow']));
    for (const kind of ['tools', 'prompts', 'resources']) {
      await host.hears(`${kind} changed`, named(`notifications/${kind}/list_changed`));
    }
    expect((await host.call('echo', { text: 'here' })).result).toBeDefined();
    expect(lab.mcp.counters).toMatchObject({ sessionsOpened: 1, methods: { initialize: 1 } });
  });

  it('a host that was cancelled in its wait gets no answer, and the server hears nothing of it', async () => {
    const host = start();
    await host.initialize();
    host.send({ jsonrpc: '2.0', id: 'waits', method: 'tools/call', params: { name: 'echo' } });
    host.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'waits' } });
    await tabIsOpen();
    consent();
    await host.ask('tools/list');
    expect(host.heard().some(({ id }) => id === 'waits')).toBe(false);
    expect(lab.mcp.counters.toolCalls).toEqual({});
  });

  it('a server that was signed out of is spoken for as one that was never seen', async () => {
    consent();
    const before = start();
    const { result } = await before.initialize();
    await before.ask('tools/list');
    // The host was answered before there was a sign-in; from now on the server's own answer is known.
    const own = await start().initialize();
    expect(own.result).not.toEqual(result);
    expect(own.result).toMatchObject({ serverInfo: { name: 'keybridge-lab' } });
    await installation.run(['logout', lab.serverUrl]);
    const { sessionsOpened } = lab.mcp.counters;
    // The broker has the environment of the host that started it, so the browser brings its own.
    const away = { KEYBRIDGE_BROWSER: installation.browserOf({ KEYBRIDGE_LAB_HOLD: `${hold}-never` }) };
    const after = rawHost(installation, [lab.serverUrl], away);
    expect((await after.initialize()).result).toEqual(result);
    await tabIsOpen(2);
    expect(lab.mcp.counters.sessionsOpened).toBe(sessionsOpened);
  });

  it('row 1.11: stdin may close: the process ends promptly, and the next start finishes in the same tab', async () => {
    const first = start();
    await first.initialize();
    await tabIsOpen();
    const [took, end] = await time(first.leave());
    expect(took).toBeLessThan(PROMPTLY);
    expect(end).toEqual({ code: 0, signal: null });
    const second = start();
    await second.initialize();
    const list = second.ask('tools/list');
    consent();
    expect(tools(await list)).toContain('echo');
    expect(installation.tabs()).toHaveLength(1);
    expect(lab.authorization.counters.codeExchanges).toBe(1);
  });

  it('stdin may close with a request open: told to end, the process ends promptly', async () => {
    const host = start();
    await host.initialize();
    host.send({ jsonrpc: '2.0', id: 'open', method: 'tools/list' });
    await tabIsOpen();
    // A script has said all it has to say, too. MCP, Lifecycle, "Shutdown": a host ends the process after that.
    const left = host.leave();
    host.child.kill('SIGTERM');
    const [took] = await time(left);
    expect(took).toBeLessThan(PROMPTLY);
    expect(faultIn(host.heard().find(({ id }) => id === 'open') ?? {})?.code).toBe('cancelled');
  });

  it('stdin may close before anything was answered: told to end, the process ends promptly', async () => {
    lab.mcp.setLatency(30_000);
    const host = start();
    host.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } });
    const left = host.leave();
    host.child.kill('SIGTERM');
    const [took] = await time(left);
    expect(took).toBeLessThan(PROMPTLY);
  });

  it.runIf(process.env.CI === '1')(
    'a request that has waited for 45 s is answered with the reason and the link (with CI=1 only: it takes that long)',
    async () => {
      const host = start();
      await host.initialize();
      const [took, answer] = await time(host.ask('tools/list', {}, 60_000));
      expect(took).toBeGreaterThan(40_000);
      expect(took).toBeLessThan(50_000);
      expect(faultIn(answer)?.code).toBe('sign-in.needed');
      const link = faultIn(answer)?.data?.signInUrl ?? '';
      expect(link).toMatch(new RegExp(`^${lab.issuer}/auth\\?`));
      expect(answer.error?.message).toContain(link);
      // The link works as well as the tab, which shows the same sign-in.
      const list = host.ask('tools/list');
      expect((await follow(link)).status).toBe(200);
      expect(tools(await list)).toContain('echo');
      expect(installation.tabs()).toHaveLength(1);
    },
    70_000,
  );
});

describe('a sign-in the user refuses', () => {
  beforeEach(() => {
    consent();
    installation.env.KEYBRIDGE_BROWSER = installation.browserOf({ KEYBRIDGE_LAB_DECISION: 'deny' });
  });

  it('answers every request with cause and remedy, and opens no further tab', async () => {
    const host = start();
    await host.initialize();
    for (let round = 0; round < 2; round++) {
      const answer = await host.ask('tools/list');
      expect(faultIn(answer)).toMatchObject({ code: 'sign-in.denied', remedy: expect.stringMatching(/./) });
      expect(answer.error?.message).toMatch(/refused.*\. .+/);
    }
    // A host that is started again at once is told the same.
    const again = start();
    const greeting = await again.initialize();
    const answer = greeting.error ? greeting : await again.ask('tools/list');
    expect(faultIn(answer)?.code).toBe('sign-in.denied');
    expect(faultIn(answer)?.remedy).toContain(`keybridge login ${lab.serverUrl}`);
    expect(installation.tabs()).toHaveLength(1);
    expect(await again.leave()).toEqual({ code: 1, signal: null });
    expect(again.stderr).toContain(`keybridge login ${lab.serverUrl}`);
  });

  it('is over after a login: the same host works again', async () => {
    const host = start();
    await host.initialize();
    expect(faultIn(await host.ask('tools/list'))?.code).toBe('sign-in.denied');
    const env = { KEYBRIDGE_BROWSER: installation.browserOf({}) };
    const login = await installation.run(['login', lab.serverUrl], { env });
    expect(login).toMatchObject({ code: 0, stderr: '' });
    await until('the host is served', async () => (await host.ask('tools/list')).result);
    expect(await host.leave()).toEqual({ code: 0, signal: null });
  });
});

describe('a host that can show links itself', () => {
  const elicitation = { elicitation: { url: {} } };

  it('is asked to show the sign-in, and no tab opens', async () => {
    const host = start();
    await host.initialize(elicitation);
    const list = host.ask('tools/list');
    const asked = await host.hears('the question', named('elicitation/create'));
    const { mode, url, elicitationId } = asked.params ?? {};
    expect(mode).toBe('url');
    host.send({ jsonrpc: '2.0', id: asked.id, result: { action: 'accept' } });
    expect((await follow(String(url))).status).toBe(200);
    expect(tools(await list)).toContain('echo');
    const complete = await host.hears('the end', named('notifications/elicitation/complete'));
    expect(complete.params).toEqual({ elicitationId });
    expect(installation.tabs()).toEqual([]);
  });

  it('hears that its user declined as the answer to its request', async () => {
    const host = start();
    await host.initialize(elicitation);
    const list = host.ask('tools/list');
    const asked = await host.hears('the question', named('elicitation/create'));
    host.send({ jsonrpc: '2.0', id: asked.id, result: { action: 'decline' } });
    expect(faultIn(await list)?.code).toBe('sign-in.denied');
    expect(installation.tabs()).toEqual([]);
  });
});
