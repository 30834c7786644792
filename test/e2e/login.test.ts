import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoginEvent } from '../../src/api/contract.ts';
import { follow } from '../../src/lab/browser.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { register } from '../support/lab-sign-in.ts';
import { type Ended, rawHost } from '../support/raw-host.ts';

/** A program that fails, as an opener does where there is no display. */
const NO_BROWSER = { KEYBRIDGE_BROWSER: 'false' };

let lab: Lab;
let installation: Installation;

beforeEach(async () => {
  lab = await startLab();
  installation = install();
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

interface Terminal {
  /** Types a line. */
  type(line: string): void;
  /** Waits until the output matches. */
  shows(pattern: RegExp): Promise<RegExpMatchArray>;
  readonly output: string;
  readonly ended: Promise<Ended>;
}

/** A login in a terminal that stays open. */
function login(args: readonly string[], env: Record<string, string> = {}): Terminal {
  const { child, ended, ...host } = rawHost(installation, ['login', ...args], env);
  const terminal = {
    type: (line: string) => host.send(line),
    shows: (pattern: RegExp) =>
      until(`it shows ${pattern}`, () => terminal.output.match(pattern) ?? undefined),
    ended,
    output: '',
  };
  child.stdout?.on('data', chunk => {
    terminal.output += chunk;
  });
  return terminal;
}

/** The link a terminal shows by itself on a line. */
const LINK = /^ +(http:\S+)$/m;

/** Signs in as a browser on another machine does: it ends on a page that it cannot reach. */
async function signInElsewhere(link: string): Promise<URL> {
  let callback: URL | undefined;
  const reaches = (url: URL) => {
    if (url.origin !== lab.issuer) callback = url;
    return callback === undefined;
  };
  await expect(follow(link, { reaches })).rejects.toThrow();
  if (!callback) throw new Error('The browser was not sent back.');
  return callback;
}

describe('login', () => {
  it('opens a tab, waits for it and shows that the sign-in works', async () => {
    const hold = join(installation.env.HOME ?? '', 'hold');
    const terminal = login([lab.serverUrl], { KEYBRIDGE_LAB_HOLD: hold });
    const { host } = new URL(lab.serverUrl);
    await terminal.shows(new RegExp(`A browser tab has opened\\. Sign in to ${host} there`));
    const [, link] = await terminal.shows(LINK);
    expect(link).toMatch(new RegExp(`^${lab.issuer}/auth\\?`));
    writeFileSync(hold, '');
    expect(await terminal.ended).toEqual({ code: 0, signal: null });
    expect(terminal.output).toContain(`Signed in to ${host} through ${lab.issuer}. It works.\n`);
    expect(lab.mcp.counters.methods.initialize).toBe(1);
    // A second one has nothing to do, and neither has a host.
    const again = await installation.run(['login', lab.serverUrl]);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('It works.') });
    const bridge = rawHost(installation, [lab.serverUrl]);
    expect((await bridge.initialize()).result).toMatchObject({ serverInfo: { name: 'keybridge-lab' } });
    expect(installation.tabs()).toHaveLength(1);
  });

  it('takes the address of the callback from the keyboard where no browser is, and refuses rubbish', async () => {
    const terminal = login([lab.serverUrl], NO_BROWSER);
    const [, link = ''] = await terminal.shows(LINK);
    expect(terminal.output).toContain('No browser could be started here');
    const callback = await signInElsewhere(link);
    const foreign = new URL(callback);
    foreign.searchParams.set('state', 'another');
    const rubbish = ['', 'what?', 'http://', callback.origin, link.replace(/state=[^&]+/, ''), foreign.href];
    for (const line of rubbish) terminal.type(line);
    const refusals = () => terminal.output.match(/not the address of a sign-in that is waiting/g) ?? [];
    await until('all rubbish is refused', () => refusals().length === rubbish.length - 1);
    expect(lab.authorization.counters.codeExchanges).toBe(0);
    terminal.type(`  ${callback.href}  `);
    await terminal.shows(/It works\./);
    expect(await terminal.ended).toEqual({ code: 0, signal: null });
    expect(terminal.output).not.toContain(callback.searchParams.get('code'));
    expect(lab.authorization.counters).toMatchObject({ codeExchanges: 1, registrations: 1 });
  });

  it('does the same with --json, one event a line', async () => {
    const terminal = login([lab.serverUrl, '--json'], NO_BROWSER);
    const events = () =>
      terminal.output
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line) as LoginEvent);
    const [link] = await until('the link', () => events().length > 0 && events());
    if (link?.kind !== 'link') throw new Error(terminal.output);
    expect(link.opened).toBe(false);
    terminal.type('rubbish');
    const note = await until('the refusal', () => events()[1]);
    expect(note).toMatchObject({ kind: 'note', text: expect.stringContaining('not the address') });
    terminal.type((await signInElsewhere(link.url)).href);
    expect(await terminal.ended).toEqual({ code: 0, signal: null });
    expect(events().at(-1)).toMatchObject({
      kind: 'signed-in',
      tokenNeeded: true,
      server: { server: lab.serverUrl, state: 'signed-in', issuer: lab.issuer },
    });
  });

  it('ends with 1, cause and remedy when the user refuses', async () => {
    const env = { KEYBRIDGE_BROWSER: installation.browserOf({ KEYBRIDGE_LAB_DECISION: 'deny' }) };
    const { code, stderr } = await installation.run(['login', lab.serverUrl], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^keybridge: The sign-in was refused: .*access_denied.*\. Sign in again .*\n$/);
    // Somebody acts, so nothing keeps the next one from opening a tab at once.
    expect((await installation.run(['login', lab.serverUrl])).code).toBe(0);
    expect(installation.tabs()).toHaveLength(2);
  });

  it('says of a server that lets everybody in that no sign-in is needed', async () => {
    const open = await startLab({ auth: false });
    try {
      const { code, stdout } = await installation.run(['login', open.serverUrl]);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: `${new URL(open.serverUrl).host} answers without a sign-in.\n`,
      });
    } finally {
      await open.close();
    }
  });
});

