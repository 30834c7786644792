import { describe, expect, it } from 'vitest';
import { discover } from '../../src/oauth/discover.ts';
import { asm, OAUTH, OPENID, paths, prm, RESOURCE, refused, run, status } from '../support/discovery.ts';
import { fakeSpan } from '../support/fake-span.ts';
import { type FakeServer, fakeWorld, type Handler } from '../support/fake-world.ts';

describe('redirects', () => {
  const redirect =
    (location: string, code = 302): Handler =>
    () =>
      new Response(null, { status: code, headers: { location } });
  const as = paths({ [OAUTH]: asm('https://as.example') });

  it('are followed, each hop an attempt and an exchange of its own', async () => {
    const { report, asked } = await run({
      'https://mcp.example': paths({
        [`${RESOURCE}/mcp`]: redirect('/elsewhere', 308),
        '/elsewhere': prm('https://mcp.example/mcp', 'https://as.example'),
      }),
      'https://as.example': as,
    });
    expect(asked.slice(0, 2)).toEqual([
      `https://mcp.example${RESOURCE}/mcp`,
      'https://mcp.example/elsewhere',
    ]);
    expect(report.resourceMetadata.attempts).toMatchObject([
      { status: 308, result: 'redirected', exchange: 'exchange-1' },
      { url: 'https://mcp.example/elsewhere', status: 200, result: 'found', exchange: 'exchange-2' },
    ]);
    expect(report.path).toBe('resource-metadata');
  });

  it('of the OpenID alias are followed, and the issuer must still be right', async () => {
    const { report } = await run({
      'https://mcp.example': paths({
        [`${RESOURCE}/mcp`]: prm('https://mcp.example/mcp', 'https://as.example'),
      }),
      'https://as.example': paths({ [OPENID]: redirect('https://evil.example/doc') }),
      'https://evil.example': paths({ '/doc': asm('https://evil.example') }),
    });
    expect(report.path).toBe('none');
    expect(report.issuers[0]?.metadata.attempts.at(-1)).toMatchObject({ problem: 'issuer-mismatch' });
  });

  it('end after five', async () => {
    const loop: Handler = request => redirect(`${new URL(request.url).pathname}x`)(request, {} as never);
    const { report, asked } = await run({ 'https://mcp.example': loop });
    expect(asked.filter(url => url.includes(`${RESOURCE}/mcp`))).toHaveLength(6);
    expect(report.resourceMetadata.attempts[5]).toMatchObject({ result: 'invalid', problem: 'redirect' });
  });

  it.each([
    'http://mcp.example/plain',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:application/json,{}',
    'https://user:pass@mcp.example/x',
    'https://[bad',
  ])('to %s are not followed', async location => {
    const { report, asked } = await run({
      'https://mcp.example': paths({ [`${RESOURCE}/mcp`]: redirect(location) }),
    });
    expect(asked[1]).toBe(`https://mcp.example${RESOURCE}`);
    expect(report.resourceMetadata.attempts[0]).toMatchObject({ result: 'invalid', problem: 'redirect' });
  });

  it('to a private address are refused when they are dialled', async () => {
    const { report } = await run({
      'https://mcp.example': paths({ [`${RESOURCE}/mcp`]: redirect('https://intranet.example/prm') }),
      'https://intranet.example': { handle: status(200), address: '10.0.0.7' },
    });
    expect(report.resourceMetadata.attempts[1]).toMatchObject({
      url: 'https://intranet.example/prm',
      result: 'unreachable',
      problem: 'net.private-address',
    });
  });
});

