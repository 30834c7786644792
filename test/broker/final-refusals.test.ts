import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { calm, type Household, household, signedIn, until } from '../support/household.ts';
import { atTheTokenEndpoint } from '../support/token-endpoint.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
/** A token that was used is renewed a minute and a half ahead of its end. */
const UNASKED = HOUR - 90 * SECOND;

/** A refresh token that is dead from now on, and how often that was said. */
function dead(house: Household, error = 'invalid_grant') {
  const said = { times: 0 };
  atTheTokenEndpoint(house, () => {
    said.times++;
    return Response.json({ error, error_description: 'Revoked.' }, { status: 400 });
  });
  return said;
}

const shown = async (house: Household) => (await house.broker.status()).servers[0];

describe('a refresh token that turns out to be dead while nobody asks for anything', () => {
  test('is said once, to each host and by status; no tab opens', async () => {
    const house = household();
    const hosts = [await signedIn(house), house.host()];
    await hosts[1]?.initialize();
    const said = dead(house);
    await house.world.clock.advance(24 * HOUR);
    expect(said.times).toBe(1);
    expect(house.tabs()).toHaveLength(1);
    for (const { log } of hosts) {
      expect(log.filter(text => text.includes('invalid_grant'))).toEqual([
        'https://as.example answered invalid_grant ("Revoked."). The sign-in to mcp.example is over; the next request asks for another.',
      ]);
    }
    expect((await shown(house))?.renewal).toMatchObject({
      tries: 1,
      why: 'https://as.example answered invalid_grant ("Revoked.").',
    });
    expect((await shown(house))?.renewal).not.toHaveProperty('nextAt');
  });

  test('leaves its token in use for as long as that lives', async () => {
    const house = household();
    const host = await signedIn(house);
    const said = dead(house);
    await house.world.clock.advance(UNASKED);
    expect(said.times).toBe(1);
    await house.world.clock.advance(89 * SECOND);
    expect((await host.ask('tools/call')).result).toBeDefined();
    expect(await shown(house)).toMatchObject({ state: 'signed-in', renewable: false });
    expect(said.times).toBe(1);
    expect(house.tabs()).toHaveLength(1);
  });

  test('is a sign-in when a host asks: one, and all is as before after it', async () => {
    const house = household();
    const [host, other] = [await signedIn(house), house.host()];
    await other.initialize();
    dead(house);
    await house.world.clock.advance(2 * HOUR);
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    house.world.mount(house.as.issuer, house.as.handle);
    const calls = [host.ask('tools/call'), other.ask('tools/call')];
    await house.opens(2);
    await house.consent();
    for (const call of calls) expect((await call).result).toBeDefined();
    expect(house.tabs()).toHaveLength(2);
    expect(await shown(house)).not.toHaveProperty('renewal');
  });

  test('opens no tab for a notification stream that is refused', async () => {
    const house = household();
    const streams: ReadableStreamDefaultController[] = [];
    house.mcp.stream = () =>
      new Response(new ReadableStream({ start: controller => void streams.push(controller) }), {
        headers: { 'content-type': 'text/event-stream' },
      });
    await signedIn(house);
    await until('it listens', () => streams.length > 0);
    dead(house);
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    streams[0]?.close();
    await house.world.clock.advance(10 * 60 * SECOND);
    await calm();
    expect(house.mcp.gets.length).toBeGreaterThan(1);
    expect(house.tabs()).toHaveLength(1);
  });
});

describe('a grant without a refresh token', () => {
  test('that is revoked costs two hosts one tab between them, and both go on', async () => {
    const token = (answer: JsonObject) => {
      delete answer.refresh_token;
      return undefined;
    };
    const house = household({ quirks: { token } });
    const [host, other] = [await signedIn(house), house.host()];
    await other.initialize();
    await house.world.clock.advance(60 * SECOND);
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    const calls = [host.ask('tools/call'), other.ask('tools/call')];
    await house.opens(2);
    await house.consent();
    for (const call of calls) expect((await call).result).toBeDefined();
    expect(house.tabs()).toHaveLength(2);
    expect(house.as.registered).toHaveLength(1);
  });
});

