import { describe, expect, it } from 'vitest';
import { discover } from '../../src/oauth/discover.ts';
import {
  asm,
  challenge,
  html,
  OAUTH,
  OPENID,
  paths,
  prm,
  RESOURCE,
  refused,
  run,
  status,
} from '../support/discovery.ts';
import { fakeSpan } from '../support/fake-span.ts';
import { fakeWorld, type Handler } from '../support/fake-world.ts';

describe('resource metadata', () => {
  const as = paths({ [OAUTH]: asm('https://as.example') });

  it('is read where the challenge says, and the root is not asked', async () => {
    const { report, asked } = await run(
      {
        'https://mcp.example': paths({
          '/custom/meta.json': prm('https://mcp.example/mcp', 'https://as.example'),
        }),
        'https://as.example': as,
      },
      refused('Bearer resource_metadata="https://mcp.example/custom/meta.json", scope="a b"'),
    );
    expect(asked).toEqual(['https://mcp.example/custom/meta.json', `https://as.example${OAUTH}`]);
    expect(report).toMatchObject({
      server: 'https://mcp.example/mcp',
      path: 'resource-metadata',
      challengedScope: ['a', 'b'],
      reach: 'public',
      chosen: { issuer: 'https://as.example', tokenEndpoint: 'https://as.example/token' },
      resourceMetadata: { found: { resource: 'https://mcp.example/mcp' } },
    });
    expect(report.resourceMetadata.attempts).toEqual([
      {
        url: 'https://mcp.example/custom/meta.json',
        because: "The server's challenge names this address (resource_metadata).",
        exchange: 'exchange-1',
        status: 200,
        result: 'found',
      },
    ]);
  });

  it('is looked for at the path form, then at the root, when the challenge does not say', async () => {
    const { report, asked } = await run({
      'https://mcp.example': paths({ [RESOURCE]: prm('https://mcp.example', 'https://as.example') }),
      'https://as.example': as,
    });
    expect(asked).toEqual([
      `https://mcp.example${RESOURCE}/mcp`,
      `https://mcp.example${RESOURCE}`,
      `https://as.example${OAUTH}`,
    ]);
    expect(report.resourceMetadata.attempts.map(({ result }) => result)).toEqual(['absent', 'found']);
    expect(report.resourceMetadata.found?.resource).toBe('https://mcp.example');
  });

  it.each([
    ['fails', status(500)],
    ['is overloaded', status(503)],
    ['asks for a sign-in', status(401)],
    ['forbids', status(403)],
    ['limits the rate', status(429)],
    ['sends a web page', html],
    ['sends a broken document', () => new Response('{')],
    [
      'speaks for another server',
      () => Response.json(prm('https://other.example/mcp', 'https://evil.example')),
    ],
    ['breaks the connection', () => Promise.reject(new Error('socket hang up'))],
    ['redirects without saying where to', status(302)],
    ['answers no content', () => new Response(null, { status: 204 })],
  ] satisfies [string, Handler][])('is found at the root when the path form %s', async (_what, handler) => {
    const { report } = await run({
      'https://mcp.example': paths({
        [`${RESOURCE}/mcp`]: handler,
        [RESOURCE]: prm('https://mcp.example/mcp', 'https://as.example'),
      }),
      'https://as.example': as,
    });
    expect(report.chosen?.issuer).toBe('https://as.example');
    expect(report.resourceMetadata.attempts.map(({ result }) => result)).toEqual([
      expect.stringMatching(/^(absent|invalid|unreachable)$/),
      'found',
    ]);
    expect(report.resourceMetadata.attempts[0]?.detail).toMatch(/^[^ ].+\.?$/);
  });

  it('is found at the path form when the challenge names an address of no use', async () => {
    for (const named of ['https://mcp.example/gone', 'javascript:alert(1)', 'http://internal:8080/meta']) {
      const { report, asked } = await run(
        {
          'https://mcp.example': paths({
            [`${RESOURCE}/mcp`]: prm('https://mcp.example/mcp', 'https://as.example'),
            [RESOURCE]: prm('https://mcp.example', 'https://wrong.example'),
          }),
          'https://as.example': as,
        },
        refused(`Bearer resource_metadata="${named}"`),
      );
      expect(report.chosen?.issuer).toBe('https://as.example');
      expect(asked).not.toContain(`https://mcp.example${RESOURCE}`);
      expect(report.resourceMetadata.attempts).toHaveLength(2);
    }
  });

  it('is not looked for at the root when the challenge names what may not be asked', async () => {
    const { asked } = await run(
      { 'https://mcp.example': paths({ [RESOURCE]: prm('https://mcp.example', 'https://wrong.example') }) },
      refused('Bearer resource_metadata="javascript:alert(1)"'),
    );
    expect(asked).toEqual([
      `https://mcp.example${RESOURCE}/mcp`,
      `https://mcp.example${OAUTH}`,
      `https://mcp.example${OPENID}`,
    ]);
  });

  it('that speaks for another server is not used, nor replaced by a guess at the origin', async () => {
    const { report, asked } = await run({
      'https://mcp.example': paths({
        [`${RESOURCE}/mcp`]: prm('https://evil.example/mcp', 'https://as.example'),
        [OAUTH]: asm('https://mcp.example'),
      }),
      'https://as.example': as,
    });
    expect(report).toMatchObject({ path: 'none', issuers: [] });
    expect(report.chosen).toBeUndefined();
    expect(report.resourceMetadata.attempts[0]).toMatchObject({
      result: 'invalid',
      problem: 'resource-mismatch',
      detail: expect.stringContaining('"https://evil.example/mcp"'),
    });
    expect(asked).toEqual([`https://mcp.example${RESOURCE}/mcp`, `https://mcp.example${RESOURCE}`]);
  });
});

