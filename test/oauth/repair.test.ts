import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isObject, parseJson } from '../../src/base/json.ts';
import { oauthFetch } from '../../src/oauth/repair.ts';
import type { Purpose } from '../../src/trace/event.ts';
import { fakeSpan } from '../support/fake-span.ts';
import { fakeWorld } from '../support/fake-world.ts';

/** What the library is given of an answer, and what was noted about it. */
async function seen(purpose: Purpose, answer: Response) {
  const world = fakeWorld({ servers: { 'https://as.example': () => answer } });
  const span = fakeSpan(world);
  const response = await oauthFetch(purpose, { span })('https://as.example/token', {
    method: 'POST',
    headers: new Headers({ accept: 'application/json' }),
    body: new URLSearchParams({ grant_type: 'refresh_token' }),
  });
  const text = await response.text();
  const type = response.headers.get('content-type');
  const body: unknown = parseJson(text) ?? text;
  return { status: response.status, body, type, notes: span.notes, response, span, world };
}

const tokens = { access_token: 'token', token_type: 'Bearer' };
const html = { 'content-type': 'text/html; charset=utf-8' };
const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const note = (what: string) => `Repaired an answer of the authorization server: ${what}`;

test('an answer that is right is passed on as it is, and nothing is noted', async () => {
  const answer = { ...tokens, expires_in: 3600, refresh_token: 'r', scope: 'a b', more: { x: [1] } };
  const { status, body, notes } = await seen('token', Response.json(answer));
  expect([status, body, notes]).toEqual([200, answer, []]);
  const registered = { client_id: 'c', client_secret: 's', client_secret_expires_at: 0 };
  const registration = await seen('registration', Response.json(registered, { status: 201 }));
  expect([registration.status, registration.body, registration.notes]).toEqual([201, registered, []]);
});

test('every request goes through the span, with its body, and is given up after a time', async () => {
  const { world, span } = await seen('refresh', Response.json(tokens));
  expect(span.exchanges.map(each => each.purpose)).toEqual(['refresh']);
  expect(world.dials).toMatchObject([{ method: 'POST', headers: [['accept', 'application/json']] }]);
  expect(new TextDecoder().decode(world.dials[0]?.body)).toBe('grant_type=refresh_token');
  expect(world.dials[0]?.signal).toBeInstanceOf(AbortSignal);
});

describe('an error that repeats what was sent in confidence', () => {
  const told = async (description: (sent: string) => string, headers: Record<string, string> = {}) => {
    const world = fakeWorld({
      servers: {
        'https://as.example': async request => {
          const said = description(`${await request.text()} ${request.headers.get('authorization')}`);
          return Response.json({ error: 'invalid_grant', error_description: said }, { status: 400 });
        },
      },
    });
    const response = await oauthFetch('token', { span: fakeSpan(world) })('https://as.example/token', {
      method: 'POST',
      headers,
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: 'code/one+two==',
        code_verifier: 'verifier-1234567890',
        refresh_token: 'refresh-1234567890',
        client_secret: 'hush hush',
      }),
    });
    return ((await response.json()) as { error_description: string }).error_description;
  };

  test('has it taken out, in whatever spelling', async () => {
    expect(await told(() => 'Invalid authorization code: code/one+two==.')).toBe(
      'Invalid authorization code: [redacted].',
    );
    expect(await told(sent => sent)).toBe(
      'grant_type=authorization_code&code=[redacted]&code_verifier=[redacted]&refresh_token=[redacted]&client_secret=[redacted] null',
    );
    expect(await told(() => 'The client said "hush hush".')).toBe('The client said "[redacted]".');
  });

  test('has the credentials of HTTP Basic taken out', async () => {
    const authorization = `Basic ${btoa('an-id:pass%2Bword')}`;
    const said = await told(sent => `${sent.split(' ').slice(1).join(' ')} pass+word`, { authorization });
    expect(said).toBe('Basic [redacted] [redacted]');
  });

  test('keeps everything else', async () => {
    expect(await told(() => 'The code has expired.')).toBe('The code has expired.');
  });
});

