import { describe, expect, test } from 'vitest';
import { Backoff, UNASKED } from '../../src/bridge/backoff.ts';
import { isShortLived, pauseOf } from '../../src/tokens/fresh.ts';
import { calm, household, signedIn } from '../support/household.ts';
import { grant } from '../support/installation.ts';
import { refreshes } from '../support/token-endpoint.ts';

const SECOND = 1_000;

/** A server whose tokens live so many seconds. */
const living = (seconds: number) =>
  household({
    quirks: {
      token: answer => {
        answer.expires_in = seconds;
        return undefined;
      },
    },
  });

describe('tokens that live for a moment', () => {
  test.each([0.001, 1, 10, 59])('%s seconds, are not renewed while nobody asks', async life => {
    const house = living(life);
    await signedIn(house);
    const before = refreshes(house);
    await house.world.clock.advance(600 * SECOND);
    expect(refreshes(house)).toBe(before);
  });

  test.each([0.001, 1])(
    '%s seconds, are renewed for whoever asks, once in ten seconds at most, and used meanwhile',
    async life => {
      const house = living(life);
      const host = await signedIn(house);
      const before = refreshes(house);
      for (let second = 0; second < 60; second++) {
        expect((await host.ask('tools/list')).result).toBeDefined();
        await house.world.clock.advance(SECOND);
      }
      expect(refreshes(house) - before).toBeLessThanOrEqual(7);
      expect(refreshes(house)).toBeGreaterThan(before);
    },
  );

  test('and are refused: whoever asks waits for the next one, told why, and no call is lost', async () => {
    const house = living(1);
    const host = await signedIn(house);
    await house.world.clock.advance(2 * SECOND);
    await host.ask('tools/list');
    const before = refreshes(house);
    house.mcp.revoked.add(house.mcp.received.at(-1)?.token ?? '');
    const call = host.ask('tools/list');
    await calm();
    expect(refreshes(house)).toBe(before);
    expect(host.log.join('\n')).toContain('https://as.example issues tokens that live 1 s');
    await house.world.clock.advance(10 * SECOND);
    expect((await call).result).toBeDefined();
    expect(refreshes(house)).toBe(before + 1);
  });

  test('a minute or longer are renewed ahead, as ever', () => {
    expect(isShortLived({ ...grant(), obtainedAt: 0, expiresAt: 60_000 })).toBe(false);
    expect(pauseOf({ ...grant(), obtainedAt: 0, expiresAt: 60_000 }, 0, 1)).toBe(0);
    expect(pauseOf({ ...grant(), obtainedAt: 0, expiresAt: 1 }, 5_000, 4_000)).toBe(0);
  });
});

test.each([0, 1, 100, 999])(
  'a stream nobody asked for, with retry: %s, is opened once a second at most',
  retry => {
    const backoff = new Backoff({ random: bytes => new Uint8Array(bytes) });
    for (let round = 0; round < 5; round++) {
      expect(backoff.next(retry, UNASKED)).toBeGreaterThanOrEqual(1_000);
      backoff.succeeded();
    }
  },
);
