import { describe, expect, test } from 'vitest';
import type { Fault } from '../../src/base/fault.ts';
import type { Quirks } from '../support/authorization-server.ts';
import { type Stage, stage } from '../support/flow.ts';

/** Walks a sign-in whose browser comes back with these parameters (`null` takes one out). */
async function back(parameters: Record<string, string | null>, more: Stage = {}) {
  const staged = await stage({
    ...more,
    quirks: {
      ...more.quirks,
      callback: said => {
        for (const [name, value] of Object.entries(parameters)) {
          if (value === null) said.delete(name);
          else said.set(name, value);
        }
      },
    },
  });
  const { page, outcome } = await staged.walk();
  return { ...staged, page, outcome, fault: outcome as Fault };
}

const silent: Quirks = { metadata: { authorization_response_iss_parameter_supported: undefined } };
const failed = { status: 502, title: 'The sign-in did not succeed' };

describe('the issuer that answers', () => {
  test.each([
    ['named and promised', 'https://as.example', {}],
    ['named though not promised', 'https://as.example', silent],
    ['not named and not promised', null, silent],
  ])('is right when it is %s', async (_what, iss, quirks) => {
    const { page, outcome } = await back({ iss }, { quirks });
    expect(page.status).toBe(200);
    expect(outcome).toHaveProperty('grant');
  });

  test.each([
    'https://evil.example',
    'https://as.example/',
    'https://AS.example',
    'https://as.example:443',
    '',
  ])('is wrong when it is "%s": the code is not redeemed', async iss => {
    for (const quirks of [{}, silent]) {
      const { page, fault, server } = await back({ iss }, { quirks });
      expect(page).toMatchObject(failed);
      expect(fault).toMatchObject({
        code: 'sign-in.failed',
        message: 'The answer to the sign-in did not come from https://as.example.',
      });
      expect(server.redeemed).toEqual([]);
    }
  });

  test('is missing when it is promised and not named', async () => {
    const { page, fault, server } = await back({ iss: null });
    expect(page).toMatchObject(failed);
    expect(fault).toMatchObject({
      code: 'sign-in.failed',
      message: 'The answer to the sign-in does not name its issuer, although https://as.example promises to.',
    });
    expect(server.redeemed).toEqual([]);
  });

  test.each(['https://evil.example', null])('when it is %s, nothing of its error is shown', async iss => {
    const { page, fault } = await back({
      iss,
      code: null,
      error: 'access_denied',
      error_description: 'Call +1 555 0100',
      error_uri: 'https://evil.example/help',
    });
    expect(fault.code).toBe('sign-in.failed');
    expect(JSON.stringify([page, fault.toJSON()])).not.toMatch(/access_denied|555|evil/);
  });
});