describe("the user's own network", () => {
  const intranet = (address: string): Record<string, FakeServer> => ({
    'https://mcp.example': {
      handle: paths({ [`${RESOURCE}/mcp`]: prm('https://mcp.example/mcp', 'https://as.example') }),
      address,
    },
    'https://as.example': { handle: paths({ [OAUTH]: asm('https://as.example') }), address: '192.168.0.9' },
  });

  it('is not asked at the word of a public server', async () => {
    const { report } = await run(intranet('20.0.0.1'));
    expect(report).toMatchObject({ path: 'none', reach: 'public' });
    expect(report.issuers[0]?.metadata.attempts[0]?.problem).toBe('net.private-address');
  });

  it('is asked at the word of a server on it, known from the refusal or from its first answer', async () => {
    const known = await run(intranet('10.0.0.1'), refused('Bearer', '10.0.0.1'));
    expect(known.report).toMatchObject({ path: 'resource-metadata', reach: 'any' });
    const learnt = await run(intranet('10.0.0.1'));
    expect(learnt.report).toMatchObject({ path: 'resource-metadata', reach: 'any' });
  });

  it('is not taken for granted because the proxy is on it', async () => {
    const servers = intranet('10.0.0.1');
    const { handle } = servers['https://mcp.example'] as FakeServer;
    const proxied = { handle, address: '127.0.0.1', viaProxy: 'http://127.0.0.1:3128' };
    const { report } = await run({ ...servers, 'https://mcp.example': proxied });
    expect(report).toMatchObject({ path: 'none', reach: 'public' });
  });

  it('is not where a public authorization server may send the browser', async () => {
    const local = { ...asm('https://as.example'), authorization_endpoint: 'http://127.0.0.1:8080/admin' };
    const servers = {
      'https://mcp.example': paths({
        [`${RESOURCE}/mcp`]: prm('https://mcp.example/mcp', 'https://as.example'),
      }),
      'https://as.example': paths({ [OAUTH]: local }),
    };
    const { report } = await run(servers);
    expect(report.path).toBe('none');
    expect(report.issuers[0]?.metadata.found?.authorizationEndpoint).toBeUndefined();
    expect((await run(servers, { reach: 'any' })).report.path).toBe('resource-metadata');
  });

  it("is asked by the user's exception", async () => {
    const { report } = await run(intranet('20.0.0.1'), { reach: 'any' });
    expect(report.chosen?.issuer).toBe('https://as.example');
  });

  it.each([
    'http://127.0.0.1:9/x',
    'http://[::1]:9/x',
    'https://169.254.169.254/latest',
    'https://10.0.0.1/x',
  ])('is not asked at %s when a challenge of a public server names it', async named => {
    const { report } = await run(
      {
        'https://mcp.example': status(404),
        [new URL(named).origin]: () => Response.json(prm('https://mcp.example/mcp', 'https://as.example')),
      },
      refused(`Bearer resource_metadata="${named}"`, '20.0.0.1'),
    );
    expect(report.resourceMetadata.attempts[0]).toMatchObject({ problem: 'net.private-address' });
    expect(report.chosen).toBeUndefined();
  });
});