describe('server metadata', () => {
  const mcp = (...issuers: string[]) =>
    paths({ [`${RESOURCE}/mcp`]: prm('https://mcp.example/mcp', ...issuers) });

  it('is looked for in the order of the specification', async () => {
    const { report, asked } = await run({
      'https://mcp.example': mcp('https://as.example/tenant'),
      'https://as.example': paths({ [`/tenant${OPENID}`]: asm('https://as.example/tenant') }),
    });
    expect(asked.slice(1)).toEqual([
      `https://as.example${OAUTH}/tenant`,
      `https://as.example${OPENID}/tenant`,
      `https://as.example/tenant${OPENID}`,
    ]);
    expect(report.chosen?.issuer).toBe('https://as.example/tenant');
  });

  it('with another issuer is not used, and the next place is asked', async () => {
    const { report } = await run({
      'https://mcp.example': mcp('https://as.example'),
      'https://as.example': paths({
        [OAUTH]: asm('https://as.example/'),
        [OPENID]: asm('https://as.example'),
      }),
    });
    expect(report.issuers[0]?.metadata.attempts).toMatchObject([
      { result: 'invalid', problem: 'issuer-mismatch' },
      { result: 'found' },
    ]);
    expect(report.chosen?.url).toBe(`https://as.example${OPENID}`);
  });

  it('that is incomplete is kept only while nothing better is found', async () => {
    const incomplete = { issuer: 'https://as.example', token_endpoint: 'https://as.example/token' };
    const better = await run({
      'https://mcp.example': mcp('https://as.example'),
      'https://as.example': paths({ [OAUTH]: incomplete, [OPENID]: asm('https://as.example') }),
    });
    expect(better.report.chosen?.url).toBe(`https://as.example${OPENID}`);
    const none = await run({
      'https://mcp.example': mcp('https://as.example'),
      'https://as.example': paths({
        [OAUTH]: { ...incomplete, authorization_endpoint: 'http://as.example/a' },
      }),
    });
    expect(none.report).toMatchObject({ path: 'none' });
    expect(none.report.issuers[0]?.metadata.found?.tokenEndpoint).toBe('https://as.example/token');
  });

  it('is chosen from the first issuer in the list that has any', async () => {
    const { report } = await run({
      'https://mcp.example': mcp('https://dead.example', 'https://b.example', 'https://c.example'),
      'https://b.example': paths({ [OPENID]: asm('https://b.example') }),
      'https://c.example': paths({ [OAUTH]: asm('https://c.example') }),
    });
    expect(report.chosen?.issuer).toBe('https://b.example');
    expect(report.issuers.map(({ issuer }) => issuer)).toEqual([
      'https://dead.example',
      'https://b.example',
      'https://c.example',
    ]);
  });

  it('is asked of at most eight issuers, four at once', async () => {
    let now = 0;
    let most = 0;
    const issuers = Array.from({ length: 20 }, (_, index) => `https://as${index}.example`);
    const slow: Handler = async () => {
      most = Math.max(most, ++now);
      await new Promise(resolve => setImmediate(resolve));
      now--;
      return new Response('', { status: 404 });
    };
    const { report, span } = await run({
      'https://mcp.example': mcp(...issuers),
      ...Object.fromEntries(issuers.map(issuer => [issuer, slow])),
    });
    expect(report.issuers.map(({ issuer }) => issuer)).toEqual(issuers.slice(0, 8));
    expect(most).toBe(4);
    expect(span.notes).toContain('Of the 20 authorization servers named, the first 8 are asked.');
  });

  it('of a slow issuer is not waited for once another in front of it can be used', async () => {
    const world = fakeWorld({
      servers: {
        'https://mcp.example': mcp('https://a.example', 'https://slow.example'),
        'https://a.example': paths({ [OAUTH]: asm('https://a.example') }),
        'https://slow.example': () => new Promise(() => {}),
      },
    });
    const options = { sleep: world.sleep, refusal: { challenges: [] } };
    const pending = discover(new URL('https://mcp.example/mcp'), fakeSpan(world), options);
    await world.clock.advance(2_000);
    const report = await pending;
    expect(report.chosen?.issuer).toBe('https://a.example');
    expect(report.issuers[1]?.metadata.attempts.map(({ detail }) => detail)).toEqual([
      'Another authorization server was chosen before it answered.',
      'Another authorization server was chosen before it answered.',
    ]);
    expect(world.clock.sleepers()).toBe(0);
  });

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'http://as.example',
    'https://as.example?x=1',
    'https://as.example#x',
    'as.example',
  ])('is not asked of the issuer %s', async issuer => {
    const { report, asked } = await run({
      'https://mcp.example': mcp(issuer),
      'https://as.example': status(200),
    });
    expect(asked).toHaveLength(1);
    expect(report.issuers).toMatchObject([
      { issuer, metadata: { attempts: [{ result: 'invalid', problem: 'url' }] } },
    ]);
  });
});

