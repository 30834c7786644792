import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { type Installation, install, textOf, until } from '../support/keybridge.ts';

let lab: Lab;
let installation: Installation;

beforeEach(async () => {
  lab = await startLab();
  installation = install({ KEYBRIDGE_VAULT: 'file' });
});

afterEach(async () => {
  await installation.close();
  await lab.close();
});

async function use(text: string) {
  const host = await installation.host(lab.serverUrl);
  expect(textOf(await host.client.callTool({ name: 'echo', arguments: { text } }))).toBe(text);
  return host;
}

const counted = () => {
  const { posts, unauthorized, methods } = lab.mcp.counters;
  const { registrations, authorizationRequests, codeExchanges, refreshes } = lab.authorization.counters;
  const initialized = methods.initialize ?? 0;
  return { posts, unauthorized, initialized, registrations, authorizationRequests, codeExchanges, refreshes };
};

/** What this broker has asked of anybody, by the trace. */
const trace = async () => (await installation.run(['trace'])).stdout;

const tokenRequests = async () => (await trace()).split(`${lab.authorization.issuer}/token`).length;

describe('a start with a stored grant', () => {
  it('asks the server for its initialize and nothing else, and the authorization server for nothing', async () => {
    await (await use('first')).close();
    await installation.run(['stop']);
    const before = counted();
    await use('second');
    // initialize, initialized and the call
    expect(counted()).toEqual({ ...before, posts: before.posts + 3, initialized: before.initialized + 1 });
    expect(await trace()).not.toMatch(/\.well-known|\/token|\/reg\b/);
    expect(installation.tabs()).toHaveLength(1);
  });

  it('whose token has ended asks for another one first, and for no metadata', async () => {
    lab.authorization.setTokenLife(1);
    await (await use('first')).close();
    await installation.run(['stop']);
    lab.authorization.setTokenLife(3600);
    const stopped = Date.now();
    await until('the token has ended', () => Date.now() - stopped > 1_500);
    const before = counted();
    await use('second');
    expect(counted()).toEqual({
      ...before,
      posts: before.posts + 3,
      initialized: before.initialized + 1,
      refreshes: before.refreshes + 1,
    });
    expect(await trace()).not.toContain('.well-known');
  });
});

describe('a broker that is stopped while a token is being renewed', () => {
  it('waits for the answer, so that the rotated refresh token is not lost', async () => {
    const host = await use('first');
    const before = await tokenRequests();
    lab.authorization.setTokenLatency(3_000);
    lab.authorization.forgetAccessTokens();
    const call = host.client.callTool({ name: 'echo', arguments: { text: 'meanwhile' } }).catch(() => {});
    await until('the renewal is under way', async () => (await tokenRequests()) > before);
    const { refreshes } = lab.authorization.counters;
    await Promise.all([installation.run(['stop']), host.close()]);
    await call;
    await until('the server has rotated it', () => lab.authorization.counters.refreshes > refreshes);
    lab.authorization.setTokenLatency(0);
    await use('second');
    expect(lab.authorization.counters).toMatchObject({ reuseDetections: 0, revokedFamilies: 0 });
    expect(lab.authorization.counters.refreshes).toBe(refreshes + 1);
    expect(installation.tabs()).toHaveLength(1);
  });
});