describe('the page the browser ends on', () => {
  const HOLD = { KEYBRIDGE_LAB_HOLD: '/nowhere/at/all' };
  const pending = async () => {
    const bridge = rawHost(installation, [lab.serverUrl], HOLD);
    await bridge.initialize();
    const [server] = await until('the link', async () => {
      const { servers } = await installation.status();
      return servers[0]?.signInUrl ? servers : undefined;
    });
    return { bridge, link: server?.signInUrl ?? '' };
  };

  it('comes after the code was exchanged, has no script, and says what happened', async () => {
    const { bridge, link } = await pending();
    lab.authorization.setTokenLatency(400);
    const began = performance.now();
    const page = await follow(link);
    expect(performance.now() - began).toBeGreaterThan(400);
    expect(lab.authorization.counters.codeExchanges).toBe(1);
    expect(page.status).toBe(200);
    expect(page.text).toContain('You are signed in');
    expect(page.text).not.toContain('<script');
    expect((await bridge.call('echo', { text: 'x' })).result).toBeDefined();
  });

  it('says that it did not succeed when the exchange fails', async () => {
    const { link } = await pending();
    lab.authorization.refuseTokenRequests(Number.POSITIVE_INFINITY);
    const page = await follow(link, { timeout: 15_000 });
    expect(page.status).toBe(502);
    expect(page.text).toContain('did not succeed');
  });

  it('shows nothing of what a stranger sends there, and a stray visit disturbs no sign-in', async () => {
    const { bridge, link } = await pending();
    const callback = new URL(link).searchParams.get('redirect_uri') ?? '';
    for (const query of [
      '',
      '?code=x&state=%3Cb%3Eguess',
      '?error=%3Cb%3Eboo&error_description=%3Cb%3Eboo',
    ]) {
      const page = await fetch(callback + query);
      expect(page.status).toBe(404);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(await page.text()).not.toMatch(/boo|guess|<script/);
    }
    expect((await fetch(callback, { method: 'POST' })).status).toBe(405);
    expect((await follow(link)).status).toBe(200);
    expect((await bridge.call('echo', { text: 'x' })).result).toBeDefined();
    // A tab that comes late, or again.
    expect((await follow(link)).text).toMatch(/already come back|already done/i);
  });
});

describe('a callback port that a foreign program holds', () => {
  let foreign: Server;
  let port: number;

  beforeEach(async () => {
    foreign = createServer(socket => socket.destroy());
    await new Promise<void>(resolve => foreign.listen(0, '127.0.0.1', resolve));
    const address = foreign.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });

  afterEach(() => new Promise(resolve => foreign.close(resolve)));

  it('is named; another one is taken and registered, and nothing is sent to that program', async () => {
    let visits = 0;
    foreign.on('connection', () => visits++);
    const { code, stdout } = await installation.run(['login', lab.serverUrl, `${port}`]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`The callback port ${port} is held by .+\\.`));
    expect(stdout).toMatch(/Using callback port \d+ instead/);
    expect(stdout).toContain('It works.');
    expect(visits).toBe(0);
  });

  it('ends the sign-in of a client that was registered by hand for it', async () => {
    const client = await register(lab, `http://localhost:${port}/oauth/callback`);
    const info = JSON.stringify({ client_id: client.client_id });
    const args = [lab.serverUrl, `${port}`, '--static-oauth-client-info', info];
    const { code, stdout, stderr } = await installation.run(['login', ...args]);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(`The callback port ${port} is held by`);
    expect(stderr).toContain('End that program');
    expect(installation.tabs()).toEqual([]);
  });
});
