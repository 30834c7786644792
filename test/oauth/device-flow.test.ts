import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { type Stage, stage } from '../support/flow.ts';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const metadata = { device_authorization_endpoint: 'https://as.example/device_authorization' };

/** A sign-in with a device code, as far as its link. */
async function begun(setting: Stage = {}) {
  const staged = await stage({
    ...setting,
    options: { grant: 'device-code', ...setting.options },
    quirks: { ...setting.quirks, metadata: { ...metadata, ...setting.quirks?.metadata } },
  });
  const flow = staged.begin();
  const { server, world } = staged;
  const polls = () =>
    server.redeemed.filter(({ parameters }) => parameters.get('grant_type') === DEVICE).length;
  return { ...staged, flow, polls, clock: world.clock };
}

async function linked(setting: Stage = {}) {
  const all = await begun(setting);
  await all.flow.next();
  const step = (await all.flow.next()).value;
  if (!step || !('step' in step) || step.step !== 'authorize') throw new Error('There is no link.');
  // The next step, and then the end.
  const rest = all.flow.next().then(async next => {
    expect(next.value).toMatchObject({ step: 'arrived' });
    const end = await all.flow.next();
    if (!end.done) throw new Error('There is another step.');
    return end.value;
  });
  rest.catch(() => {});
  await all.clock.settle();
  return { ...all, step, rest };
}

const device = (change: JsonObject) => ({
  device: (answer: JsonObject) => {
    Object.assign(answer, change);
    return undefined;
  },
});

