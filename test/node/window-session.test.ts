import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Meeting, proofOf } from '../../src/api/window-proof.ts';
import { WindowSessions } from '../../src/node/window-session.ts';

const secret = randomBytes(32);
const DAY = 24 * 60 * 60_000;

/** Sessions with a clock turned by hand. */
function sessions(of = secret) {
  const clock = { now: 1_000_000 };
  return { clock, sessions: new WindowSessions(of, () => clock.now) };
}

const MEETING: Meeting = { window: 'w'.repeat(43), core: 'c'.repeat(43), host: '127.0.0.1:4711' };

/** Whether a page with this cookie and key is let in. */
async function matches(each: WindowSessions, cookie: string, key: string, there = MEETING): Promise<boolean> {
  return each.isProved(cookie, MEETING, await proofOf(key, 'window', there));
}

function redeemed(each: WindowSessions) {
  const session = each.redeem(each.ticket(), 'unknown');
  if (!session) throw new Error('A new ticket was refused.');
  return session;
}

describe('a ticket', () => {
  test('is good once, within a minute', () => {
    const { clock, sessions: ours } = sessions();
    const [one, other] = [ours.ticket(), ours.ticket()];
    expect(ours.redeem(one, 'unknown')).toBeDefined();
    expect(ours.redeem(one, 'unknown')).toBeUndefined();
    clock.now += 60_001;
    expect(ours.redeem(other, 'unknown')).toBeUndefined();
    expect(ours.redeem('', 'unknown')).toBeUndefined();
  });

  test('of another process is worth nothing, and there are never many', () => {
    const { sessions: ours } = sessions();
    const { sessions: theirs } = sessions();
    expect(ours.redeem(theirs.ticket(), 'unknown')).toBeUndefined();
    const first = ours.ticket();
    for (let count = 0; count < 50; count++) ours.ticket();
    expect(ours.redeem(first, 'unknown')).toBeUndefined();
  });
});

describe('a ticket for an argument list', () => {
  test('is good for a connection known to be the user’s own, and stays so when others have tried', () => {
    const { sessions: ours } = sessions();
    const ticket = ours.ticket({ ownOnly: true });
    expect(ours.redeem(ticket, 'other')).toBeUndefined();
    expect(ours.redeem(ticket, 'unknown')).toBeUndefined();
    expect(ours.redeem(ticket, 'own')).toBeDefined();
    expect(ours.redeem(ticket, 'own')).toBeUndefined();
  });

  test('that is not for one is good wherever nobody is known to be a stranger', () => {
    const { sessions: ours } = sessions();
    const ticket = ours.ticket();
    expect(ours.redeem(ticket, 'other')).toBeUndefined();
    expect(ours.redeem(ticket, 'unknown')).toBeDefined();
  });
});

describe('a session', () => {
  test('counts in the next process of the installation, for a week, and in no other installation', async () => {
    const { sessions: ours } = sessions();
    const { cookie, key } = redeemed(ours);
    const next = sessions();
    expect([next.sessions.known([cookie]).length > 0, await matches(next.sessions, cookie, key)]).toEqual([
      true,
      true,
    ]);
    next.clock.now += 7 * DAY + 1;
    expect([next.sessions.known([cookie]).length > 0, await matches(next.sessions, cookie, key)]).toEqual([
      false,
      false,
    ]);
    expect(sessions(randomBytes(32)).sessions.known([cookie])).toEqual([]);
  });

  test('is nothing without its own key, and nothing when a sign of it is changed', async () => {
    const { sessions: ours } = sessions();
    const one = redeemed(ours);
    const other = redeemed(ours);
    expect(await matches(ours, one.cookie, other.key)).toBe(false);
    expect(await matches(ours, one.cookie, 'none')).toBe(false);
    // What was proved to whoever listens at another port is worth nothing at this one.
    const elsewhere = { ...MEETING, host: '127.0.0.1:4712' };
    expect(await matches(ours, one.cookie, one.key, elsewhere)).toBe(false);
    expect(await matches(ours, one.cookie, one.key)).toBe(true);
    const [name, , mark] = one.cookie.split('.');
    const later = (2_000_000).toString(36);
    for (const forged of ['', 'a.b.c', `${name}.${later}.${mark}`, `${one.cookie}.x`, one.key]) {
      expect(ours.known([forged])).toEqual([]);
    }
  });
});
