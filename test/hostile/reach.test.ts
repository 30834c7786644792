import { describe, expect, test } from 'vitest';
import type { Grant } from '../../src/oauth/grant.ts';
import { TokenStore } from '../../src/tokens/token-store.ts';
import { fakeHost, household, keychain, settings, signedIn } from '../support/household.ts';

const HOUR = 3_600_000;
const REVOKES = { metadata: { revocation_endpoint: 'https://as.example/revoke' } };

/** A sign-in, and then its broker's end. */
async function ended(address?: string) {
  const house = household({ quirks: REVOKES, world: { vault: keychain().vault } });
  const { handle } = house.as;
  const reached: string[] = [];
  /** From now on the authorization server's name means this address. */
  const move = (to: string) =>
    house.world.mount(house.as.issuer, {
      address: to,
      handle: (request, dialled) => {
        reached.push(new URL(request.url).pathname);
        return handle(request, dialled);
      },
    });
  if (address !== undefined) {
    move(address);
    house.world.mount('https://mcp.example', { handle: house.mcp.handle, address });
  }
  await (await signedIn(house)).leave();
  await house.broker.close();
  reached.length = 0;
  return { house, reached, move };
}

describe('a public sign-in whose name means a private address by now', () => {
  test('gets neither a renewal nor a revocation there', async () => {
    const { house, reached, move } = await ended();
    move('10.9.9.9');
    await house.world.clock.advance(2 * HOUR);
    const broker = house.start();
    const host = fakeHost(broker, settings());
    void host.initialize();
    await house.world.clock.advance(20_000);
    const dials = () => house.world.dials.filter(({ url }) => /\/(token|revoke)$/.test(url));
    expect(dials().at(-1)).toMatchObject({ url: 'https://as.example/token', reach: 'public' });
    await broker.logout(settings());
    expect(dials().at(-1)).toMatchObject({ url: 'https://as.example/revoke', reach: 'public' });
    expect(reached).toEqual([]);
  });

  test('is renewed there where the user allows it', async () => {
    const { house, reached, move } = await ended();
    move('10.9.9.9');
    await house.world.clock.advance(2 * HOUR);
    const host = fakeHost(house.start(), settings({ client: { allowPrivate: true } }));
    expect((await host.initialize()).result).toBeDefined();
    expect(reached).toContain('/token');
  });
});

test('a sign-in inside a network is renewed and revoked there', async () => {
  const { house, reached } = await ended('10.1.1.1');
  await house.world.clock.advance(2 * HOUR);
  const broker = house.start();
  expect((await fakeHost(broker, settings()).initialize()).result).toBeDefined();
  expect(reached).toEqual(['/token']);
  await broker.logout(settings());
  expect(reached).toEqual(['/token', '/revoke', '/revoke']);
});

test('a grant of an older version, that kept no reach, is renewed inside once its server says where that is', async () => {
  const { house, reached } = await ended('10.1.1.1');
  const store = new TokenStore(house.world);
  for (const { reach: _kept, ...older } of await store.grants()) await store.putGrant(older as Grant);
  await house.world.clock.advance(2 * HOUR);
  const host = fakeHost(house.start(), settings());
  expect((await host.initialize()).result).toBeDefined();
  expect(reached).toContain('/token');
  expect((await new TokenStore(house.world).grants())[0]?.reach).toBe('any');
});
