import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Grant } from '../../src/oauth/grant.ts';
import { memoryVault } from '../../src/tokens/memory-vault.ts';
import { grant, ISSUER, installation, registration, SERVER } from '../support/installation.ts';

describe('what is put into the store', () => {
  test('is there for the next process once the promise resolves', async () => {
    const { start } = installation();
    const store = start();
    await store.putGrant(grant());
    await store.putRegistration(registration());
    const next = start();
    expect(await next.grants()).toEqual([grant()]);
    expect(await next.registrations(ISSUER)).toEqual([registration()]);
    expect([next.kind, next.persistent, next.unsaved]).toEqual(['keychain', true, false]);
  });

  test('is not readable on disk', async () => {
    const { start, disk } = installation();
    await start().putGrant(grant());
    expect([...disk.keys()]).toEqual(['grants.sealed']);
    const file = Buffer.from(disk.get('grants.sealed') ?? []);
    for (const secret of ['access-token-of-the-test', 'refresh-1', 'mcp.example']) {
      expect(file.includes(secret)).toBe(false);
    }
  });

  test('does not change when the caller changes its copy', async () => {
    const { start } = installation();
    const store = start();
    const mine = grant();
    const put = store.putGrant(mine);
    mine.accessToken = 'changed';
    await put;
    const [theirs] = await store.grants();
    if (theirs) theirs.key.profile = 'changed';
    expect(await store.grants()).toEqual([grant()]);
  });

  test.each(['server', 'resource', 'issuer', 'clientId', 'profile'] as const)(
    'is kept apart from a grant that differs in %s',
    async part => {
      const { start } = installation();
      const store = start();
      await store.putGrant(grant({}, 'mine'));
      await store.putGrant(grant({ [part]: 'another' }, 'other'));
      await store.putGrant(grant({}, 'mine, rotated'));
      expect((await start().grants()).map(each => each.refreshToken).sort()).toEqual([
        'mine, rotated',
        'other',
      ]);
      await store.deleteGrant(grant({ [part]: 'another' }).key);
      expect((await start().grants()).map(each => each.refreshToken)).toEqual(['mine, rotated']);
    },
  );

  test('does not come back where it was to take the place of one that is given up just now', async () => {
    const { start } = installation();
    const store = start();
    await store.putGrant(grant());
    await store.putGrant(grant({}, 'rotated'), { inPlace: true });
    expect((await start().grants()).map(each => each.refreshToken)).toEqual(['rotated']);
    await Promise.all([store.deleteGrant(grant().key), store.putGrant(grant(), { inPlace: true })]);
    expect(await start().grants()).toEqual([]);
  });

  test('is found by server and profile, latest first', async () => {
    const { start } = installation();
    const store = start();
    await store.putGrant({ ...grant({ clientId: 'old' }), obtainedAt: 1 });
    await store.putGrant({ ...grant({ clientId: 'new' }), obtainedAt: 2 });
    await store.putGrant(grant({ profile: 'work' }));
    await store.putGrant(grant({ server: 'https://mcp.example/mcp/other' }));
    const found = await store.findGrants({ server: SERVER, profile: 'default' });
    expect(found.map(each => each.key.clientId)).toEqual(['new', 'old']);
    expect(await store.findGrants({ server: SERVER })).toHaveLength(3);
  });

  test('replaces only the registration with the same issuer and client id', async () => {
    const { start } = installation();
    const store = start();
    await store.putRegistration(registration({ registeredAt: 1 }));
    await store.putRegistration(registration({ clientId: 'second', registeredAt: 2 }));
    await store.putRegistration(registration({ issuer: `${ISSUER}/` }));
    await store.putRegistration(registration({ registeredAt: 3 }));
    expect((await store.registrations(ISSUER)).map(each => [each.clientId, each.registeredAt])).toEqual([
      ['client', 3],
      ['second', 2],
    ]);
    await store.deleteRegistration({ issuer: ISSUER, clientId: 'client' });
    expect((await start().registrations(ISSUER)).map(each => each.clientId)).toEqual(['second']);
    expect(await start().registrations(`${ISSUER}/`)).toHaveLength(1);
  });

  test('survives any order of changes just as memory has it', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('put', 'delete', 'forget'), fc.nat(3), fc.nat(2)), {
          maxLength: 25,
        }),
        async steps => {
          const { start } = installation();
          const store = start();
          const model = new Map<string, Grant>();
          const done = steps.map(([what, server, profile], turn) => {
            const made = grant({ server: `https://${server}`, profile: `${profile}` }, `turn ${turn}`);
            const name = `${server} ${profile}`;
            if (what === 'put') {
              model.delete(name);
              model.set(name, made);
              return store.putGrant(made);
            }
            if (what === 'delete') {
              model.delete(name);
              return store.deleteGrant(made.key);
            }
            for (const each of [...model.keys()]) if (each.startsWith(`${server} `)) model.delete(each);
            return store.forget(made.key.server);
          });
          await Promise.all(done);
          expect(await store.grants()).toEqual([...model.values()]);
          expect(await start().grants()).toEqual([...model.values()]);
        },
      ),
      { numRuns: 60 },
    ));
});

describe('forgetting a server', () => {
  test('takes its grants and the registrations only they used, and gives them back', async () => {
    const { start } = installation();
    const store = start();
    await store.putRegistration(registration());
    await store.putRegistration(registration({ clientId: 'shared' }));
    await store.putGrant(grant());
    await store.putGrant(grant({ clientId: 'shared' }));
    await store.putGrant(grant({ clientId: 'shared', server: 'https://other.example/' }));
    const forgotten = await store.forget(SERVER);
    expect(forgotten.grants).toEqual([grant(), grant({ clientId: 'shared' })]);
    expect(forgotten.registrations).toEqual([registration()]);
    expect((await start().grants()).map(each => each.key.server)).toEqual(['https://other.example/']);
    expect((await start().registrations(ISSUER)).map(each => each.clientId)).toEqual(['shared']);
  });

  test('takes one profile only when it is named', async () => {
    const { start } = installation();
    const store = start();
    await store.putRegistration(registration());
    await store.putGrant(grant());
    await store.putGrant(grant({ profile: 'work' }));
    expect((await store.forget(SERVER, 'work')).registrations).toEqual([]);
    expect((await start().grants()).map(each => each.key.profile)).toEqual(['default']);
    expect(await start().registrations(ISSUER)).toHaveLength(1);
  });

  test('that is not known writes nothing', async () => {
    const { start, trouble } = installation();
    expect(await start().forget(SERVER)).toEqual({ grants: [], registrations: [] });
    expect(trouble.writes).toBe(0);
  });
});

describe('in memory only', () => {
  test('nothing is written, and what another vault sealed is left as it is', async () => {
    const { start, disk, trouble } = installation();
    await start().putGrant(grant());
    const before = [...disk];
    trouble.writes = 0;
    const store = start({ vault: memoryVault() });
    expect([store.kind, store.persistent]).toEqual(['memory', false]);
    expect(await store.grants()).toEqual([]);
    await store.putGrant(grant({ profile: 'work' }));
    await store.putRegistration(registration());
    expect(store.unsaved).toBe(false);
    expect((await store.grants()).map(each => each.key.profile)).toEqual(['work']);
    await store.forget(SERVER);
    expect(trouble.writes).toBe(0);
    expect([...disk]).toEqual(before);
    expect(await start().grants()).toEqual([grant()]);
  });
});
