import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { toText } from '../../src/trace/line.ts';
import {
  calm,
  faultIn,
  type Household,
  household,
  settings,
  signedIn,
  thrown,
  until,
} from '../support/household.ts';
import { atTheTokenEndpoint, refreshes } from '../support/token-endpoint.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const out = () => new Response('<html>Service Unavailable</html>', { status: 503 });

/** A host whose token has ended: it was renewed once, and then nobody did anything. */
async function ended(house: Household) {
  const host = await signedIn(house);
  await house.world.clock.advance(2 * HOUR);
  expect(refreshes(house)).toBe(1);
  return host;
}

const shown = async (house: Household) => (await house.broker.status()).servers[0];

/** Counts what the token endpoint is asked while it is out. */
function outage(house: Household, answer: () => Response | Promise<Response> = out) {
  const at: number[] = [];
  const mend = atTheTokenEndpoint(house, () => {
    at.push(house.world.now());
    return answer();
  });
  return { at, mend };
}

describe('an authorization server that is out for ten seconds', () => {
  test.each<[string, () => Response | Promise<Response>]>([
    ['503', out],
    ['429', () => new Response('', { status: 429 })],
    ['a broken connection', () => Promise.reject(new Error('reset'))],
    ['a page of a gateway', () => new Response('<html>Hold on</html>', { status: 200 })],
    ['half a JSON text', () => new Response('{"access', { headers: { 'content-type': 'application/json' } })],
    ['temporarily_unavailable', () => Response.json({ error: 'temporarily_unavailable' }, { status: 400 })],
  ])('(%s) costs a call nothing but the time', async (_what, answer) => {
    const house = household();
    const host = await ended(house);
    const { at, mend } = outage(house, answer);
    const call = host.ask('tools/call');
    await until('it is asked', () => at.length > 0);
    await house.world.clock.advance(10 * SECOND);
    // A connection that breaks is tried twice the first time.
    expect(at.length).toBeLessThanOrEqual(2 * 8);
    mend();
    await house.world.clock.advance(10 * SECOND);
    expect((await call).result).toBeDefined();
    expect(refreshes(house)).toBe(2);
    expect(house.tabs()).toHaveLength(1);
    expect(await shown(house)).not.toHaveProperty('renewal');
  });

  test('is waited for by all hosts together: one request at a time, whoever asks', async () => {
    const house = household();
    const hosts = [await ended(house), house.host(), house.host()];
    const { at, mend } = outage(house);
    const starts = hosts.slice(1).map(host => host.initialize());
    const calls = hosts.flatMap(host => [1, 2].map(() => host.ask('tools/call')));
    await until('it is asked', () => at.length > 0);
    await house.world.clock.advance(10 * SECOND);
    expect(at.length).toBeLessThanOrEqual(8);
    mend();
    await house.world.clock.advance(10 * SECOND);
    for (const answer of [...starts, ...calls]) expect((await answer).result).toBeDefined();
    expect(refreshes(house)).toBe(2);
  });

  test('does not keep a host that starts from its answer to initialize', async () => {
    const house = household();
    await (await ended(house)).leave();
    const { at, mend } = outage(house);
    const host = house.host();
    const initialized = host.initialize();
    await until('it is asked', () => at.length > 0);
    await calm();
    expect((await initialized).result?.serverInfo).toMatchObject({ name: 'in memory' });
    expect(host.log.join()).toContain('did not answer a token request (status 503)');
    const list = host.ask('tools/list');
    await house.world.clock.advance(10 * SECOND);
    mend();
    await house.world.clock.advance(10 * SECOND);
    expect((await list).result).toBeDefined();
    expect(host.told()).toContain('notifications/tools/list_changed');
  });
});

test('a token endpoint that does not answer keeps nobody from an answer to initialize, and is what is told', async () => {
  const house = household();
  await (await ended(house)).leave();
  const { at, mend } = outage(house, () => new Promise<Response>(() => {}));
  const host = house.host();
  const initialized = host.initialize();
  await until('it is asked', () => at.length > 0);
  await house.world.clock.advance(3 * SECOND);
  expect((await initialized).result?.serverInfo).toMatchObject({ name: 'in memory' });
  const list = host.ask('tools/list');
  await house.world.clock.advance(45 * SECOND);
  expect(faultIn(await list)).toMatchObject({
    code: 'token.unavailable',
    message: 'https://as.example has not answered a token request yet.',
  });
  mend();
});

