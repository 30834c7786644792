import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkUrl, difference, quote, quoteUrl, resourceCovers } from '../../src/oauth/identifier.ts';

const covers = (resource: string, server: string) => resourceCovers(resource, new URL(server));

describe('a resource covers', () => {
  it.each([
    ['the server itself', 'https://h.example/mcp', 'https://h.example/mcp'],
    ['the server without the slash', 'https://h.example/mcp', 'https://h.example/mcp/'],
    ['the server with a slash', 'https://h.example/mcp/', 'https://h.example/mcp'],
    ['everything on its origin', 'https://h.example', 'https://h.example/a/mcp'],
    ['everything on its origin, with a slash', 'https://h.example/', 'https://h.example/a/mcp'],
    ['what lies under its path', 'https://h.example/a', 'https://h.example/a/mcp'],
    ['the same host in other letters', 'HTTPS://H.Example/mcp', 'https://h.example/mcp'],
    ['the same host with its default port', 'https://h.example:443/mcp', 'https://h.example/mcp'],
    ['the same query', 'https://h.example/mcp?t=1', 'https://h.example/mcp?t=1'],
    ['any query when it has none', 'https://h.example/mcp', 'https://h.example/mcp?t=1'],
    ['an encoded path written the same', 'https://h.example/a%2Fb', 'https://h.example/a%2Fb/mcp'],
    ['an IPv6 host', 'http://[::1]:80/mcp', 'http://[::1]/mcp'],
  ])('%s', (_what, resource, server) => {
    expect(covers(resource, server)).toBe(true);
  });
});

describe('a resource does not cover', () => {
  it.each([
    ['a neighbour on a shared host', 'https://h.example/evil', 'https://h.example/victim'],
    ['a longer segment', 'https://h.example/a', 'https://h.example/ab'],
    ['a longer segment, with a slash', 'https://h.example/a/', 'https://h.example/ab'],
    ['what lies above it', 'https://h.example/a/mcp', 'https://h.example/a'],
    ['another host', 'https://evil.example/mcp', 'https://h.example/mcp'],
    ['a host that only begins alike', 'https://h.example.evil.example/mcp', 'https://h.example/mcp'],
    ['another port', 'https://h.example:8443/mcp', 'https://h.example/mcp'],
    ['another scheme', 'http://h.example/mcp', 'https://h.example/mcp'],
    ['another path case', 'https://h.example/MCP', 'https://h.example/mcp'],
    ['another query', 'https://h.example/mcp?t=2', 'https://h.example/mcp?t=1'],
    ['a server without its query', 'https://h.example/mcp?t=1', 'https://h.example/mcp'],
    ['by dot segments', 'https://h.example/victim/../mcp', 'https://h.example/mcp'],
    ['by encoded dot segments', 'https://h.example/victim/%2e%2e/mcp', 'https://h.example/mcp'],
    ['by an encoded slash', 'https://h.example/a%2Fmcp', 'https://h.example/a/mcp'],
    ['by encoding a letter', 'https://h.example/%6dcp', 'https://h.example/mcp'],
    ['by a backslash', 'https://h.example\\mcp', 'https://h.example/mcp'],
    ['by white space', ' https://h.example/mcp', 'https://h.example/mcp'],
    ['by a tab that parsers drop', 'https://h.example/m\tcp', 'https://h.example/mcp'],
    ['by an empty segment', 'https://h.example//mcp', 'https://h.example/mcp'],
    ['by two slashes at the end', 'https://h.example/a//', 'https://h.example/a/mcp'],
    ['with a fragment', 'https://h.example/mcp#x', 'https://h.example/mcp'],
    ['with a user name', 'https://user@h.example/mcp', 'https://h.example/mcp'],
    [
      'with a user name that looks like the host',
      'https://h.example@evil.example/mcp',
      'https://h.example/mcp',
    ],
    ['as a URN', 'urn:h.example:mcp', 'https://h.example/mcp'],
    ['as a custom scheme', 'api://h.example/mcp', 'https://h.example/mcp'],
    ['without slashes', 'https:h.example/mcp', 'https://h.example/mcp'],
    ['as nothing', '', 'https://h.example/mcp'],
  ])('%s', (_what, resource, server) => {
    expect(covers(resource, server)).toBe(false);
  });

  it('any path that does not continue it segment by segment', () => {
    const path = fc.array(fc.constantFrom('a', 'b', 'ab', 'a%2Fb', '~'), { maxLength: 4 });
    fc.assert(
      fc.property(path, path, fc.boolean(), (resource, server, slash) => {
        const isPrefix = resource.every((segment, index) => segment === server[index]);
        const written = `https://h.example/${resource.join('/')}${slash && resource.length > 0 ? '/' : ''}`;
        expect(covers(written, `https://h.example/${server.join('/')}`)).toBe(isPrefix);
      }),
    );
  });
});

