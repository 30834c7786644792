import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Answer, attempt } from '../support/real-sign-in.ts';

/** What a terminal obeys. */
const STEERS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

const text =
  (body: string | Uint8Array, type = 'application/json', status = 200): Answer =>
  res =>
    res.writeHead(status, { 'content-type': type }).end(body);

const bomb = gzipSync(gzipSync(gzipSync(Buffer.alloc(64 * 1024 * 1024))));
const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\r\nkeybridge: all is well\u009b31m\u202e';

/** Ways to misbehave that fit every place; `never`: no answer is ever whole. */
const ANYWHERE: Record<string, Answer> = {
  'a web page': text('<html><h1>Welcome</h1></html>', 'text/html'),
  'a web page that calls itself JSON': text('<html>'),
  'a web page with an error': text('<html>', 'text/html', 500),
  'nothing at all': text(''),
  'a JSON array': text('[]'),
  'half of a JSON object': text('{"access_token":"x'),
  'JSON nested 100,000 levels deep': text(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`),
  'JSON nested 2,000 levels deep': text(`{"error":"x","a":${'['.repeat(2e3)}${']'.repeat(2e3)}}`),
  'bytes that are no UTF-8': text(Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d)),
  '__proto__ and constructor and no more': text(
    '{"__proto__":{"client_id":"p","access_token":"p"},"constructor":{}}',
  ),
  'a body without end': res => {
    res.writeHead(200, { 'content-type': 'application/json' }).write('{"a":"');
    const pour = () => {
      while (!res.destroyed && res.write('x'.repeat(65_536)));
    };
    res.on('drain', pour);
    pour();
  },
  'a compressed bomb': res =>
    res
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip, gzip, gzip' })
      .end(bomb),
  'a fourth coding on top of three': res =>
    res
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip, gzip, gzip, gzip' })
      .end(gzipSync(bomb)),
  'a body that comes byte by byte': res => {
    res.writeHead(200, { 'content-type': 'application/json' }).write('{');
    const timer = setInterval(() => res.write(' '), 20);
    res.once('close', () => clearInterval(timer));
  },
  'a head that never comes': () => {},
  'a redirect to itself': (res, { path }) => res.writeHead(307, { location: path }).end(),
  'a redirect to a script': res => res.writeHead(302, { location: 'javascript:alert(1)' }).end(),
  'ten thousand header fields': res => {
    for (let at = 0; at < 10_000; at++) res.setHeader(`x-${at}`, 'y');
    res.end('{}');
  },
  'an error with escapes for terminals': text(
    JSON.stringify({ error: `evil${ESCAPES}`, error_description: ESCAPES }),
    'application/json',
    400,
  ),
};

describe.each(Object.keys(ANYWHERE))('%s', what => {
  const answer = ANYWHERE[what] as Answer;

  test.each(['resource', 'metadata', 'register', 'token'] as const)(
    'in place of the %s ends the sign-in in time, in words and with a way out',
    async place => {
      const { fault, grant, said, seen } = await attempt({ [place]: answer });
      expect(grant).toBeUndefined();
      expect(fault?.code).toMatch(/^(discovery|registration|token|net|sign-in)\./);
      expect(fault?.sentence).not.toMatch(STEERS);
      expect(fault?.remedy).toMatch(/\w{3}/);
      expect(seen.length).toBeLessThan(20);
      expect(said.length).toBeLessThan(4 * 1024 * 1024);
    },
    10_000,
  );
});

describe('metadata', () => {
  const SCHEMES = [
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'ftp://h/',
    'keybridge://x',
    '/relative',
    'https://u:p@h/',
  ];

  test.each(SCHEMES)('with %s for an authorization or token endpoint opens and asks nothing', async url => {
    for (const name of ['authorization_endpoint', 'token_endpoint']) {
      const { fault, link, seen } = await attempt({ document: { [name]: url } });
      expect(fault).toMatchObject({ code: 'discovery.no-metadata', remedy: expect.any(String) });
      expect(link).toBeUndefined();
      expect(seen.filter(({ path }) => path === '/as/register')).toHaveLength(0);
    }
  });

  test.each(SCHEMES)('with %s for a registration endpoint has none', async url => {
    const { fault, link } = await attempt({ document: { registration_endpoint: url } });
    expect(fault).toMatchObject({ code: 'registration.unsupported', remedy: expect.any(String) });
    expect(link).toBeUndefined();
  });

  test.each(SCHEMES)('with %s for what is used later does not pass it on', async url => {
    const { report, grant } = await attempt({
      document: {
        revocation_endpoint: url,
        device_authorization_endpoint: url,
        logo_uri: url,
        op_policy_uri: url,
      },
    });
    expect(grant?.revocationEndpoint).toBeUndefined();
    const { raw: _, ...chosen } = report.chosen ?? {};
    expect(JSON.stringify(chosen)).not.toContain(url);
  });

  test.each([
    ['another', 'https://evil.example'],
    ['one that looks the same', 'http://127.0.0.1./'],
    ['none', undefined],
    ['a list', ['http://127.0.0.1']],
    ['an object with it', { toString: 'x' }],
  ])('whose issuer is %s is not believed', async (_what, issuer) => {
    const { fault, link } = await attempt({ document: { issuer } });
    expect(fault).toMatchObject({ code: 'discovery.no-metadata', remedy: expect.any(String) });
    expect(link).toBeUndefined();
  });

  test('that names thousands of scopes and servers costs a link of ordinary length', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `s${index}`);
    const { link, grant } = await attempt({
      patience: 20_000,
      resource: (res, _seen, issuer) => {
        const body = {
          resource: new URL('/mcp', issuer).href,
          authorization_servers: [issuer, ...many],
          scopes_supported: many,
        };
        res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      },
    });
    expect(grant).toBeDefined();
    expect(link?.href.length).toBeLessThan(20_000);
  });

  test('with its keys twice is judged by the value that is used', async () => {
    const { link } = await attempt({
      metadata: (res, _seen, issuer) =>
        text(
          `{"issuer":"https://evil.example","issuer":"${issuer}","authorization_endpoint":"javascript:1","authorization_endpoint":"${issuer}/authorize","token_endpoint":"${issuer}/token","registration_endpoint":"${issuer}/register","code_challenge_methods_supported":["S256"]}`,
        )(res, _seen, issuer),
    });
    expect(link?.protocol).toBe('http:');
  });
});

describe('a token answer', () => {
  test.each([
    '1e400',
    '-1',
    '-1e400',
    '0',
    '"soon"',
    '"1e9999"',
    'null',
    '[]',
    '{"a":1}',
    'true',
    '1e300',
    '9'.repeat(400),
  ])('with expires_in %s is good for as long as the server takes it', async life => {
    const { grant } = await attempt({
      token: text(`{"access_token":"an-access-token","token_type":"Bearer","expires_in":${life}}`),
    });
    expect(grant).toMatchObject({ accessToken: 'an-access-token' });
    expect(grant?.expiresAt).toBeUndefined();
    expect(JSON.parse(JSON.stringify(grant))).toEqual(grant);
  });

  test.each([
    ['a scope without end', { scope: 'a '.repeat(100_000) }],
    ['__proto__', JSON.parse('{"__proto__":{"refresh_token":"x"},"constructor":{"prototype":1}}') as object],
    ['a lone surrogate in its scope', { scope: '\ud800 read' }],
  ])('with %s is used for what it says', async (_what, more) => {
    const { grant } = await attempt({
      token: text(JSON.stringify({ access_token: 'an-access-token', token_type: 'Bearer', ...more })),
    });
    expect(grant?.accessToken).toBe('an-access-token');
    expect(grant?.refreshToken).toBeUndefined();
  });
});

describe('the answer the browser brings', () => {
  test.each([
    ['another issuer', back => back.set('iss', 'https://evil.example')],
    ['its issuer spelled otherwise', back => back.set('iss', 'http://127.0.0.1')],
    ['an empty issuer', back => back.set('iss', '')],
    ['two issuers', back => back.append('iss', 'https://evil.example')],
    ['two codes', back => back.append('code', 'another')],
    ['two states', back => back.append('state', back.get('state') ?? '')],
    ['code and error both', back => back.set('error', 'access_denied')],
    [
      'an error with escapes for terminals',
      back => {
        back.delete('code');
        back.set('error', `evil${ESCAPES}`);
        back.set('error_description', ESCAPES);
      },
    ],
  ] satisfies [string, (back: URLSearchParams) => void][])(
    'with %s is not redeemed, and nothing steers a terminal',
    async (_what, callback) => {
      const { fault, seen } = await attempt({ callback });
      expect(fault?.code).toMatch(/^sign-in\./);
      expect(fault?.sentence).not.toMatch(STEERS);
      expect(fault?.remedy).toMatch(/\w{3}/);
      expect(seen.some(({ path }) => path === '/as/token')).toBe(false);
    },
  );
});
