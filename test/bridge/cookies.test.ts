import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { CookieJar } from '../../src/bridge/cookies.ts';
import { data, initialized, json, result, serve, stream, type TestServer } from '../support/http-server.ts';
import { connect, type Host, until } from '../support/mcp-host.ts';

const HERE = new URL('https://mcp.example/a/mcp');
let now = Date.UTC(2026, 0, 1);

/** What is sent to a URL after these Set-Cookie fields of an answer from `from`. */
function sent(fields: readonly string[], to: string | URL = HERE, from: string | URL = HERE) {
  const jar = new CookieJar(new URL(from), () => now);
  jar.take(
    new URL(from),
    fields.map(value => ['Set-Cookie', value]),
  );
  return jar.field(new URL(to));
}

describe('a cookie', () => {
  it.each([
    ['one=1', 'one=1'],
    [' one = a b ; Path=/ ', 'one=a b'],
    ['one=', 'one='],
    ['one=x=y', 'one=x=y'],
    ['one="quoted"', 'one="quoted"'],
    ['one', undefined],
    ['=1', undefined],
    ['', undefined],
    ['one=a\u0001b', undefined],
    ['one=a\r\nX-Injected: 1', undefined],
    [`one=${'x'.repeat(4093)}`, `one=${'x'.repeat(4093)}`],
    [`one=${'x'.repeat(4094)}`, undefined],
  ])('%j is sent as %j', (field, expected) => expect(sent([field])).toBe(expected));

  it.each([
    ['one=1', 'https://mcp.example/a/other', true],
    ['one=1', 'https://mcp.example/a', true],
    ['one=1', 'https://mcp.example/ab', false],
    ['one=1', 'https://mcp.example/', false],
    ['one=1; Path=/', 'https://mcp.example/', true],
    ['one=1; path=/a/mcp', 'https://mcp.example/a/mcp/x', true],
    ['one=1; Path=/a/mc', 'https://mcp.example/a/mcp', false],
    ['one=1; Path=a', 'https://mcp.example/a/mcp', true],
  ])('%s for %s: %s', (field, url, goes) => expect(sent([field], url) !== undefined).toBe(goes));

  it.each(['https://mcp.example:8443/a/mcp', 'http://mcp.example/a/mcp', 'https://x.mcp.example/a/mcp'])(
    'never goes to another origin, whatever its Domain: %s',
    url => expect(sent(['one=1', 'two=2; Domain=mcp.example; Path=/'], url)).toBeUndefined(),
  );

  it.each([
    ['mcp.example', true],
    ['.MCP.example', true],
    ['example', true],
    ['', true],
    ['other.example', false],
    ['x.mcp.example', false],
    ['cp.example', false],
  ])('with the Domain "%s" is kept: %s', (domain, kept) =>
    expect(sent([`one=1; Domain=${domain}`]) !== undefined).toBe(kept),
  );

  it('with a part of an address for its Domain is not kept', () => {
    const url = 'http://127.0.0.1/mcp';
    expect(sent(['one=1; Domain=0.0.1'], url, url)).toBeUndefined();
    expect(sent(['one=1; Domain=127.0.0.1'], url, url)).toBe('one=1');
  });

  it('that is secure is not sent over plain http beyond this machine', () => {
    expect(sent(['one=1; Secure'])).toBe('one=1');
    expect(sent(['one=1; secure'], 'http://localhost/mcp', 'http://localhost/mcp')).toBe('one=1');
    expect(sent(['one=1; Secure'], 'http://mcp.example/mcp', 'http://mcp.example/mcp')).toBeUndefined();
  });

  it('lives as long as Max-Age says, else Expires, else as long as the jar', () => {
    const jar = new CookieJar(HERE, () => now);
    const at = (ms: number) => new Date(now + ms).toUTCString();
    const lives = [
      'session=1',
      `minute=1; Expires=${at(60_000)}`,
      `second=1; Expires=${at(60_000)}; Max-Age=1`,
      'odd=1; Expires=tomorrow; Max-Age=soon',
    ];
    jar.take(
      HERE,
      lives.map(value => ['set-cookie', value]),
    );
    expect(jar.field(HERE)).toBe('session=1; minute=1; second=1; odd=1');
    now += 1000;
    expect(jar.field(HERE)).toBe('session=1; minute=1; odd=1');
    now += 60_000;
    expect(jar.field(HERE)).toBe('session=1; odd=1');
  });

  it.each(['one=; Max-Age=0', 'one=; Max-Age=-1', 'one=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])(
    'is taken back with %s',
    field => expect(sent(['one=1', 'two=2', field])).toBe('two=2'),
  );

  it('replaces the one of its name and path, and stands beside those of other paths, the longest first', () => {
    expect(sent(['one=1; Path=/', 'two=2', 'one=3; Path=/', 'one=4'])).toBe('two=2; one=4; one=3');
  });
});

it('what a server makes of the field costs time in proportion to its length', () => {
  const long = 60_000;
  for (const piece of [' ', '=', ';', ' =', 'a=;', '; Path=/', '; Domain=.', '-', '1']) {
    const began = performance.now();
    const rest = piece.repeat(long / piece.length);
    for (const field of [`a=1; x${rest}x`, `a=1; Expires=${rest}x`, `${rest}a`]) sent([field]);
    expect(performance.now() - began).toBeLessThan(1000);
  }
});

it('whatever a server sets, what is sent can stand in a header', () => {
  const texts = fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 5 });
  const fields = fc.oneof(
    texts.map(parts => parts.join(';')),
    texts.map(parts => `name=${parts.join('; Path=/')}`),
  );
  fc.assert(
    fc.property(fc.array(fields, { maxLength: 4 }), set => {
      const field = sent(set);
      if (field !== undefined) expect(new Headers({ cookie: field }).get('cookie')).toBe(field.trim());
    }),
  );
});

