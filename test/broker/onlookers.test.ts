import { describe, expect, test } from 'vitest';
import type { Asker } from '../../src/broker/asker.ts';
import type { Onlooker, Sight } from '../../src/broker/onlooker.ts';
import { PendingSignIn } from '../../src/broker/pending-sign-in.ts';
import type { Grant } from '../../src/oauth/grant.ts';
import { fakeWorld } from '../support/fake-world.ts';
import { calm, events, household, keychain, settings } from '../support/household.ts';

const never = () => new Promise<never>(() => {});
const thrown = () => {
  throw new Error('The onlooker is broken.');
};
const rejected = () => Promise.reject(new Error('The onlooker is broken.'));

const BROKEN: readonly [string, Partial<Onlooker>][] = [
  ['throws', { see: thrown }],
  ['rejects', { see: rejected }],
  ['throws before the browser', { beforeBrowser: thrown }],
  ['rejects before the browser', { beforeBrowser: rejected }],
];

const onlooker = (more: Partial<Onlooker>): Onlooker => ({
  see: () => {},
  beforeBrowser: async () => {},
  confirm: async () => {},
  ...more,
});

describe('an onlooker', () => {
  test.each(BROKEN)('that %s does not keep its own sign-in from its end', async (_how, broken) => {
    const house = household();
    const login = events(house.broker.watchedLogin(settings(), onlooker(broken)));
    await house.opens(1);
    expect(await house.consent()).toMatchObject({ status: 200 });
    expect((await login).at(-1)).toMatchObject({ kind: 'signed-in' });
  });

  test.each(BROKEN)('that %s does no harm to a host that waits', async (_how, broken) => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const login = events(house.broker.watchedLogin(settings(), onlooker(broken)));
    await calm();
    expect(await house.consent()).toMatchObject({ status: 200 });
    expect(await host.ask('tools/list')).toMatchObject({ result: {} });
    await login;
    await host.leave();
  });

  test('that never answers holds a host up for less time than a request of its waits', async () => {
    const house = household();
    const host = house.host();
    await host.initialize();
    await house.opens(1);
    const seen: Sight['step'][] = [];
    const see = (sight: Sight, isPast?: boolean) => {
      if (!isPast) seen.push(sight.step);
      return sight.step === 'arrived' || sight.step === 'asking' ? never() : undefined;
    };
    const login = house.broker.watchedLogin(settings(), onlooker({ see }))[Symbol.asyncIterator]();
    const first = login.next();
    await calm();
    const page = house.consent();
    const answer = host.ask('tools/list');
    while (!seen.includes('granted')) {
      await calm();
      await house.world.clock.advance(5_000);
    }
    expect(await answer).toMatchObject({ result: {} });
    expect(await page).toMatchObject({ status: 200 });
    await login.return?.();
    await first;
    await host.leave();
  });
});

describe('whoever takes part in a sign-in and throws', () => {
  const asker = (more: Partial<Asker> = {}): Asker => ({
    settings: settings(),
    connectedAt: 0,
    explicit: true,
    signInPending: () => {},
    delayed: () => {},
    say: () => {},
    shown: () => {},
    ...more,
  });
  const grant = { accessToken: 'a' } as Grant;
  const url = new URL('https://as.example/authorize');

  const CASES: readonly [string, Partial<Asker>][] = [
    ['signInPending', { signInPending: thrown }],
    ['shown', { shown: thrown }],
    ['elicited', { elicit: async () => 'accepted', elicited: thrown }],
  ];

  test.each(CASES)('in %s keeps nobody else from the grant', async (_name, broken) => {
    const arrived = Promise.withResolvers<void>();
    const pending = new PendingSignIn(fakeWorld(), async (_signal, see) => {
      await see({ step: 'authorize', url, state: 's', scope: [] });
      await arrived.promise;
      return grant;
    });
    pending.join(asker(broken));
    const links: (URL | undefined)[] = [];
    pending.join(asker({ signInPending: link => links.push(link) }));
    const waits = pending.wait(undefined);
    await calm();
    arrived.resolve();
    expect(await waits).toBe(grant);
    expect(links).toContainEqual(url);
  });
});

test('a host that left before its sign-in could begin is waited for by none', async () => {
  const opened = Promise.withResolvers<void>();
  const { vault } = keychain();
  const slow = { ...vault, get: (name: string) => opened.promise.then(() => vault.get(name)) };
  const house = household({ world: { vault: slow } });
  const host = house.host();
  host.say({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } });
  await calm();
  await host.leave();
  opened.resolve();
  await calm();
  expect(house.broker.signingIn).toBe(false);
  expect((await house.broker.status()).servers).toEqual([]);
});

test('a sign-in whose host has gone is shown as waiting for ten minutes, and its link works on', async () => {
  const house = household();
  const host = house.host();
  await host.initialize();
  await house.opens(1);
  await host.leave();
  const states = async () => (await house.broker.status()).servers.map(({ state }) => state);
  expect(await states()).toEqual(['sign-in-pending']);
  await house.world.clock.advance(10 * 60_000);
  expect(await states()).toEqual([]);
  expect(await house.consent()).toMatchObject({ status: 200 });
  await calm();
  expect(await states()).toEqual(['signed-in']);
});