describe('a server of 2025-03-26', () => {
  it.each(['https://mcp.example', 'https://mcp.example/'])(
    'has metadata on its origin, issuer %s',
    async issuer => {
      const { report, asked } = await run({
        'https://mcp.example': paths({ [OAUTH]: { ...asm('https://mcp.example'), issuer } }),
      });
      expect(asked).toEqual([
        `https://mcp.example${RESOURCE}/mcp`,
        `https://mcp.example${RESOURCE}`,
        `https://mcp.example${OAUTH}`,
      ]);
      expect(report).toMatchObject({ path: 'origin-metadata', chosen: { issuer } });
      expect(report.issuers[0]?.metadata.attempts[0]?.detail !== undefined).toBe(issuer.endsWith('/'));
    },
  );

  it.each([
    ['nothing', status(404)],
    ['web pages', html],
    ['JSON that says it is not there', () => Response.json({ error: 'not found' })],
  ] satisfies [string, Handler][])(
    'with %s in all places is taken to have the default endpoints',
    async (_what, handler) => {
      const { report } = await run({ 'https://mcp.example': handler });
      expect(report).toMatchObject({
        path: 'default-endpoints',
        chosen: {
          issuer: 'https://mcp.example',
          authorizationEndpoint: 'https://mcp.example/authorize',
          tokenEndpoint: 'https://mcp.example/token',
          registrationEndpoint: 'https://mcp.example/register',
          codeChallengeMethodsSupported: ['S256'],
        },
      });
    },
  );

  it('is not seen in one whose metadata is of another issuer', async () => {
    const { report } = await run({ 'https://mcp.example': paths({ [OAUTH]: asm('https://other.example') }) });
    expect(report.path).toBe('none');
    expect(report.issuers[0]?.metadata.attempts[0]?.problem).toBe('issuer-mismatch');
  });

  it('is not guessed at when an outage may hide the resource metadata', async () => {
    const { report } = await run({ 'https://mcp.example': paths({ [`${RESOURCE}/mcp`]: status(503) }) });
    expect(report.path).toBe('none');
  });

  it('is not guessed at when the challenge names resource metadata, but its metadata is used', async () => {
    const options = refused('Bearer resource_metadata="https://mcp.example/gone"');
    const guess = await run({ 'https://mcp.example': status(404) }, options);
    expect(guess.report.path).toBe('none');
    const real = await run(
      { 'https://mcp.example': paths({ [OAUTH]: asm('https://mcp.example') }) },
      options,
    );
    expect(real.report.path).toBe('origin-metadata');
  });

  it('is not guessed at without TLS', async () => {
    const { report } = await run({ 'http://mcp.example': status(404) }, { url: 'http://mcp.example/mcp' });
    expect(report.path).toBe('none');
    const allowed = await run(
      { 'http://mcp.example': status(404) },
      { url: 'http://mcp.example/mcp', allowHttp: true },
    );
    expect(allowed.report.path).toBe('default-endpoints');
  });

  it('may be on this machine without TLS', async () => {
    const { report } = await run(
      { 'http://localhost:3000': status(404) },
      { url: 'http://localhost:3000/mcp' },
    );
    expect(report).toMatchObject({ path: 'default-endpoints', reach: 'any' });
  });
});

