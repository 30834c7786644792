import { describe, expect, test } from 'vitest';
import { Endpoints } from '../../src/broker/endpoints.ts';
import { Facts } from '../../src/broker/facts.ts';
import { Grants } from '../../src/broker/grants.ts';
import { Renewal } from '../../src/broker/renewal.ts';
import { grantMark } from '../../src/oauth/client-mark.ts';
import type { Grant } from '../../src/oauth/grant.ts';
import { OneAtATime } from '../../src/tokens/fresh.ts';
import { TokenStore } from '../../src/tokens/token-store.ts';
import { fakeSpan } from '../support/fake-span.ts';
import { fakeWorld } from '../support/fake-world.ts';
import { settings } from '../support/household.ts';
import { grant, ISSUER, registration, SERVER } from '../support/installation.ts';

function kept() {
  const world = fakeWorld({ servers: { [ISSUER]: () => new Response('', { status: 500 }) } });
  const store = new TokenStore(world);
  const span = fakeSpan(world);
  const grants = new Grants({ server: SERVER, profile: 'default' }, { store, facts: new Facts(world), span });
  const renewals = new OneAtATime<Grant | undefined>();
  const renewal = new Renewal(grants, new Endpoints(world), { world, span, renewals });
  return { world, store, grants, renewal };
}

const renewed: Grant = { ...grant(), accessToken: 'renewed-meanwhile', obtainedAt: 2_000 };

describe('the grants of one account', () => {
  test('are one: a later sign-in with another client takes the place of the earlier', async () => {
    const { store, grants } = kept();
    await grants.keep(grant(), registration(), settings());
    const later = { ...grant({ clientId: 'other' }), obtainedAt: 2_000 };
    await grants.keep(later, registration({ clientId: 'other' }), settings());
    expect((await store.grants()).map(({ key }) => key.clientId)).toEqual(['other']);
  });

  test('are as many as clients the user names; each bridge has its own', async () => {
    const { grants } = kept();
    const named = (clientId: string) => settings({ client: { staticClient: { clientId } } });
    for (const clientId of ['a', 'b']) {
      const client = registration({ clientId, source: 'static' });
      const key = { clientId, settings: grantMark(named(clientId).client) };
      await grants.keep({ ...grant(key), accessToken: clientId }, client, named(clientId));
    }
    expect((await grants.current(named('a')))?.accessToken).toBe('a');
    expect((await grants.current(named('b')))?.accessToken).toBe('b');
    expect(await grants.current(named('c'))).toBeUndefined();
  });

  test('that were renewed after somebody had read them are not renewed again', async () => {
    const { world, store, renewal } = kept();
    await store.putGrant(renewed);
    expect(await renewal.renew(grant(), settings())).toEqual(renewed);
    expect(world.dials).toEqual([]);
  });

  test('that were ended after somebody had read them are not renewed at all', async () => {
    const { world, renewal } = kept();
    expect(await renewal.renew(grant(), settings())).toBeUndefined();
    expect(world.dials).toEqual([]);
  });

  test('that were renewed are not dropped for what was said of the one before', async () => {
    const { store, grants } = kept();
    await store.putGrant(renewed);
    await grants.drop(grant());
    expect(await store.grants()).toEqual([renewed]);
    await grants.drop(renewed);
    expect(await store.grants()).toEqual([]);
  });

  test('without a client they belong to are over', async () => {
    const { store, renewal } = kept();
    await store.putGrant(grant());
    expect(await renewal.renew(grant(), settings())).toBeUndefined();
    expect(await store.grants()).toEqual([]);
  });
});