describe('a sign-in with a device code', () => {
  test('asks for a code, shows it, asks now and then, and ends in a grant', async () => {
    const { step, rest, clock, server, polls, world, registrations } = await linked();
    expect(step).toMatchObject({ userCode: 'WDJB-MJH1', state: '', scope: [] });
    expect(step.url.href).toBe('https://as.example/device');
    expect(Object.fromEntries(server.devices[0] ?? [])).toEqual({
      client_id: 'client-1',
      resource: 'https://mcp.example/mcp',
    });
    expect(server.registered[0]).toMatchObject({
      grant_types: [DEVICE, 'refresh_token'],
      response_types: [],
      token_endpoint_auth_method: 'none',
    });
    expect(server.registered[0]).not.toHaveProperty('redirect_uris');
    await clock.advance(4_900);
    expect(polls()).toBe(0);
    await clock.advance(100);
    expect(polls()).toBe(1);
    await clock.advance(5_000);
    expect(polls()).toBe(2);
    server.entered();
    await clock.advance(5_000);
    const { grant, registration } = await rest;
    expect(grant).toMatchObject({
      accessToken: expect.stringMatching(/^access-token/),
      refreshToken: expect.stringMatching(/^refresh-token/),
      key: { resource: 'https://mcp.example/mcp', clientId: 'client-1' },
    });
    expect(polls()).toBe(3);
    expect(Object.fromEntries(server.redeemed[0]?.parameters ?? [])).toEqual({
      grant_type: DEVICE,
      device_code: expect.stringMatching(/^device-code/),
      client_id: 'client-1',
      resource: 'https://mcp.example/mcp',
    });
    expect(registrations.kept).toEqual([registration]);
    expect([server.authorized, world.opened]).toEqual([[], []]);
  });

  test('asks for scope, and for what the user adds; a second one goes on with the client there is', async () => {
    const setting = { challenge: 'scope="a b"', options: { authorizeParams: { audience: 'api' } } };
    const { server, begin } = await linked(setting);
    expect(Object.fromEntries(server.devices[0] ?? [])).toMatchObject({ scope: 'a b', audience: 'api' });
    const again = begin();
    await again.next();
    await again.next();
    expect(server.registered).toHaveLength(1);
    expect(server.devices).toHaveLength(2);
  });

  test('does not go on with a client that was registered for a browser', async () => {
    const { begin, server, registrations } = await begun();
    const plain = await stage({});
    await plain.walk();
    registrations.kept.push(...plain.registrations.kept);
    const flow = begin();
    await flow.next();
    expect(server.registered).toHaveLength(1);
  });

  test('registers a place to come back to where the server insists on one', async () => {
    const { server } = await linked({
      quirks: {
        register: (_answer, asked) =>
          'redirect_uris' in asked
            ? undefined
            : Response.json({ error: 'invalid_redirect_uri' }, { status: 400 }),
      },
    });
    expect(server.registered.at(-1)).toMatchObject({
      grant_types: [DEVICE, 'refresh_token', 'authorization_code'],
      response_types: ['code'],
      redirect_uris: ['http://127.0.0.1/callback'],
    });
  });

  test('shows the link with the code in it where there is one, and the code all the same', async () => {
    const complete = 'https://as.example/device?user_code=WDJB-MJH1';
    const { step } = await linked({ quirks: device({ verification_uri_complete: complete }) });
    expect([step.url.href, step.userCode]).toEqual([complete, 'WDJB-MJH1']);
  });

  test('keeps the pace the server names, and slows down when it is told to', async () => {
    const { clock, polls, server } = await linked({ quirks: device({ interval: 7 }) });
    await clock.advance(6_900);
    expect(polls()).toBe(0);
    server.entered('slow_down');
    await clock.advance(100);
    expect(polls()).toBe(1);
    await clock.advance(11_900);
    expect(polls()).toBe(1);
    await clock.advance(100);
    expect(polls()).toBe(2);
    server.entered('authorization_pending');
    await clock.advance(17_000);
    expect(polls()).toBe(3);
    // The longer pause stays.
    await clock.advance(16_900);
    expect(polls()).toBe(3);
  });

  test.each([
    [0, 1_000],
    ['8', 8_000],
    [-3, 5_000],
    ['soon', 5_000],
    [1e9, 300_000],
  ])('an interval of %j makes a pause of %d ms', async (interval, pause) => {
    const { clock, polls } = await linked({ quirks: device({ interval }) });
    await clock.advance(pause - 1);
    expect(polls()).toBe(0);
    await clock.advance(1);
    expect(polls()).toBe(1);
  });

  test('is over when the code is, which is said so that another can be asked for', async () => {
    const { clock, rest, polls } = await linked({ quirks: device({ expires_in: 12 }) });
    await clock.advance(12_000);
    await expect(rest).rejects.toMatchObject({
      code: 'sign-in.expired',
      message: 'Nobody entered the code for mcp.example in time.',
      remedy: 'Ask again for a new one.',
    });
    expect(polls()).toBe(2);
    await clock.advance(60_000);
    expect(polls()).toBe(2);
  });

  test.each([
    ['expired_token', 'sign-in.expired'],
    ['access_denied', 'sign-in.denied'],
    ['invalid_grant', 'sign-in.failed'],
    ['invalid_scope', 'sign-in.scope'],
    ['invalid_client', 'registration.stale'],
    ['unsupported_grant_type', 'sign-in.device-unsupported'],
    ['something_else', 'token.refused'],
  ])('ends with %s as %s', async (error, code) => {
    const { clock, rest, server, polls } = await linked();
    server.entered(error);
    await clock.advance(5_000);
    await expect(rest).rejects.toMatchObject({ code });
    await clock.advance(60_000);
    expect(polls()).toBe(1);
  });

  test('asks a server that is out less and less often, and goes on when it is back', async () => {
    const { clock, rest, server, polls } = await linked();
    server.entered('temporarily_unavailable');
    await clock.advance(5_000);
    expect(polls()).toBe(1);
    await clock.advance(9_000);
    expect(polls()).toBe(1);
    server.entered('authorization_pending');
    await clock.advance(1_000);
    expect(polls()).toBe(2);
    server.entered();
    await clock.advance(10_000);
    expect((await rest).grant.accessToken).toMatch(/^access-token/);
  });

  test('ends at once when it is given up, also between two questions', async () => {
    const { abort, rest, clock, polls } = await linked();
    abort.abort(new Error('given up'));
    await expect(rest).rejects.toThrow('given up');
    await clock.advance(60_000);
    expect(polls()).toBe(0);
  });

  test('needs a server that offers it, which is said before anything is registered', async () => {
    const { flow, server } = await begun({
      quirks: { metadata: { device_authorization_endpoint: undefined } },
    });
    await expect(flow.next()).rejects.toMatchObject({
      code: 'sign-in.device-unsupported',
      remedy: expect.stringContaining('--device-code'),
    });
    expect(server.registered).toEqual([]);
  });

  test('needs neither PKCE nor a place to come back to', async () => {
    const { order } = await linked({
      quirks: { metadata: { code_challenge_methods_supported: undefined } },
    });
    expect(order).toEqual([]);
  });
});