describe('an authorization server that stays out', () => {
  test('for a day is waited for no longer by a host that starts, which is told why', async () => {
    const house = household();
    await (await ended(house)).leave();
    const { at } = outage(house);
    const host = house.host();
    expect((await host.initialize()).result).toBeDefined();
    await until('it is asked', () => at.length > 0);
    expect(host.trouble).toEqual([]);
    await house.world.clock.advance(25 * HOUR);
    await until('it is told', () => host.trouble.length > 0);
    expect(host.trouble[0]).toMatchObject({ code: 'token.unavailable' });
    expect(host.trouble[0]?.remedy).toContain('sign in again');
  });

  test('is what a call is told of in time: what it does, for how long, and when it is tried again', async () => {
    const house = household();
    const host = await ended(house);
    const { at } = outage(house);
    const began = house.world.now();
    const call = host.ask('tools/call');
    await until('it is asked', () => at.length > 0);
    await house.world.clock.advance(15 * SECOND);
    const fault = faultIn(await call);
    expect(fault?.code).toBe('token.unavailable');
    expect(fault?.message).toMatch(
      /^https:\/\/as\.example did not answer a token request \(status 503\)\. It has been so for \d+ s\.$/,
    );
    expect(fault?.remedy).toMatch(/^It is tried again by itself in \d+ s; ask again then\.$/);
    expect(fault?.data?.since).toBe(String(began));
    await house.world.clock.advance(10 * MINUTE);
    // Further apart than a call is kept waiting: it is answered at once.
    const later = faultIn(await host.ask('tools/call'));
    expect(later?.message).toContain('It has been so for 10 min.');
    expect(Number(later?.data?.nextTryAt)).toBeGreaterThan(house.world.now());
  });

  test('is tried further and further apart, every five minutes at last, and for a day', async () => {
    const house = household();
    const host = await ended(house);
    const { at } = outage(house);
    void host.ask('tools/call');
    await until('it is asked', () => at.length > 0);
    await house.world.clock.advance(48 * HOUR);
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    for (const [index, pause] of pauses.entries()) {
      const lasted = (at[index] ?? 0) - (at[0] ?? 0);
      const least = Math.min(Math.max(SECOND, lasted / 3), 5 * MINUTE);
      expect(pause).toBeGreaterThanOrEqual(Math.floor(least));
      expect(pause).toBeLessThanOrEqual(least * 1.2 + 1);
    }
    expect(at.length).toBeLessThan(350);
    // By chance a little later each, so that many machines do not come at once.
    expect(new Set(pauses.slice(-100)).size).toBeGreaterThan(20);
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThan(23 * HOUR);
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeLessThanOrEqual(24 * HOUR + 6 * MINUTE);
    expect((await shown(house))?.state).toBe('signed-in');
    expect(house.tabs()).toHaveLength(1);
  });

  test('for more than a day is tried when a host asks, and all is well once it is back', async () => {
    const house = household();
    const host = await ended(house);
    const { at, mend } = outage(house);
    void host.ask('tools/call');
    await until('it is asked', () => at.length > 0);
    await house.world.clock.advance(48 * HOUR);
    const before = at.length;
    expect(faultIn(await host.ask('tools/call'))).toMatchObject({
      code: 'token.unavailable',
      remedy: 'It has been tried for a day; sign in again with keybridge login.',
    });
    expect(at).toHaveLength(before + 1);
    expect((await shown(house))?.renewal).not.toHaveProperty('nextAt');
    mend();
    await house.world.clock.advance(6 * MINUTE);
    expect((await host.ask('tools/call')).result).toBeDefined();
  });

  test('is left alone when no host is connected', async () => {
    const house = household();
    const host = await ended(house);
    const { at } = outage(house);
    void host.ask('tools/call');
    await until('it is asked', () => at.length > 0);
    await host.leave();
    await house.world.clock.advance(HOUR);
    expect(at).toHaveLength(1);
  });

  test.each([
    ['seconds', () => '120'],
    ['a date', (now: number) => new Date(now + 120 * SECOND).toUTCString()],
  ])('and says for how long (Retry-After, %s) is left alone for that long', async (_what, field) => {
    const house = household();
    const host = await ended(house);
    const { at } = outage(house, () =>
      Response.json({}, { status: 429, headers: { 'retry-after': field(house.world.now()) } }),
    );
    const call = host.ask('tools/call');
    await until('it is asked', () => at.length > 0);
    await calm();
    // Nobody is kept waiting for what is known to come too late.
    expect(faultIn(await call)?.remedy).toMatch(/tried again by itself in 1[23]\d s|in 2 min/);
    await house.world.clock.advance(119 * SECOND);
    expect(at).toHaveLength(1);
    await house.world.clock.advance(30 * SECOND);
    expect(at).toHaveLength(2);
  });

  test('and asks for a week is asked again within the hour', async () => {
    const house = household();
    const host = await ended(house);
    const { at } = outage(
      house,
      () => new Response('', { status: 503, headers: { 'retry-after': '604800' } }),
    );
    void host.ask('tools/call');
    await until('it is asked', () => at.length > 0);
    await house.world.clock.advance(73 * MINUTE);
    expect(at).toHaveLength(2);
  });

  test('is shown by status and in the trace, without a secret', async () => {
    const house = household();
    const host = await ended(house);
    const { at } = outage(house);
    const began = house.world.now();
    void host.ask('tools/call');
    await until('it is asked', () => at.length > 0);
    await house.world.clock.advance(5 * SECOND);
    const status = await shown(house);
    expect(status).toMatchObject({
      state: 'signed-in',
      renewal: {
        since: began,
        tries: at.length,
        why: 'https://as.example did not answer a token request (status 503).',
      },
    });
    expect(status?.renewal?.nextAt).toBeGreaterThan(house.world.now());
    const text = house.broker.recorded
      .since()
      .map(event => toText(event))
      .join('\n');
    expect(text).toContain('It is tried again by itself in');
    for (const secret of house.as.secrets) expect(JSON.stringify(status) + text).not.toContain(secret);
  });

  test('is tried at once for somebody who signs in by a login, and only once', async () => {
    const house = household();
    const host = await ended(house);
    const { at, mend } = outage(house);
    void host.ask('tools/call');
    await until('it is asked', () => at.length > 0);
    await house.world.clock.advance(10 * MINUTE);
    const before = at.length;
    const login = house.broker.login(settings())[Symbol.asyncIterator]();
    expect(await thrown(Promise.resolve(login.next()))).toMatchObject({ code: 'token.unavailable' });
    expect(at).toHaveLength(before + 1);
    mend();
    const again = house.broker.login(settings())[Symbol.asyncIterator]();
    expect(await again.next()).toMatchObject({ value: { kind: 'signed-in' } });
    expect((await host.ask('tools/call')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });

  test('is tried at once after the clock was put back, and not when that time comes again', async () => {
    const house = household();
    const host = await ended(house);
    const { at, mend } = outage(house);
    const call = host.ask('tools/call');
    await until('it is asked', () => at.length > 0);
    await house.world.clock.advance(10 * MINUTE);
    expect((await call).error).toBeDefined();
    mend();
    const { now } = house.world;
    house.world.now = () => now() - 9 * MINUTE;
    expect((await host.ask('tools/call')).result).toBeDefined();
  });
});

describe('a renewal whose answer is lost', () => {
  test('is asked for again at once with the same refresh token, and nobody notices', async () => {
    const house = household();
    const host = await ended(house);
    const sent: (string | null)[] = [];
    const { handle } = house.as;
    house.world.mount(house.as.issuer, async (request, dialled) => {
      if (!request.url.endsWith('/token')) return handle(request, dialled);
      sent.push(new URLSearchParams(await request.clone().text()).get('refresh_token'));
      if (sent.length === 1) throw new Fault('net.failed', 'as.example closed the connection.');
      return handle(request, dialled);
    });
    expect((await host.ask('tools/call')).result).toBeDefined();
    expect(sent).toHaveLength(2);
    expect(sent[1]).toBe(sent[0]);
    expect(house.tabs()).toHaveLength(1);
  });
});
