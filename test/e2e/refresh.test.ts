import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Host, type Installation, install, textOf, until } from '../support/keybridge.ts';

const HOSTS = 8;
/** Seconds an access token lives. */
const LIFE = 2;
/** Seconds between two renewals of a token that lives so short a time, at least. */
const PAUSE = 10;
/** Milliseconds of uninterrupted calls. */
const LASTING = process.env.CI === '1' ? 60_000 : 10_000;

let lab: Lab;
let installation: Installation;

beforeEach(async () => {
  lab = await startLab({ tokenLife: LIFE });
  installation = install();
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

const manyHosts = () =>
  Promise.all(
    Array.from({ length: HOSTS }, (_, index) => installation.host(lab.serverUrl, { name: `host-${index}` })),
  );

async function echo({ client }: Host, text: string): Promise<string> {
  return textOf(await client.callTool({ name: 'echo', arguments: { text } }));
}

/** Not one token was lost, used twice or asked for twice at the same time. */
function expectNothingLost() {
  expect(installation.tabs()).toHaveLength(1);
  const { overlappingRefreshes, ...counters } = lab.authorization.counters;
  expect(overlappingRefreshes).toBeLessThanOrEqual(1);
  expect(counters).toMatchObject({
    registrations: 1,
    codeExchanges: 1,
    reuseDetections: 0,
    revokedFamilies: 0,
    serverErrors: 0,
  });
}

describe('access tokens that live two seconds', () => {
  it(
    `are renewed for eight hosts that call without a pause for ${LASTING / 1000} s: no call lost, no grant revoked`,
    async () => {
      const hosts = await manyHosts();
      const end = Date.now() + LASTING;
      const call = async (host: Host, index: number) => {
        let calls = 0;
        for (; Date.now() < end; calls++) {
          const text = `${index}/${calls}`;
          expect(await echo(host, text)).toBe(text);
        }
        return calls;
      };
      const calls = await Promise.all(hosts.map(call));
      for (const each of calls) expect(each).toBeGreaterThan(LASTING / 1000);
      expect(lab.mcp.counters.toolCalls.echo).toBe(calls.reduce((sum, each) => sum + each, 0));
      expectNothingLost();
      // A server whose tokens live a moment is asked for another once in ten seconds; calls wait for it.
      const { refreshes } = lab.authorization.counters;
      expect(refreshes).toBeGreaterThanOrEqual(Math.floor(LASTING / 1000 / PAUSE));
      expect(refreshes).toBeLessThanOrEqual(LASTING / 1000 / PAUSE + 2);
    },
    LASTING + 30_000,
  );

  it('are renewed once when eight hosts are refused at the same time and the server is slow', async () => {
    lab.authorization.setTokenLife(3600);
    const hosts = await manyHosts();
    await Promise.all(hosts.map(host => echo(host, 'before')));
    const before = lab.authorization.counters.refreshes;
    lab.authorization.setTokenLatency(500);
    lab.authorization.forgetAccessTokens();
    const refused = lab.mcp.counters.unauthorized;
    const answers = await Promise.all(hosts.map(host => echo(host, 'after')));
    expect(answers).toEqual(hosts.map(() => 'after'));
    expect(lab.mcp.counters.unauthorized).toBeGreaterThan(refused);
    expect(lab.authorization.counters.refreshes).toBe(before + 1);
    expectNothingLost();
  });

  it('outlive a token endpoint that is out for a while: calls wait, status says why, nobody is signed out', async () => {
    const [first, second] = await Promise.all([
      installation.host(lab.serverUrl),
      installation.host(lab.serverUrl),
    ]);
    expect(await echo(first, 'before')).toBe('before');
    lab.authorization.refuseTokenRequests(Number.POSITIVE_INFINITY);
    // Nobody renews a token of two seconds unasked.
    lab.authorization.forgetAccessTokens();
    const during = Promise.all([echo(first, 'during'), echo(second, 'during')]);
    await until('it was asked in vain', () => lab.authorization.counters.refusedTokenRequests > 2, 30_000);
    const [server] = (await installation.status()).servers;
    expect(server).toMatchObject({
      state: 'signed-in',
      renewal: { why: expect.stringContaining('(status 503)') },
    });
    expect((await installation.run(['status'])).stdout).toMatch(
      /its token could not be renewed for \d+ s \(tried \d+ times; again in \d+ s\)/,
    );
    lab.authorization.refuseTokenRequests(0);
    expect(await during).toEqual(['during', 'during']);
    const after = (await installation.status()).servers[0];
    expect(after?.state).toBe('signed-in');
    expect(after).not.toHaveProperty('renewal');
    expectNothingLost();
  });
});
