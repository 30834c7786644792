import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Broker } from '../../src/broker/broker.ts';
import { follow } from '../../src/lab/browser.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { nodeWorld } from '../../src/node/world.ts';
import { memoryVault } from '../../src/tokens/memory-vault.ts';
import { type FakeHost, fakeHost, faultIn, household, settings, until } from '../support/household.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** A real authorization server, a real MCP server and real sockets; only the browser waits to be told. */
interface Street {
  lab: Lab;
  broker: Broker;
  tabs: URL[];
  host(profile?: string): FakeHost;
  /** Signs in through the newest tab; resolves with the last page's status. */
  consent(decision?: 'allow' | 'deny', tab?: URL): Promise<number>;
}

let street: Street;

beforeEach(async () => {
  const lab = await startLab();
  const tabs: URL[] = [];
  const world = Object.assign(nodeWorld(await temporaryFolder(), memoryVault()), {
    openBrowser: async (url: URL) => void tabs.push(url),
  });
  const broker = new Broker(world, {
    version: 'test',
    pid: 1,
    home: '/state',
    vaultNote: () => undefined,
    stop: async () => {},
  });
  const hosts: FakeHost[] = [];
  street = {
    lab,
    broker,
    tabs,
    host: (profile = 'default') => {
      const host = fakeHost(broker, settings({ server: lab.serverUrl, profile }));
      hosts.push(host);
      return host;
    },
    consent: async (decision = 'allow', tab = tabs.at(-1)) => (await follow(tab ?? '', { decision })).status,
  };
  onTestFinished(async () => {
    await Promise.all(hosts.map(host => host.leave()));
    await broker.close();
    await world.close();
    await lab.close();
  });
});

const opens = (count: number) => until(`${count} tabs are open`, () => street.tabs.length >= count);

const echo = (host: FakeHost, text: string) => host.ask('tools/call', { name: 'echo', arguments: { text } });

async function signedIn(profile?: string): Promise<FakeHost> {
  const host = street.host(profile);
  const before = street.tabs.length;
  await host.initialize();
  await opens(before + 1);
  await street.consent();
  expect((await echo(host, 'here')).result).toBeDefined();
  return host;
}

describe('what mcp-remote 0.15.1 does, and is impossible here', () => {
  test('fault 1 of mcp-remote: hosts refused at the same time do not spend one refresh token twice', async () => {
    const hosts = [await signedIn(), street.host(), street.host(), street.host()];
    await Promise.all(hosts.slice(1).map(host => host.initialize()));
    street.lab.authorization.setTokenLatency(50);
    street.lab.authorization.forgetAccessTokens();
    const calls = hosts.flatMap((host, index) => [1, 2, 3].map(call => echo(host, `${index}/${call}`)));
    for (const call of calls) expect((await call).result).toBeDefined();
    expect(street.lab.authorization.counters).toMatchObject({
      refreshes: 1,
      reuseDetections: 0,
      revokedFamilies: 0,
    });
    expect(street.tabs).toHaveLength(1);
  });

  test('fault 2 of mcp-remote: a host that leaves in the middle of a sign-in leaves no zombie behind', async () => {
    const first = street.host();
    await first.initialize();
    await opens(1);
    await first.leave();
    const second = street.host();
    expect((await second.initialize()).result).toBeDefined();
    const call = echo(second, 'second');
    await street.consent();
    expect((await call).result).toBeDefined();
    expect(street.tabs).toHaveLength(1);
  });

  test('fault 3 of mcp-remote: initialize is answered before the user has signed in', async () => {
    const host = street.host();
    expect((await host.initialize()).result).toBeDefined();
    await opens(1);
    expect(street.lab.authorization.counters.codeExchanges).toBe(0);
  });

  test('fault 4 of mcp-remote: a stray request at the callback neither succeeds nor ends the sign-in', async () => {
    const host = street.host();
    await host.initialize();
    await opens(1);
    const place = new URL(street.tabs[0]?.searchParams.get('redirect_uri') ?? '');
    for (const query of ['', '?code=stray', '?code=stray&state=guessed', '?error=access_denied&state=x']) {
      const page = await fetch(new URL(query, place));
      expect(page.status).toBeGreaterThanOrEqual(400);
    }
    expect(await street.consent()).toBe(200);
    expect((await echo(host, 'still')).result).toBeDefined();
  });

  test('fault 5 of mcp-remote: the page that says it is done comes after the code was exchanged', async () => {
    await street.host().initialize();
    await opens(1);
    street.lab.authorization.refuseTokenRequests(1);
    expect(await street.consent()).toBe(502);
  });

  test('fault 7 of mcp-remote: a lost client and a dead refresh token are mended at the first start', async () => {
    const host = await signedIn();
    street.lab.authorization.forgetClients();
    street.lab.authorization.revokeAllGrants();
    street.lab.authorization.forgetAccessTokens();
    const call = echo(host, 'again');
    await opens(2);
    expect(await street.consent()).toBe(200);
    expect((await call).result).toBeDefined();
    expect(street.lab.authorization.counters.registrations).toBe(2);
  });

  test('fault 7 of mcp-remote: a page that says the client is unknown is noticed before anybody is shown it', async () => {
    await (await signedIn()).leave();
    street.lab.authorization.forgetClients();
    const other = street.host('work');
    await other.initialize();
    await opens(2);
    expect(await street.consent()).toBe(200);
    expect((await echo(other, 'work')).result).toBeDefined();
    expect(street.tabs).toHaveLength(2);
    expect(street.lab.authorization.counters.registrations).toBe(2);
  });

  test('fault 8 of mcp-remote: a revoked grant costs two hosts one tab, and both go on', async () => {
    const [one, other] = [await signedIn(), street.host()];
    await other.initialize();
    street.lab.authorization.revokeAllGrants();
    street.lab.authorization.forgetAccessTokens();
    const calls = [echo(one, 'one'), echo(other, 'other')];
    await opens(2);
    await street.consent();
    for (const call of calls) expect((await call).result).toBeDefined();
    expect(street.tabs).toHaveLength(2);
  });

  test('fault 13 of mcp-remote: two accounts of one server each have their own tokens', async () => {
    const [one, other] = [await signedIn(), await signedIn('work')];
    await street.broker.logout(settings({ server: street.lab.serverUrl, profile: 'work' }));
    street.lab.authorization.forgetAccessTokens();
    expect((await echo(one, 'one')).result).toBeDefined();
    const call = echo(other, 'other');
    await opens(3);
    await street.consent();
    expect((await call).result).toBeDefined();
  });

  test('fault 14 of mcp-remote: a host is told that consent was denied, and stays connected', async () => {
    const host = street.host();
    await host.initialize();
    const call = echo(host, 'never');
    await opens(1);
    expect(await street.consent('deny')).toBe(403);
    expect(faultIn(await call)).toMatchObject({ code: 'sign-in.denied', remedy: expect.stringMatching(/./) });
    expect((await host.ask('ping')).result).toEqual({});
  });

  test('fault 15 of mcp-remote: the server hears the host’s own name, the consent page ours', async () => {
    const house = household();
    const host = house.host();
    await host.initialize({ clientInfo: { name: 'Somebody’s app', version: '9' } });
    await house.opens(1);
    await house.consent();
    await host.ask('tools/list');
    expect(house.mcp.received[0]?.text).toContain('"clientInfo":{"name":"Somebody’s app","version":"9"}');
    expect(house.as.registered[0]?.client_name).toBe('Keybridge');
  });
});