describe('an error in place of a code', () => {
  test.each<[string, string]>([
    ['access_denied', 'sign-in.denied'],
    ['invalid_scope', 'sign-in.scope'],
    ['unauthorized_client', 'registration.stale'],
    ['invalid_client', 'registration.stale'],
    ['server_error', 'sign-in.failed'],
    ['temporarily_unavailable', 'sign-in.failed'],
    ['login_required', 'sign-in.failed'],
    ['<b>nonsense</b>', 'sign-in.failed'],
  ])('%s is %s', async (error, code) => {
    const { page, fault, server } = await back({ code: null, error, error_description: 'Because.' });
    expect(fault).toMatchObject({ code });
    expect(fault.message).toContain(
      `https://as.example answered ${/^\w+$/.test(error) ? error : `"${error}"`} ("Because.").`,
    );
    expect(fault.remedy).toMatch(/^[`A-Z].+\.$/);
    expect(page.status).toBe(code === 'sign-in.denied' ? 403 : 502);
    expect(server.redeemed).toEqual([]);
  });

  test('that denies the access has a page that says so', async () => {
    const { page, fault } = await back({ code: null, error: 'access_denied' });
    expect(page).toEqual({
      status: 403,
      title: 'The sign-in was refused',
      text: 'Access to mcp.example was not granted, by you or by the server. Nothing was stored. You can close this tab.',
    });
    expect(fault.sentence).toBe(
      'The sign-in was refused: https://as.example answered access_denied. Sign in again and allow the access.',
    );
  });

  test('counts also where a code comes with it', async () => {
    const { fault, server } = await back({ error: 'access_denied' });
    expect(fault.code).toBe('sign-in.denied');
    expect(server.redeemed).toEqual([]);
  });

  test('is told in one short line', async () => {
    const long = `\u001b[2J\r\n\u2028\u202e${'x'.repeat(9_000)}`;
    const { fault } = await back({ code: null, error: long, error_description: long });
    expect(fault.message.length).toBeLessThan(400);
    expect(fault.message).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  });
});

describe('an answer that is none', () => {
  const message = 'The answer of https://as.example to the sign-in has neither a code nor an error.';

  test.each<[string, Record<string, string | null>]>([
    ['with nothing in it', { code: null }],
    ['with an empty code', { code: '' }],
    ['with an empty error', { code: null, error: '' }],
    ['with a token where a code belongs', { code: null, access_token: 'x', token_type: 'bearer' }],
  ])('%s is not used, and says so', async (_what, parameters) => {
    const { page, fault, server } = await back(parameters);
    expect(page).toMatchObject(failed);
    expect(fault).toMatchObject({ code: 'sign-in.failed', message });
    expect(server.redeemed).toEqual([]);
  });

  test.each(['code', 'iss', 'error', 'state'])('with %s twice is not used', async name => {
    const { walk, server } = await stage({
      quirks: {
        callback: said => {
          if (name === 'error') said.set('error', 'access_denied');
          said.append(name, said.get(name) ?? '');
        },
      },
    });
    const { page, outcome } = await walk();
    expect(page).toMatchObject(failed);
    expect(outcome).toMatchObject({
      code: 'sign-in.failed',
      message: `The answer of https://as.example to the sign-in has ${name} more than once.`,
    });
    expect(server.redeemed).toEqual([]);
  });

  test('never puts what came with it into a fault', async () => {
    for (const parameters of [{ iss: 'https://evil.example' }, { error: 'server_error' }, { code: null }]) {
      const { fault, server } = await back(parameters);
      const told = JSON.stringify(fault.toJSON());
      for (const secret of server.secrets) expect(told).not.toContain(secret);
      expect(told).not.toContain(server.authorized[0]?.get('state') ?? 'no state');
    }
  });

  test('with parameters nobody knows is used', async () => {
    const { outcome } = await back({ session_state: 'x', scope: 'a', redirect_uri: 'https://evil.example' });
    expect(outcome).toHaveProperty('grant');
  });
});

describe('the exchange of the code', () => {
  const answers = (status: number, body: object | string): Stage => ({
    quirks: {
      token: () =>
        typeof body === 'string'
          ? new Response(body, { status, headers: { 'content-type': 'text/html' } })
          : Response.json(body, { status }),
    },
  });

  test.each<[string, Stage, string]>([
    ['a code that is spent or has ended', answers(400, { error: 'invalid_grant' }), 'sign-in.failed'],
    ['that error with status 200', answers(200, { error: 'invalid_grant' }), 'sign-in.failed'],
    ['a client that is gone', answers(401, { error: 'invalid_client' }), 'registration.stale'],
    ['a resource it does not know', answers(400, { error: 'invalid_target' }), 'token.refused'],
    ['an outage', answers(503, '<html>'), 'token.unavailable'],
    ['a web page', answers(200, '<html>'), 'token.unavailable'],
    ['no token', answers(200, { token_type: 'Bearer' }), 'token.refused'],
    ['another type of token', answers(200, { access_token: 'x', token_type: 'mac' }), 'token.refused'],
  ])('that meets %s is told and not repeated', async (_what, setting, code) => {
    const { walk, server, registrations } = await stage(setting);
    const { page, outcome } = await walk();
    expect(page).toMatchObject(failed);
    expect(outcome).toMatchObject({ code });
    expect((outcome as Fault).remedy).not.toContain('by itself');
    expect(server.redeemed).toHaveLength(1);
    expect(registrations.kept).toHaveLength(1);
  });

  test('is at the mercy of the network, and says so', async () => {
    const { begin, link, world, server } = await stage();
    const flow = begin();
    const page = world.browse(await link(flow));
    await flow.next();
    world.mount(server.issuer, () => {
      throw new Error('socket hang up');
    });
    await expect(flow.next()).rejects.toMatchObject({
      code: 'token.unavailable',
      message: 'socket hang up',
      remedy: 'Sign in again in a while.',
    });
    expect(await page).toMatchObject(failed);
  });

  test('of a code that was redeemed before fails', async () => {
    let stolen = '';
    const { walk, server } = await stage({
      options: { staticClient: { clientId: 'static' } },
      quirks: {
        callback: said => {
          stolen ||= said.get('code') ?? '';
          said.set('code', stolen);
        },
      },
    });
    expect((await walk()).page.status).toBe(200);
    const { page, outcome } = await walk();
    expect(page).toMatchObject(failed);
    expect(outcome).toMatchObject({ code: 'sign-in.failed', remedy: 'Sign in again.' });
    expect(server.redeemed).toHaveLength(2);
  });
});

test('a callback URL that a person pasted completes the sign-in', async () => {
  const { begin, end, link, callbacks, world } = await stage();
  const flow = begin();
  const url = await link(flow);
  // The browser of another machine: it ends at an address it cannot reach.
  const { response } = await world.dial({ method: 'GET', url: url.href, headers: [] });
  const ended = end(flow);
  const page = await callbacks.deliver(`  ${response.headers.get('location')}\n`);
  expect(page).toMatchObject({ status: 200, title: 'You are signed in' });
  expect((await ended).grant.accessToken).toMatch(/^access-token/);
});

test('a pasted URL of another address with the right parameters is redeemed for the one that was sent', async () => {
  const { begin, end, link, callbacks, world, server } = await stage();
  const flow = begin();
  const url = await link(flow);
  const { response } = await world.dial({ method: 'GET', url: url.href, headers: [] });
  const ended = end(flow);
  const other = (response.headers.get('location') ?? '').replace('127.0.0.1:4000', 'localhost:4000');
  await callbacks.deliver(other);
  await ended;
  expect(server.redeemed[0]?.parameters.get('redirect_uri')).toBe('http://127.0.0.1:4000/callback');
});