describe('a URL a server names', () => {
  it.each(['https://as.example/x', 'http://localhost:3000/', 'http://127.0.0.1/', 'http://[::1]:1/'])(
    'may be asked: %s',
    text => expect(checkUrl(text).ok).toBe(true),
  );

  it.each([
    'http://as.example/',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:application/json,{}',
    'ftp://as.example/',
    'https://user:pass@as.example/',
    'http://localhost.evil.example/',
    '/relative',
    '//as.example/x',
    'https://as.example/a b',
    'java\nscript:alert(1)',
    '',
  ])('may not be asked: %s', text => expect(checkUrl(text).ok).toBe(false));

  it.each([
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://2130706433/',
    'https://127.1/',
    'https://0/',
    'https://127.0.0.1./',
    'https://①②⑦.0.0.1/',
    'https://localhost/',
    'https://localhost./',
    'https://LOCALHOST/',
    'https://a.localhost./',
    'https://169.254.169.254/latest/meta-data',
    'https://2852039166/',
    'https://0xa9fea9fe/',
    'https://10.0.0.1/',
    'https://192.168.1.1./',
    'https://100.64.0.1/',
    'https://[::]/',
    'https://[::1]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[::10.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://[2002:a00:1::]/',
    'https://[2001:db8::1]/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
  ])('is not public: %s', text => {
    expect(checkUrl(text, { reach: 'public' })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('is not a public address'),
    });
    expect(checkUrl(text, { reach: 'any' }).ok).toBe(true);
  });

  it('may be plain http only by the word of the user, and then still only http', () => {
    expect(checkUrl('http://as.example/', { allowHttp: true }).ok).toBe(true);
    expect(checkUrl('javascript:alert(1)', { allowHttp: true }).ok).toBe(false);
  });
});

it.each(['http://localhost/', 'https://127.0.0.1/', 'https://10.0.0.1/', 'https://[fd00::1]/'])(
  'a URL that a public server names is not %s',
  text => {
    expect(checkUrl(text, { reach: 'public' }).ok).toBe(false);
    expect(checkUrl(text).ok).toBe(true);
  },
);

it.each([
  ['https://a/', 'https://a', 'They differ only by a slash at the end.'],
  ['https://a ', 'https://a', 'They differ only by white space.'],
  ['https://A/x', 'https://a/X', 'They differ only in upper and lower case.'],
  ['https://a:443/', 'https://a', 'They mean the same URL but are not written the same.'],
  ['http://a/x', 'https://a/x', 'One is http and the other https.'],
  ['https://b/x', 'https://a/x', 'They name different hosts.'],
  ['https://a:1/x', 'https://a/x', 'They name different ports.'],
  ['https://a/y', 'https://a/x', 'They name different paths.'],
  ['https://a/x?q', 'https://a/x', 'They differ in the query.'],
  ['urn', 'https://a', 'One of them is not a URL.'],
])('tells how %s and %s differ', (one, other, sentence) => {
  expect(difference(one, other)).toBe(sentence);
});

it('quotes so that look-alikes, line breaks and length show', () => {
  expect(quote('https://аpple.example\n\u202e"')).toBe('"https://\\u0430pple.example\\u000a\\u202e\\""');
  expect(quote('x'.repeat(500))).toHaveLength(203);
});

it('keeps the query of a URL out of sentences', () => {
  expect(quoteUrl('https://h.example/mcp?key=secret#x')).toBe('"https://h.example/mcp?…#x"');
  const checked = checkUrl('http://h.example/mcp?key=secret');
  expect(!checked.ok && checked.reason).toBe('is not https: "http://h.example/mcp?…"');
});