describe('what a server says of the code', () => {
  test.each<[string, JsonObject]>([
    ['an address of another kind', { verification_uri: 'javascript:alert(1)' }],
    ['a file', { verification_uri: 'file:///etc/passwd' }],
    ['a name and password', { verification_uri: 'https://as.example@evil.example/' }],
    ['no address', { verification_uri: 'as.example/device' }],
    ['an address without end', { verification_uri: `https://as.example/${'x'.repeat(3_000)}` }],
    ['a code with a line break', { user_code: 'AB\nCD' }],
    ['a code that turns the text around', { user_code: 'AB\u202eCD' }],
    ['a code of a page', { user_code: 'A'.repeat(65) }],
    ['an empty code', { user_code: ' ' }],
  ])('ends the sign-in where it is %s', async (_what, change) => {
    const { flow } = await begun({ quirks: device(change) });
    await flow.next();
    const fault = await flow.next().catch(error => error);
    expect(fault).toMatchObject({ code: 'sign-in.failed', remedy: expect.any(String) });
    expect(fault.sentence).not.toMatch(/javascript|etc|evil|xxx|AB|AAA/);
  });

  test('is passed over where only the link with the code in it is wrong', async () => {
    const { step } = await linked({ quirks: device({ verification_uri_complete: 'javascript:alert(1)' }) });
    expect(step.url.href).toBe('https://as.example/device');
  });

  test.each<[string, JsonObject, number]>([
    [
      'Google calls the address by',
      { verification_uri: null, verification_url: 'https://as.example/device' },
      900,
    ],
    ['leaves out how long', { expires_in: null }, 1_800],
    ['is a text', { expires_in: '60' }, 60],
    ['is longer than a day', { expires_in: 1e10 }, 86_400],
  ])('is understood where it %s', async (_what, change, seconds) => {
    const answer = { interval: 300, ...change };
    const quirks = {
      device: (body: JsonObject) => {
        Object.assign(body, answer);
        for (const [name, value] of Object.entries(answer)) if (value === null) delete body[name];
        return undefined;
      },
    };
    const { step, clock, rest } = await linked({ quirks });
    expect(step.url.href).toBe('https://as.example/device');
    await clock.advance(seconds * 1000 - 1);
    const early = await Promise.race([rest.catch(() => 'over'), clock.settle().then(() => 'pending')]);
    expect(early).toBe('pending');
    await clock.advance(1);
    await expect(rest).rejects.toMatchObject({ code: 'sign-in.expired' });
  });

  test('is a secret of the trace as far as it is one', async () => {
    const { span, server } = await linked();
    const texts = JSON.stringify(span.notes);
    for (const secret of server.secrets) expect(texts).not.toContain(secret);
  });

  test.each([
    [400, { error: 'invalid_scope' }, 'sign-in.scope'],
    [400, { error: 'unauthorized_client' }, 'sign-in.device-unsupported'],
    [401, { error: 'invalid_client' }, 'registration.stale'],
    [503, { error: 'temporarily_unavailable' }, 'token.unavailable'],
    [404, { detail: 'nothing here' }, 'token.unavailable'],
    [200, { user_code: 'AB' }, 'token.refused'],
  ])('with status %d and %j is %s', async (status, body, code) => {
    const { flow } = await begun({ quirks: { device: () => Response.json(body, { status }) } });
    await flow.next();
    await expect(flow.next()).rejects.toMatchObject({ code });
  });
});
