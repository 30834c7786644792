import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/trace/redact.ts';

const redactor = () => createRedactor(() => 'abcdef');
const text = (source: string, options = {}) => redactor().text(source, options);
const MARK = /\[redacted \d+ #abcdef\]/;

describe('header fields', () => {
  const field = (name: string, value: string, secretHeaders: string[] = []) =>
    redactor().headers([[name, value]], secretHeaders)[0]?.[1];

  it('keep the scheme of a credential, its length and its fingerprint', () => {
    expect(field('Authorization', 'Bearer abc.def.ghi')).toBe('Bearer [redacted 11 #abcdef]');
    expect(field('proxy-authorization', 'Basic dXNlcjpwYXNz')).toBe('Basic [redacted 12 #abcdef]');
    expect(field('authorization', 'naked')).toBe('[redacted 5 #abcdef]');
  });

  it('keep the names of cookies and the attributes a server sets', () => {
    expect(field('cookie', 'a=1234; b=x=y')).toBe('a=[redacted 4 #abcdef]; b=[redacted 3 #abcdef]');
    expect(field('Set-Cookie', 'sid=1234; Path=/; HttpOnly')).toBe(
      'sid=[redacted 4 #abcdef]; Path=/; HttpOnly',
    );
    expect(field('cookie', 'nameless')).toBe('[redacted 8 #abcdef]');
  });

  it.each([
    ['set-cookie', 'route=node-17-x; Path=/', 'node-17-x'],
    ['cookie', 'a=1; JSESSIONID=ab12cd34ef', 'ab12cd34ef'],
  ])('of cookies are known wherever they stand: %s', (name, value, secret) => {
    const one = redactor();
    one.headers([[name, value]]);
    expect(one.text(`The session ${secret} is unknown.`)).toMatch(/^The session \[redacted \d+ #abcdef\] is/);
    expect(one.text('a 1 darkmode')).toBe('a 1 darkmode');
  });

  it.each([
    'mcp-session-id',
    'DPoP',
    'X-Api-Key',
    'x-auth-token',
    'X-Client-Secret',
    'X-Password',
    'Ocp-Apim-Subscription-Key',
    'CF-Access-Client-Secret',
  ])('hide the value of %s', name => {
    expect(field(name, 'value-1')).toBe('[redacted 7 #abcdef]');
  });

  it('hide what the user marked as a secret, whatever its name', () => {
    expect(field('X-Tenant', 'value-1', ['x-tenant'])).toBe('[redacted 7 #abcdef]');
    expect(field('X-Tenant', 'value-1')).toBe('value-1');
  });

  it.each([
    [
      'www-authenticate',
      'Bearer resource_metadata="https://a.example/x", scope="a b", error="invalid_token"',
    ],
    ['access-control-allow-headers', 'authorization, mcp-session-id'],
    ['vary', 'cookie, authorization'],
    ['x-ratelimit-remaining-tokens', '1200'],
    ['content-type', 'application/json'],
    ['dpop-nonce', 'eyJ7S_zG.eyJH0-Z'],
  ])('leave %s as it is', (name, value) => {
    expect(field(name, value)).toBe(value);
  });

  it('keep their order, their duplicates and the spelling of their names', () => {
    const headers = [
      ['X-B', '1'],
      ['Authorization', 'Bearer 0123456789abcdef'],
      ['x-b', '2'],
    ] as const;
    expect(redactor().headers(headers)).toEqual([
      ['X-B', '1'],
      ['Authorization', 'Bearer [redacted 16 #abcdef]'],
      ['x-b', '2'],
    ]);
  });
});

describe('URLs', () => {
  it('keep everything but the values of secret parameters, in query and fragment', () => {
    expect(text('https://a.example/cb?code=abc%2Fd&state=xyz&iss=https%3A%2F%2Fas&login_hint=me%40x')).toBe(
      'https://a.example/cb?code=[redacted 5 #abcdef]&state=[redacted 3 #abcdef]&iss=https%3A%2F%2Fas&login_hint=me%40x',
    );
    expect(text('https://a.example/cb#access_token=abc&token_type=bearer&id_token=def')).toBe(
      'https://a.example/cb#access_token=[redacted 3 #abcdef]&token_type=bearer&id_token=[redacted 3 #abcdef]',
    );
  });

  it('hide the parameters of a URL inside a parameter', () => {
    expect(text('https://a.example/?return=https%3A%2F%2Fb.example%2F%3Fcode%3Dabc%26x%3D1')).toBe(
      'https://a.example/?return=https%3A%2F%2Fb.example%2F%3Fcode%3D[redacted 3 #abcdef]%26x%3D1',
    );
  });

  it('hide user names and passwords', () => {
    expect(text('http://me:pa%20ss@proxy.example:3128/')).toBe(
      'http://[redacted 8 #abcdef]@proxy.example:3128/',
    );
  });

  it('keep what only sounds like a secret', () => {
    const url =
      'https://a.example/authorize?response_type=code&code_challenge=E9Mel&code_challenge_method=S256&client_id=abc';
    expect(text(url)).toBe(url);
  });
});

describe('bodies', () => {
  it.each([
    'access_token',
    'refresh_token',
    'id_token',
    'client_secret',
    'registration_access_token',
    'code_verifier',
    'client_assertion',
    'assertion',
    'subject_token',
    'device_code',
    'user_code',
    'password',
    'apiKey',
    'clientSecret',
  ])('lose %s as a form, as JSON, escaped and nested', name => {
    expect(text(`a=1&${name}=v%61lue-1&b=2`)).toBe(`a=1&${name}=[redacted 7 #abcdef]&b=2`);
    expect(text(`{"${name}" : "va\\"lue","b":2}`)).toBe(`{"${name}" : "[redacted 6 #abcdef]","b":2}`);
    expect(text(`{"${name}":"val`, { cut: true })).toBe(`{"${name}":"[redacted 3 #abcdef]`);
    const nested = JSON.stringify({ text: JSON.stringify({ [name]: 'value-1', b: 2 }) });
    expect(text(nested)).toBe(nested.replace('value-1', '[redacted 7 #abcdef]'));
    expect(text(JSON.stringify({ text: nested }))).not.toContain('value-1');
    expect(text(`event: message\ndata: {"${name}":"value-1"}\n\n`)).not.toContain('value-1');
  });

  it('lose secrets in malformed JSON, single quotes, arrays, HTML and XML', () => {
    expect(text(`{"access_token":"value-1"`)).not.toContain('value-1');
    expect(text(`{"access_token":value-1}`)).not.toContain('value-1');
    expect(text(`{'access_token': 'value-1', x}`)).not.toContain('value-1');
    expect(text(`{"set-cookie":["a=value-1","b=value-1"],"x":"y"}`)).toBe(
      '{"set-cookie":["[redacted 9 #abcdef]","[redacted 9 #abcdef]"],"x":"y"}',
    );
    expect(text(`<input type="hidden" name="id_token" value="value-1">`)).not.toContain('value-1');
    expect(text(`<input name="code" value="value-1">`)).not.toContain('value-1');
    expect(text('<AccessToken>value-1</AccessToken>')).toBe(
      '<AccessToken>[redacted 7 #abcdef]</AccessToken>',
    );
    expect(text('&quot;access_token&quot;:&quot;value-1&quot;')).not.toContain('value-1');
  });

  it('lose a member whose name is escaped', () => {
    expect(text('{"\\u0061ccess_token":"value-1"}')).not.toContain('value-1');
    expect(text('{"access%5Ftoken":"value-1"}')).not.toContain('value-1');
    expect(text('access%5Ftoken=value-1')).not.toContain('value-1');
  });

  it('stay JSON', () => {
    const body = {
      access_token: 'a"b\\',
      token_type: 'Bearer',
      expires_in: 3600,
      nested: '{"id_token":"x\\"y"}',
    };
    const out = JSON.parse(text(JSON.stringify(body))) as typeof body;
    expect(out.access_token).toMatch(MARK);
    expect(out.token_type).toBe('Bearer');
    expect(JSON.parse(out.nested).id_token).toMatch(MARK);
  });

  it('lose a code only where a code is a credential', () => {
    const error = '{"error":{"code":-32601,"message":"x"},"data":{"code":"E_FAIL","state":"open"}}';
    expect(text(error, { purpose: 'mcp' })).toBe(error);
    expect(text('{"code":"value-1"}', { purpose: 'token' })).toBe('{"code":"[redacted 7 #abcdef]"}');
    expect(text('grant_type=authorization_code&code=value-1')).toBe(
      'grant_type=authorization_code&code=[redacted 7 #abcdef]',
    );
    expect(text('failed with code=ECONNREFUSED')).toBe('failed with code=ECONNREFUSED');
  });

  it.each([
    '{"method":"tools/call","params":{"_meta":{"progressToken":"call-17"},"name":"x"}}',
    '{"nextPageToken":"page-17","token_endpoint":"https://as.example/token","maxTokens":100}',
    '{"properties":{"token":{"type":"string","description":"The token"}},"required":["token"]}',
    '{"token_endpoint_auth_methods_supported":["client_secret_basic","private_key_jwt"]}',
    'The token endpoint answered 400: invalid_grant. The access token: expired.',
    'POST https://as.example/token: 400',
    'Bearer authentication is required',
  ])('keep what is worth reading: %s', source => {
    expect(text(source)).toBe(source);
  });

  it('lose credentials that only their scheme gives away', () => {
    expect(text('{"h":"Bearer abc123def"}')).toBe('{"h":"Bearer [redacted 9 #abcdef]"}');
    expect(text('got Authorization: Basic dXNlcjpwYXNz from you')).not.toContain('dXNlcjpwYXNz');
    expect(text('authorization:  Token abc-def-ghi\nx-other: 1')).toBe(
      'authorization:  Token [redacted 11 #abcdef]\nx-other: 1',
    );
    expect(text('{"authorization":"Bearer short"}')).toBe('{"authorization":"Bearer [redacted 5 #abcdef]"}');
    expect(text('Cookie: a=1234; b=5678\nAccept: x')).not.toMatch(/1234|5678/);
  });

  it('are the same when they are redacted twice', () => {
    const once = text(
      'GET http://u:p@h/?code=abc {"access_token":"abc","h":"Bearer abc123def"} password=abc access_token: abc-123-def',
    );
    expect(once).toMatch(MARK);
    expect(text(once)).toBe(once);
  });

  it('do not hide a secret behind a counterfeit mark', () => {
    expect(text('access_token=[redacted 1 #000000]value-1')).not.toContain('value-1');
    expect(text('{"access_token":"[redacted 1 #000000]value-1"}')).not.toContain('value-1');
  });
});

describe('learned secrets', () => {
  const SECRET = 'q+/zX"\\ 9=ü~(-)';
  const learned = () => {
    const one = redactor();
    one.secret(SECRET);
    return one;
  };

  it.each([
    ['as it is', SECRET],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['percent-encoded in lower case', encodeURIComponent(SECRET).toLowerCase().replace('x', 'X')],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
    ['form-encoded', new URLSearchParams({ x: SECRET }).toString()],
    ['in JSON', JSON.stringify(SECRET)],
    ['in JSON in JSON', JSON.stringify(JSON.stringify(SECRET))],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
    ['behind a name in base64', Buffer.from(`id:${SECRET}`).toString('base64')],
    ['behind a longer name in base64', Buffer.from(`name:${SECRET}`).toString('base64')],
    ['encoded behind a name in base64', Buffer.from(`id:${encodeURIComponent(SECRET)}`).toString('base64')],
  ])('are found %s', (_how, spelled) => {
    const out = learned().text(`before ${spelled} after`);
    expect(out).toMatch(/^before .*\[redacted 15 #abcdef\].* after$/);
    expect(out.length).toBeLessThan(60);
  });

  it('are found when they were cut at the end of a text, from eight characters on', () => {
    const one = redactor();
    one.secret('0123456789abcdef');
    expect(one.text('x 01234567', { cut: true })).toBe('x [redacted 16 #abcdef]');
    expect(one.text('x 01234567')).toBe('x 01234567');
    const encoded = redactor();
    encoded.secret('01234567/9abcdef');
    expect(encoded.text('x 01234567%2', { cut: true })).toBe('x [redacted 16 #abcdef]');
    expect(encoded.text('x 01234567\\u00', { cut: true })).toBe('x [redacted 16 #abcdef]');
  });

  it('carry the fingerprint of the value, however it was spelled', () => {
    const seen: string[] = [];
    const one = createRedactor(value => {
      seen.push(value);
      return 'abcdef';
    });
    one.secret('secret/value');
    one.text('secret/value secret%2Fvalue');
    one.text(Buffer.from('id:secret/value').toString('base64'));
    expect(new Set(seen)).toEqual(new Set(['secret/value']));
  });

  it('are learned from the fields that carry them', () => {
    const one = redactor();
    one.headers([['authorization', 'Bearer 0123456789abcdefgh']]);
    one.text('grant_type=authorization_code&code=hgfedcba9876543210');
    expect(one.text('no such token 0123456789abcdefgh, no such code hgfedcba9876543210')).toBe(
      'no such token [redacted 18 #abcdef], no such code [redacted 18 #abcdef]',
    );
  });

  it('do not come from what is no credential', () => {
    const one = redactor();
    one.headers([['accept', 'application/json, text/event-stream']], ['accept']);
    one.headers([['x-base', 'https://a.example/some/where']], ['x-base']);
    expect(one.text('application/json, text/event-stream')).toBe('application/json, text/event-stream');
    expect(one.text('https://a.example/some/where')).toBe('https://a.example/some/where');
  });

  it('are forgotten oldest first beyond two thousand, and those in use stay', () => {
    const one = redactor();
    const value = (n: number) => `value-${String(n).padStart(6, '0')}`;
    for (let n = 0; n < 2000; n++) one.secret(value(n));
    one.secret(value(0));
    one.secret(value(2000));
    expect(one.text(value(0))).toMatch(MARK);
    expect(one.text(value(1))).toBe(value(1));
    expect(one.text(value(2))).toMatch(MARK);
    expect(one.text(value(2000))).toMatch(MARK);
  });

  it('are not those a server made up when there are too many of them', () => {
    const one = redactor();
    one.secret('the-real-secret');
    for (let n = 0; n < 3000; n++) one.text(`{"access_token":"made-up-by-a-server-${n}"}`);
    expect(one.text('the-real-secret')).toMatch(MARK);
  });
});

describe('the time redaction takes', () => {
  it.each([
    ['escapes', '\\'.repeat(65_536)],
    ['encoded percent signs', '%25'.repeat(21_000)],
    ['names', 'token'.repeat(13_000)],
    ['names with quotes', '"token":"'.repeat(8_000)],
    ['arrays', '"token":["'.repeat(6_500)],
    ['cookies', 'cookie: '.repeat(8_000)],
    ['schemes', 'bearer aaaaaaaa='.repeat(4_000)],
    ['addresses', '://a'.repeat(16_000)],
    ['beginnings of secrets', 'eyJh'.repeat(16_000)],
    ['data', 'QUJD'.repeat(16_000)],
  ])('does not explode for a text of nothing but %s', (_what, source) => {
    const one = redactor();
    for (let n = 0; n < 2000; n++) one.secret(`eyJheyJheyJh${n}`);
    const begun = performance.now();
    one.text(source, { cut: true });
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  it.each([' ', '1', 'x', '=', '1 '])('does not explode for a cookie of nothing but "%s"', piece => {
    const begun = performance.now();
    const value = piece.repeat(60_000 / piece.length);
    for (const cookie of [value, `a=${value} x`, `${value} x`]) {
      redactor().headers([
        ['cookie', cookie],
        ['set-cookie', cookie],
      ]);
    }
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

it('a text that was seen before is looked through again once something more is a secret', () => {
  const redactor = createRedactor();
  const text = 'It says quite-unremarkable here.';
  expect(redactor.text(text)).toBe(text);
  expect(redactor.text(text)).toBe(text);
  redactor.secret('quite-unremarkable');
  expect(redactor.text(text)).not.toContain('unremarkable');
  redactor.text('{"access_token":"another-long-secret-value"}');
  expect(redactor.text('another-long-secret-value')).not.toContain('another-long');
});