describe('bounds', () => {
  it('break an endless body off and go on', async () => {
    let cancelled = false;
    const endless: Handler = () =>
      new Response(
        new ReadableStream({
          pull: controller => controller.enqueue(new Uint8Array(65_536)),
          cancel: () => {
            cancelled = true;
          },
        }),
      );
    const { report } = await run({
      'https://mcp.example': paths({
        [`${RESOURCE}/mcp`]: endless,
        [RESOURCE]: prm('https://mcp.example', 'https://as.example'),
      }),
      'https://as.example': paths({ [OAUTH]: asm('https://as.example') }),
    });
    expect(cancelled).toBe(true);
    expect(report.resourceMetadata.attempts[0]).toMatchObject({
      result: 'invalid',
      problem: 'net.too-large',
    });
    expect(report.path).toBe('resource-metadata');
  });

  it.each([
    ['a head that never comes', () => new Promise<Response>(() => {})],
    [
      'a body that never moves',
      () => new Response(new ReadableStream({ start: c => c.enqueue(Uint8Array.of(123)) })),
    ],
    ['an error page that never ends', () => new Response(new ReadableStream({}), { status: 404 })],
  ] satisfies [string, Handler][])('do not wait longer than ten seconds for %s', async (_what, handler) => {
    const world = fakeWorld({
      servers: {
        'https://mcp.example': paths({
          [`${RESOURCE}/mcp`]: handler,
          [RESOURCE]: prm('https://mcp.example', 'https://as.example'),
        }),
        'https://as.example': paths({ [OAUTH]: asm('https://as.example') }),
      },
    });
    const options = { sleep: world.sleep, refusal: { challenges: [] } };
    const pending = discover(new URL('https://mcp.example/mcp'), fakeSpan(world), options);
    await world.clock.advance(9_999);
    expect(world.dials).toHaveLength(1);
    await world.clock.advance(1);
    const report = await pending;
    expect(report.resourceMetadata.attempts[0]?.result).toMatch(/unreachable|absent/);
    expect(report.path).toBe('resource-metadata');
    expect(world.clock.sleepers()).toBe(0);
  });

  it('end discovery after a minute, with what is known by then', async () => {
    const issuers = Array.from({ length: 8 }, (_, index) => `https://as${index}.example`);
    const never: Handler = () => new Promise(() => {});
    const world = fakeWorld({
      servers: {
        'https://mcp.example': paths({ [`${RESOURCE}/mcp`]: prm('https://mcp.example/mcp', ...issuers) }),
        ...Object.fromEntries(issuers.map(issuer => [issuer, never])),
      },
    });
    const options = { sleep: world.sleep, refusal: { challenges: [] }, timeout: 50_000 };
    const pending = discover(new URL('https://mcp.example/mcp'), fakeSpan(world), options);
    await world.clock.advance(60_000);
    const report = await pending;
    expect(report.path).toBe('none');
    expect(report.resourceMetadata.found).toBeDefined();
    expect(report.issuers.at(-1)?.metadata.attempts[0]).toMatchObject({
      result: 'unreachable',
      problem: 'net.timeout',
    });
    expect(world.clock.sleepers()).toBe(0);
  });

  it.each([
    ['a head is awaited', () => new Promise<Response>(() => {})],
    ['an error page is read', () => new Response(new ReadableStream({}), { status: 404 })],
  ] satisfies [string, Handler][])(
    "throw nothing but the reason of the user's signal while %s",
    async (_what, handler) => {
      const world = fakeWorld({
        servers: {
          'https://mcp.example': paths({
            [`${RESOURCE}/mcp`]: prm('https://mcp.example/mcp', 'https://as.example'),
            '/mcp': status(401),
          }),
          'https://as.example': paths({ [OPENID]: handler }),
        },
      });
      const user = new AbortController();
      const options = { sleep: world.sleep, signal: user.signal };
      const pending = discover(new URL('https://mcp.example/mcp'), fakeSpan(world), options);
      await world.clock.settle();
      const reason = new Error('enough');
      user.abort(reason);
      await expect(pending).rejects.toBe(reason);
      expect(world.clock.sleepers()).toBe(0);
    },
  );
});

it("sends the user's own header fields to the server's origin only, marked as secret", async () => {
  const { span } = await run(
    {
      'https://mcp.example': paths({
        [`${RESOURCE}/mcp`]: () =>
          new Response(null, { status: 302, headers: { location: 'https://cdn.example/prm' } }),
        [RESOURCE]: prm('https://mcp.example', 'https://as.example'),
      }),
      'https://cdn.example': status(404),
      'https://as.example': paths({ [OAUTH]: asm('https://as.example') }),
    },
    { headers: [['X-Api-Key', 'k']], refusal: undefined },
  );
  const sent = span.requests.map(({ url, headers, secretHeaders }) => [
    new URL(url).host,
    headers.some(([name]) => name === 'X-Api-Key'),
    secretHeaders,
  ]);
  expect(sent).toEqual([
    ['mcp.example', true, ['X-Api-Key']],
    ['mcp.example', true, ['X-Api-Key']],
    ['cdn.example', false, ['X-Api-Key']],
    ['mcp.example', true, ['X-Api-Key']],
    ['as.example', false, ['X-Api-Key']],
  ]);
});