describe('a token answer is mended when', () => {
  test.each<[string, object, object, string[]]>([
    [
      'token_type is missing',
      { access_token: 'token' },
      { access_token: 'token', token_type: 'bearer' },
      ['token_type was missing (RFC 6749 §5.1).'],
    ],
    [
      'token_type is no string',
      { ...tokens, token_type: null },
      { ...tokens, token_type: 'bearer' },
      ['token_type was missing (RFC 6749 §5.1).'],
    ],
    [
      'expires_in is a string',
      { ...tokens, expires_in: '3600' },
      { ...tokens, expires_in: 3600 },
      ['expires_in was a string.'],
    ],
    ...[0, -1, 'soon', '', null, true, [3600], {}, 1e300].map((odd): [string, object, object, string[]] => [
      `expires_in is ${JSON.stringify(odd)}`,
      { ...tokens, expires_in: odd },
      tokens,
      ['expires_in was not a positive number of seconds.'],
    ]),
    ['expires_in has a fraction', { ...tokens, expires_in: 59.9 }, { ...tokens, expires_in: 59.9 }, []],
    ['refresh_token is null', { ...tokens, refresh_token: null }, tokens, []],
    ['refresh_token is empty', { ...tokens, refresh_token: '' }, tokens, []],
    [
      'scope is a list',
      { ...tokens, scope: ['a', 1, 'b'] },
      { ...tokens, scope: 'a b' },
      ['scope was not a string.'],
    ],
    ['scope is null', { ...tokens, scope: null }, tokens, ['scope was not a string.']],
    ['scope is empty', { ...tokens, scope: '' }, tokens, []],
  ])('%s', async (_what, answer, mended, notes) => {
    for (const purpose of ['token', 'refresh'] as const) {
      const result = await seen(purpose, Response.json(answer));
      expect([result.status, result.body]).toEqual([200, mended]);
      expect(result.notes).toEqual(notes.map(note));
    }
  });

  test('an ID token of whomever comes with it', async () => {
    const { body, notes } = await seen('token', Response.json({ ...tokens, id_token: 'not.for.us' }));
    expect(body).toEqual(tokens);
    expect(notes).toEqual(['An ID token came with the answer; it is left aside unread.']);
  });

  test('it has another status of success', async () => {
    const { status, body, notes } = await seen('token', Response.json(tokens, { status: 201 }));
    expect([status, body, notes]).toEqual([200, tokens, [note('status 201 in place of 200.')]]);
  });

  test('it is form-encoded, as GitHub sends it', async () => {
    const answer = 'access_token=gho_1&expires_in=28800&scope=repo%2Cgist&token_type=bearer';
    const { body, notes } = await seen('token', new Response(answer, { headers: form }));
    expect(body).toEqual({
      access_token: 'gho_1',
      expires_in: 28_800,
      scope: 'repo,gist',
      token_type: 'bearer',
    });
    expect(notes[0]).toBe(note('it was form-encoded, not JSON (RFC 6749 §5.1).'));
  });

  test('it is form-encoded and an error, as GitHub sends that', async () => {
    const answer = 'error=bad_verification_code&error_description=The+code+is+wrong';
    const { status, body, notes } = await seen('token', new Response(answer, { headers: form }));
    expect(status).toBe(400);
    expect(body).toEqual({ error: 'bad_verification_code', error_description: 'The code is wrong' });
    expect(notes).toContain(note('an error came with status 200 (RFC 6749 §5.2).'));
  });

  test.each([
    { error: 'invalid_grant' },
    { ok: false, error: 'invalid_code' },
    { access_token: null, error: 'invalid_grant' },
    { access_token: '', error: 'invalid_grant' },
  ])('it is an error with status 200: %j', async answer => {
    for (const status of [200, 201]) {
      const result = await seen('token', Response.json(answer, { status }));
      expect([result.status, result.body]).toEqual([400, answer]);
      expect(result.notes).toEqual([note(`an error came with status ${status} (RFC 6749 §5.2).`)]);
    }
  });

  test('an error is sent as a web page', async () => {
    const answer = { error: 'invalid_grant', error_description: 'Gone.' };
    const response = new Response(JSON.stringify(answer), { status: 400, headers: html });
    const { status, body, type, notes } = await seen('refresh', response);
    expect([status, body, type]).toEqual([400, answer, 'application/json']);
    expect(notes).toEqual([note('its content type was "text/html; charset=utf-8", not JSON.')]);
  });

  test('it is sent without a type', async () => {
    const { body, notes } = await seen(
      'token',
      new Response(new TextEncoder().encode(JSON.stringify(tokens))),
    );
    expect(body).toEqual(tokens);
    expect(notes).toEqual([note('its content type was "", not JSON.')]);
  });
});

test.each(['application/json', 'application/json;charset=UTF-8', 'Application/JSON', 'application/x+json'])(
  '%s is JSON, so nothing is noted',
  async type => {
    const response = new Response(JSON.stringify(tokens), { headers: { 'content-type': type } });
    expect((await seen('token', response)).notes).toEqual([]);
  },
);