it('a jar is bounded in number and in size, and the oldest give way', () => {
  const many = sent(Array.from({ length: 60 }, (_, at) => `c${at}=1`)) ?? '';
  expect(many.split('; ')).toHaveLength(50);
  expect(many).toMatch(/^c10=1; .*c59=1$/);
  const large = sent(Array.from({ length: 5 }, (_, at) => `c${at}=${'x'.repeat(3000)}`)) ?? '';
  expect(large.match(/c\d/g)).toEqual(['c3', 'c4']);
});

describe('a conversation', () => {
  let server: TestServer;
  let host: Host | undefined;
  afterEach(async () => {
    await host?.channel.close();
    await server.close();
  });

  /** A balancer in front of two machines: who has no cookie of its is led to the next one. */
  async function start(options: Parameters<typeof connect>[1] = {}) {
    const state = {
      next: 0,
      forgets: undefined as string | undefined,
      words: undefined as string | undefined,
    };
    server = await serve((seen, res) => {
      const { id, method } = seen.rpc;
      const at = /\bnode=(\w+)/.exec(seen.headers.cookie ?? '')?.[1] ?? `n${++state.next}`;
      res.setHeader('set-cookie', [`node=${at}; Path=/; HttpOnly`, 'elsewhere=1; Domain=other.example']);
      if (method === 'initialize') return json(res, initialized(id), 200, { 'mcp-session-id': `s-${at}` });
      const session = seen.headers['mcp-session-id'];
      if (seen.method !== 'DELETE' && state.forgets === session && state.words)
        return json(res, { error: state.words }, 400);
      if (session !== `s-${at}` || state.forgets === session) return res.writeHead(404).end();
      if (seen.method === 'GET')
        return stream(res, data({ jsonrpc: '2.0', method: `notifications/of-${at}` }));
      if (seen.method === 'DELETE') return res.writeHead(200).end();
      return id === undefined ? res.writeHead(202).end() : json(res, result(id, { at }));
    });
    const connected = connect(server.url, options);
    host = connected.host;
    await host.initialize();
    return { ...connected, state };
  }

  it('stays on one machine: its requests, its stream and its DELETE carry the cookies that were set', async () => {
    const { host } = await start();
    await host.hears(({ method }) => method === 'notifications/of-n1');
    for (let count = 0; count < 3; count++) expect((await host.ask('call')).result).toEqual({ at: 'n1' });
    await host.channel.close();
    expect(server.of('DELETE')).toHaveLength(1);
    const [first, ...others] = server.seen;
    expect(first?.headers.cookie).toBeUndefined();
    expect(others.map(({ headers }) => headers.cookie)).toEqual(Array(others.length).fill('node=n1'));
  });

  it('that begins anew after its session is lost is led to any machine', async () => {
    const { host, state } = await start();
    await host.hears(({ method }) => method === 'notifications/of-n1');
    state.forgets = 's-n1';
    expect((await host.ask('call')).result).toEqual({ at: 'n2' });
    await host.hears(({ method }) => method === 'notifications/of-n2');
    const [, again] = server.of('POST', 'initialize');
    expect(again?.headers.cookie).toBeUndefined();
  });

  it('that only words say is lost takes leave of the machine it was on', async () => {
    const { host, state } = await start();
    await host.hears(({ method }) => method === 'notifications/of-n1');
    Object.assign(state, { forgets: 's-n1', words: 'The session has expired.' });
    expect((await host.ask('call')).result).toEqual({ at: 'n2' });
    await until(() => server.of('DELETE').length === 1);
    expect(server.of('DELETE')[0]?.headers).toMatchObject({ cookie: 'node=n1', 'mcp-session-id': 's-n1' });
    const [, again] = server.of('POST', 'initialize');
    expect(again?.headers.cookie).toBeUndefined();
  });

  it('without cookies, by --disable-cookies, sends none', async () => {
    await start({ cookies: false });
    await until(() => server.of('POST', 'notifications/initialized').length === 1);
    expect(server.seen.some(({ headers }) => headers.cookie)).toBe(false);
  });

  it('with a Cookie of the user’s sends that one and no other', async () => {
    const { host } = await start({ headers: [['cookie', 'node=mine']] });
    expect((await host.ask('call')).result).toEqual({ at: 'mine' });
    expect(new Set(server.seen.map(({ headers }) => headers.cookie))).toEqual(new Set(['node=mine']));
  });
});