describe('the first question', () => {
  it('is a ping without a token when there was no refusal, and its challenge counts', async () => {
    const { report, span } = await run(
      {
        'https://mcp.example': paths({
          '/mcp': challenge('Bearer resource_metadata="https://mcp.example/meta", scope=s'),
          '/meta': prm('https://mcp.example/mcp', 'https://as.example'),
        }),
        'https://as.example': paths({ [OAUTH]: asm('https://as.example') }),
      },
      { refusal: undefined },
    );
    expect(span.exchanges[0]).toMatchObject({ purpose: 'probe', request: { method: 'POST' } });
    expect(report).toMatchObject({ path: 'resource-metadata', challengedScope: ['s'] });
  });

  it('does not stop discovery when the server asks for no sign-in or cannot be reached', async () => {
    const open = await run({ 'https://mcp.example': status(200) }, { refusal: undefined });
    expect(open.span.notes[0]).toBe('Asked without a token, the server answers 200 and not 401.');
    const dead = await run({}, { refusal: undefined });
    expect(dead.report.resourceMetadata.attempts[0]).toMatchObject({
      result: 'unreachable',
      problem: 'net.dns',
    });
  });
});

it('tells its story in the trace', async () => {
  const { span } = await run({
    'https://mcp.example': paths({
      [`${RESOURCE}/mcp`]: prm('https://mcp.example/mcp', 'https://as.example'),
    }),
    'https://as.example': paths({ [OAUTH]: asm('https://as.example') }),
  });
  expect(span.names).toEqual([
    'Find out where to sign in to mcp.example',
    'Look for the resource metadata',
    'Look for the metadata of the authorization server "https://as.example"',
  ]);
  expect(span.notes).toEqual([
    "The sign-in is at https://as.example, which the server's resource metadata names.",
  ]);
});