describe('a registration is mended when', () => {
  const client = { client_id: 'c' };
  const missing = note('client_secret_expires_at was missing (RFC 7591 §3.2.1).');

  test('it is answered 200', async () => {
    const { status, body, notes } = await seen('registration', Response.json(client));
    expect([status, body]).toEqual([201, client]);
    expect(notes).toEqual([note('status 200 in place of 201 (RFC 7591 §3.2.1).')]);
  });

  test.each<[unknown, number, string[]]>([
    [undefined, 0, [missing]],
    [null, 0, [missing]],
    ['never', 0, [missing]],
    [-1, 0, [missing]],
    ['1800000000', 1_800_000_000, [note('client_secret_expires_at was a string.')]],
    [1_800_000_000, 1_800_000_000, []],
  ])('its secret ends at %j', async (at, mended, notes) => {
    const answer = { ...client, client_secret: 's', client_secret_expires_at: at };
    const result = await seen('registration', Response.json(answer, { status: 201 }));
    expect(result.body).toEqual({ ...answer, client_secret_expires_at: mended });
    expect(result.notes).toEqual(notes);
  });

  test.each([null, ''])('its secret is %j', async secret => {
    const answer = Response.json({ ...client, client_secret: secret }, { status: 201 });
    expect((await seen('registration', answer)).body).toEqual(client);
  });

  test('it is an error with status 200', async () => {
    const { status } = await seen('registration', Response.json({ error: 'invalid_redirect_uri' }));
    expect(status).toBe(400);
  });

  test('it is not touched by what is for tokens', async () => {
    const { body } = await seen('registration', Response.json({ ...client, scope: '' }, { status: 201 }));
    expect(body).toEqual({ ...client, scope: '' });
  });
});

describe('left as it is, because nothing can be made of it, is', () => {
  test.each([
    ['a web page', new Response('<html>Sign in</html>', { headers: html }), 200],
    ['a web page with 502', new Response('<html>Bad gateway</html>', { status: 502, headers: html }), 502],
    ['nothing', new Response(null, { status: 204 }), 204],
    ['a redirect', new Response('', { status: 302, headers: { location: '/x' } }), 302],
    [
      'broken JSON',
      new Response('{"access_token":"tok', { headers: { 'content-type': 'application/json' } }),
      200,
    ],
  ])('%s', async (_what, answer, status) => {
    const text = await answer.clone().text();
    const result = await seen('token', answer);
    expect([result.status, result.notes]).toEqual([status, []]);
    expect(result.response.headers.has('location')).toBe(false);
    expect(result.type).not.toBeNull();
    expect(result.body).toBe(text);
  });

  test('a web page keeps its type, so that nobody takes it for JSON', async () => {
    expect((await seen('token', new Response('<html>', { headers: html }))).type).toBe(html['content-type']);
  });
});

test('an answer without end is not read to its end, and refused as too large', async () => {
  let sent = 0;
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent++;
      controller.enqueue(new Uint8Array(64 * 1024).fill(0x20));
    },
    cancel() {
      cancelled = true;
    },
  });
  const answer = seen('token', new Response(endless, { headers: html }));
  await expect(answer).rejects.toMatchObject({ code: 'net.too-large' });
  expect(cancelled).toBe(true);
  expect(sent).toBeLessThan(20);
});

test('fields that tell when to come again are passed on, and no others', async () => {
  const headers = { 'retry-after': '7', 'set-cookie': 'a=b', 'content-encoding': 'gzip', server: 'x' };
  const { response } = await seen('token', Response.json({}, { status: 503, headers }));
  expect([...response.headers.keys()].sort()).toEqual(['content-type', 'retry-after']);
});

test('whatever a server answers, the library gets a response', async () => {
  const types = fc.constantFrom(
    'application/json',
    'text/html',
    'application/x-www-form-urlencoded',
    'nonsense',
  );
  const fields = ['access_token', 'token_type', 'expires_in', 'scope', 'refresh_token', 'id_token', 'error'];
  const object = fc.dictionary(fc.constantFrom(...fields, 'client_secret', '__proto__'), fc.jsonValue());
  const bodies = fc.oneof(
    fc.string(),
    fc.json(),
    object.map(value => JSON.stringify(value)),
  );
  const purposes = fc.constantFrom<Purpose>('token', 'refresh', 'registration', 'revocation');
  await fc.assert(
    fc.asyncProperty(
      purposes,
      types,
      bodies,
      fc.integer({ min: 200, max: 599 }),
      async (purpose, type, body, status) => {
        const empty = [204, 205, 304].includes(status);
        const answer = new Response(empty ? null : body, { status, headers: { 'content-type': type } });
        const result = await seen(purpose, answer);
        const mended = result.body;
        if (isObject(mended) && result.status === 200 && purpose !== 'revocation') {
          expect(typeof mended.token_type).toBe('string');
          if (mended.expires_in !== undefined) expect(mended.expires_in).toBeGreaterThan(0);
          expect(Number.isSafeInteger(Math.trunc(Number(mended.expires_in ?? 0) * 1000))).toBe(true);
        }
        expect(result.notes.every(each => each.length < 300)).toBe(true);
      },
    ),
  );
});
