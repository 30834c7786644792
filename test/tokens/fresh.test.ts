import { describe, expect, test } from 'vitest';
import type { Grant } from '../../src/oauth/grant.ts';
import { isAlive, isStale, OneAtATime, unaskedAt } from '../../src/tokens/fresh.ts';
import { grant } from '../support/installation.ts';

/** A grant obtained at time 0 whose token lives so many milliseconds. */
const living = (life: number): Grant => ({ ...grant(), obtainedAt: 0, expiresAt: life });
const { expiresAt: _, ...endless } = grant();

describe('a token', () => {
  test.each<[string, number, number]>([
    ['an hour', 3_600_000, 3_540_000],
    ['ten minutes', 600_000, 540_000],
    ['five minutes', 300_000, 240_000],
    ['a minute', 60_000, 48_000],
    ['two seconds', 2_000, 1_600],
    ['nothing', 0, 0],
  ])('that lives %s is renewed a minute ahead of its end, or a fifth of its life', (_what, life, from) => {
    expect(isStale(living(life), from - 1)).toBe(false);
    expect(isStale(living(life), from)).toBe(true);
    expect(isStale(living(life), life + 1)).toBe(true);
  });

  test('is renewed in the background a little before that, so that nobody waits', () => {
    expect(unaskedAt(living(3_600_000))).toBe(3_600_000 - 90_000);
    expect(unaskedAt(living(2_000))).toBe(1_400);
    expect(unaskedAt(endless)).toBeUndefined();
  });

  test('may still be used until its end, and not at it', () => {
    expect(isAlive(living(2_000), 1_999)).toBe(true);
    expect(isAlive(living(2_000), 2_000)).toBe(false);
  });

  test('of which nobody said how long it lives is used until it is refused', () => {
    const late = Number.MAX_SAFE_INTEGER;
    expect([isStale(endless, late), isAlive(endless, late)]).toEqual([false, true]);
  });

  test('that ended before it was obtained, by a clock put back, is over', () => {
    const odd = { ...living(1_000), obtainedAt: 5_000 };
    expect([isStale(odd, 1_000), isAlive(odd, 1_000)]).toEqual([true, false]);
    expect(isStale(odd, 999)).toBe(false);
  });
});

describe('a renewal, however many ask for it at once', () => {
  test('is made once, and all get its outcome', async () => {
    const renewals = new OneAtATime<number>();
    let made = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const work = async () => {
      await promise;
      return ++made;
    };
    const asked = Array.from({ length: 50 }, () => renewals.run('grant', work));
    resolve();
    expect(new Set(await Promise.all(asked))).toEqual(new Set([1]));
  });

  test('is made anew once the one before it is over', async () => {
    const renewals = new OneAtATime<number>();
    let made = 0;
    const work = async () => ++made;
    expect(await renewals.run('grant', work)).toBe(1);
    expect(await renewals.run('grant', work)).toBe(2);
  });

  test('that fails fails for all, and the next is made anew', async () => {
    const renewals = new OneAtATime<string>();
    const work = async () => {
      throw new Error('The server is out.');
    };
    const asked = [renewals.run('grant', work), renewals.run('grant', work)];
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(each => each.status)).toEqual(['rejected', 'rejected']);
    expect(await renewals.run('grant', async () => 'renewed')).toBe('renewed');
  });

  test('that fails before it began does not block the next', async () => {
    const renewals = new OneAtATime<string>();
    const work = () => {
      throw new Error('At once.');
    };
    await expect((async () => renewals.run('grant', work))()).rejects.toThrow('At once.');
    expect(await renewals.run('grant', async () => 'renewed')).toBe('renewed');
  });

  test('does not wait for that of another grant', async () => {
    const renewals = new OneAtATime<string>();
    const { promise, resolve } = Promise.withResolvers<string>();
    const slow = renewals.run('slow', () => promise);
    expect(await renewals.run('quick', async () => 'quick')).toBe('quick');
    resolve('slow');
    expect(await slow).toBe('slow');
  });
});
