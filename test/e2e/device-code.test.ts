import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoginEvent } from '../../src/api/contract.ts';
import { follow } from '../../src/lab/browser.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { faultIn, rawHost } from '../support/raw-host.ts';

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

const WAITING = /opening this link in any browser: (http:\S+) The code is ([\w-]+):/;

describe('--device-code', () => {
  it('signs all hosts in with one code that is entered on another machine, and opens no tab', async () => {
    const hosts = [1, 2].map(() => rawHost(installation, [lab.serverUrl, '--device-code']));
    const [one, other] = hosts;
    for (const host of hosts) expect((await host.initialize()).result).toBeDefined();
    const [, link = '', userCode = ''] = await until(
      'the code is told',
      () => one?.stderr.match(WAITING) ?? undefined,
    );
    await until('the other host is told the same', () => other?.stderr.includes(userCode));
    const { stdout } = await installation.run(['status']);
    expect(stdout).toContain(`a sign-in waits for you: ${link} (the code is ${userCode})`);
    const calls = hosts.map(host => host.call('whoami'));
    const page = await follow(link, { userCode, account: 'grace' });
    expect(page.text).toContain('You are signed in');
    for (const call of calls) expect(JSON.stringify((await call).result)).toContain('grace');
    expect(installation.tabs()).toEqual([]);
    expect(lab.authorization.counters).toMatchObject({
      registrations: 1,
      deviceCodes: 1,
      deviceExchanges: 1,
      authorizationRequests: 0,
      serverErrors: 0,
    });
    // It is a grant like any other.
    lab.authorization.forgetAccessTokens();
    expect(JSON.stringify((await one?.call('whoami'))?.result)).toContain('grace');
    expect(lab.authorization.counters).toMatchObject({ deviceExchanges: 1, refreshes: 1 });
    const disk = installation.everythingOnDisk();
    for (const secret of lab.issuedSecrets()) expect(disk).not.toContain(secret);
    const trace = await installation.run(['trace']);
    for (const secret of lab.issuedSecrets()) expect(trace.stdout).not.toContain(secret);
  });

  it('is a login that prints the link with the code in it, one event a line with --json', async () => {
    const login = rawHost(installation, ['login', lab.serverUrl, '--device-code', '--json']);
    const line = await until('there is a link', () => login.lines().find(text => text.includes('"link"')));
    const event = JSON.parse(line) as LoginEvent;
    if (event.kind !== 'link') throw new Error(line);
    expect(event).toMatchObject({ opened: false, userCode: expect.stringMatching(/^[\w-]{8,}$/) });
    expect(new URL(event.url).searchParams.get('user_code')?.replace('-', '')).toBe(
      event.userCode?.replace('-', ''),
    );
    await follow(event.url);
    expect(await login.ended).toEqual({ code: 0, signal: null });
    expect(login.stdout).toContain('"signed-in"');
  });

  it('ends a login with 1 when the user says no', async () => {
    const login = rawHost(installation, ['login', lab.serverUrl, '--device-code']);
    const [, link = ''] = await until(
      'there is a link',
      () => login.stdout.match(/^ +(http:\S+)$/m) ?? undefined,
    );
    expect(login.stdout).toMatch(/The code is {2}[\w-]+/);
    await follow(link, { decision: 'deny' });
    expect(await login.ended).toEqual({ code: 1, signal: null });
    expect(login.stderr).toMatch(/^keybridge: The sign-in was refused: .*access_denied/);
  });

  it('says within --auth-timeout where to go and what to enter', async () => {
    const host = rawHost(installation, [lab.serverUrl, '--device-code', '--auth-timeout', '0.5']);
    await host.initialize();
    const fault = faultIn(await host.ask('tools/list'));
    expect(fault).toMatchObject({
      code: 'sign-in.needed',
      remedy: expect.stringMatching(/^Open http:\S+, enter the code [\w-]+ there/),
      data: { signInUrl: expect.stringContaining(lab.issuer), userCode: expect.any(String) },
    });
  });
});