describe('a renewal under way when the broker ends', () => {
  test('is waited for, so that what the server rotated is not lost', async () => {
    const house = household();
    const host = await signedIn(house);
    await house.world.clock.advance(2 * HOUR);
    const answer = Promise.withResolvers<void>();
    const { handle } = house.as;
    house.world.mount(house.as.issuer, async (request, dialled) => {
      const response = await handle(request, dialled);
      if (request.url.endsWith('/token')) await answer.promise;
      return response;
    });
    const before = house.as.redeemed.length;
    void host.ask('tools/call');
    await until('it is being renewed', () => house.as.redeemed.length > before);
    await host.leave();
    let closed = false;
    const closing = house.broker.close().then(() => {
      closed = true;
    });
    await calm();
    await house.world.clock.advance(5 * SECOND);
    expect(closed).toBe(false);
    answer.resolve();
    await closing;
    expect((await shown(house))?.expiresAt).toBeGreaterThan(house.world.now());
  });

  test('is waited for no longer than the broker has', async () => {
    const house = household();
    const host = await signedIn(house);
    await house.world.clock.advance(2 * HOUR);
    let isAsked = false;
    atTheTokenEndpoint(house, () => {
      isAsked = true;
      return new Promise<Response>(() => {});
    });
    void host.ask('tools/call');
    await until('it is being renewed', () => isAsked);
    await host.leave();
    const closing = house.broker.close();
    await calm();
    await house.world.clock.advance(6 * SECOND);
    await closing;
  });
});

describe('a renewal that is refused in a way that blames the request', () => {
  const REFUSALS: readonly [string, () => Response][] = [
    [
      'in words nobody has listed',
      () =>
        Response.json(
          { error: 'invalid_request', error_description: 'The session was closed.' },
          { status: 400 },
        ),
    ],
    ['in a word of its own', () => Response.json({ error: 'nope' }, { status: 422 })],
    [
      'by a gate',
      () => new Response('<h1>Forbidden</h1>', { status: 403, headers: { 'content-type': 'text/html' } }),
    ],
    ['as gone', () => new Response('', { status: 410 })],
    ['without a word', () => new Response('', { status: 400 })],
  ];

  test.each(REFUSALS)(
    '%s is a sign-in within half a minute, said with its status or words',
    async (_, refusal) => {
      const house = household();
      const host = await signedIn(house);
      await house.world.clock.advance(2 * HOUR);
      for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
      const said = { times: 0 };
      atTheTokenEndpoint(house, () => {
        said.times++;
        return refusal();
      });
      const first = host.ask('tools/call');
      await house.world.clock.advance(30 * SECOND);
      void first;
      void host.ask('tools/call');
      await house.opens(2);
      expect(said.times).toBeLessThan(30);
    },
  );

  test.each([408, 425, 429, 500, 503])(
    'with status %i is tried again, and nobody is signed out',
    async status => {
      const house = household();
      const host = await signedIn(house);
      await house.world.clock.advance(2 * HOUR);
      for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
      const mend = atTheTokenEndpoint(house, () => new Response('', { status }));
      void host.ask('tools/call');
      await house.world.clock.advance(60 * SECOND);
      expect(house.tabs()).toHaveLength(1);
      mend();
      await house.world.clock.advance(60 * SECOND);
      expect((await host.ask('tools/call')).result).toBeDefined();
      expect(house.tabs()).toHaveLength(1);
    },
  );

  test('for a moment only is forgotten once it goes well', async () => {
    const house = household();
    const host = await signedIn(house);
    await house.world.clock.advance(2 * HOUR);
    for (const secret of house.as.secrets) house.mcp.revoked.add(secret);
    const mend = atTheTokenEndpoint(house, () => new Response('', { status: 404 }));
    void host.ask('tools/call');
    await house.world.clock.advance(5 * SECOND);
    mend();
    await house.world.clock.advance(30 * SECOND);
    expect((await host.ask('tools/call')).result).toBeDefined();
    expect(house.tabs()).toHaveLength(1);
  });
});
