import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Grant } from '../../src/oauth/grant.ts';
import { grant, installation, SERVER } from '../support/installation.ts';

const of = (profile: string, refreshToken = profile, obtainedAt = 1_000): Grant => ({
  ...grant({ profile }, refreshToken),
  obtainedAt,
});
const tokens = async (store: { grants(): Promise<Grant[]> }) =>
  (await store.grants()).map(each => each.refreshToken).sort();

describe('a store whose file somebody else has written', () => {
  test('keeps what the other has kept, with whatever it writes next', async () => {
    const { start } = installation();
    const [one, other] = [start(), start()];
    await one.putGrant(of('a'));
    await other.putGrant(of('b'));
    await one.putGrant(of('c'));
    expect(await tokens(start())).toEqual(['a', 'b', 'c']);
    expect(await tokens(one)).toEqual(['a', 'b', 'c']);
  });

  test('does not put an older token in the place of a newer one', async () => {
    const { start } = installation();
    const one = start();
    await one.putGrant(of('a', 'first'));
    const other = start();
    await other.putGrant(of('a', 'rotated', 2_000));
    await one.putGrant(of('b'));
    expect(await tokens(start())).toEqual(['b', 'rotated']);
    expect(await tokens(one)).toEqual(['b', 'rotated']);
  });

  test('does not bring back what was given up here', async () => {
    const { start } = installation();
    const one = start();
    await one.putGrant(of('a'));
    const other = start();
    await other.putGrant(of('b'));
    await one.forget(SERVER, 'a');
    expect(await tokens(start())).toEqual(['b']);
  });
});

describe('a folder that is removed under a running process', () => {
  test('costs no sign-in that is made elsewhere: what is written has the key the vault has now', async () => {
    const { start, disk, vault, notes } = installation();
    const orphan = start();
    await orphan.putGrant(of('old'));
    // The folder, and with it a key in a file.
    disk.clear();
    await vault.delete('key');
    const next = start();
    await next.putGrant(of('new'));
    await orphan.putGrant(of('old', 'old, renewed'));
    expect(await tokens(start())).toEqual(['new', 'old, renewed']);
    expect(await tokens(next)).toEqual(['new']);
    await next.putGrant(of('newer'));
    expect(await tokens(start())).toEqual(['new', 'newer', 'old, renewed']);
    expect(notes).toEqual([]);
  });

  test('is written again with the same key where nobody has made another', async () => {
    const { start, disk, vault } = installation();
    const store = start();
    await store.putGrant(of('a'));
    const key = await vault.get('key');
    disk.clear();
    await vault.delete('key');
    await store.putGrant(of('b'));
    expect(await vault.get('key')).toEqual(key);
    expect(await tokens(start())).toEqual(['a', 'b']);
  });

  test('what nobody can read any more is set aside, never written over', async () => {
    const { start, disk, vault, notes } = installation();
    const one = start();
    await one.putGrant(of('a'));
    const stranger = installation();
    await stranger.start().putGrant(of('theirs'));
    const theirs = stranger.disk.get('grants.sealed') as Uint8Array;
    disk.set('grants.sealed', theirs);
    await one.putGrant(of('b'));
    expect(await tokens(start())).toEqual(['a', 'b']);
    const aside = [...disk.keys()].filter(name => name.endsWith('.unreadable'));
    expect(aside.map(name => disk.get(name))).toEqual([theirs]);
    expect(notes).toHaveLength(1);
    expect(await vault.get('key')).toBeDefined();
  });
});

test('A store that is alone asks the vault for nothing when it writes again', async () => {
  const { start, trouble } = installation();
  const store = start();
  await store.putGrant(of('a'));
  const before = trouble.vaultCalls;
  for (let round = 0; round < 20; round++) await store.putGrant(of('a', `rotated ${round}`));
  expect(trouble.vaultCalls).toBe(before);
});

test('Whatever two processes write and whoever loses folder or key, no sign-in kept last is lost', async () => {
  const step = fc.record({
    who: fc.nat(1),
    what: fc.constantFrom('put', 'put', 'put', 'remove folder', 'remove key', 'restart'),
    profile: fc.constantFrom('a', 'b', 'c'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
      const { start, disk, vault } = installation();
      const stores = [start(), start()];
      let clock = 1_000;
      const last = new Map<string, string>();
      for (const { who, what, profile } of steps) {
        if (what === 'put') {
          const token = `${profile} ${clock}`;
          await (stores[who] as (typeof stores)[0]).putGrant(of(profile, token, clock++));
          last.set(profile, token);
        } else if (what === 'restart') stores[who] = start();
        else if (what === 'remove key') {
          await vault.delete('key');
          disk.clear();
          last.clear();
        } else {
          disk.clear();
          last.clear();
        }
      }
      const kept = new Map((await start().grants()).map(each => [each.key.profile, each.refreshToken]));
      for (const [profile, token] of last) expect(kept.get(profile)).toBe(token);
    }),
    { numRuns: 300, seed: 20_260_101 },
  );
});
