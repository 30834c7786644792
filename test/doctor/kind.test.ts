import { describe, expect, test } from 'vitest';
import { examine } from '../../src/doctor/examine.ts';
import { meantBy } from '../../src/doctor/kind.ts';
import { openTrace } from '../../src/trace/record.ts';
import { html, OAUTH, OPENID, paths, prm, RESOURCE, status } from '../support/discovery.ts';
import { codes, ISSUER, RIGHT, RIGHT_ISSUER } from '../support/examination.ts';
import { fakeWorld, type Handler } from '../support/fake-world.ts';
import { full, TENANT } from '../support/issuers.ts';

/** Examines a URL of which nobody said what it is. */
async function look(url: string, answers: Record<string, object | Handler>) {
  const world = fakeWorld({
    servers: {
      [new URL(url).origin]: paths(answers),
      ...(url.startsWith(ISSUER) ? {} : { [ISSUER]: paths(RIGHT_ISSUER) }),
    },
  });
  const { trace, root } = openTrace(world);
  const examination = await examine(new URL(url), undefined, root, trace, world);
  return { examination, dials: world.dials };
}

describe('an issuer is told from a server', () => {
  test.each([
    ['with a path, in OAuth’s form', TENANT, { [`${OAUTH}/tenant`]: full(TENANT) }],
    ['with a path, in OpenID’s form', TENANT, { [`/tenant${OPENID}`]: full(TENANT) }],
    ['without a path', ISSUER, { ...RIGHT_ISSUER, '/': html }],
    ['that calls itself otherwise under its own path', TENANT, { [`/tenant${OPENID}`]: full(ISSUER) }],
    [
      'that is a resource as well, for interfaces of its own',
      `${ISSUER}/`,
      { ...RIGHT_ISSUER, [RESOURCE]: prm(ISSUER, ISSUER) },
    ],
    ['whose name is http behind TLS', TENANT, { [`${OAUTH}/tenant`]: full('http://as.example/tenant') }],
  ])('%s', async (_, url, answers) => {
    const { examination } = await look(url, answers);
    expect(examination.kind).toBe('issuer');
    expect(examination.discovery).toBeUndefined();
    expect(examination.probes.map(({ kind }) => kind)).not.toContain('post-empty');
  });

  test('and its findings are those of an authorization server, none of them invented', async () => {
    const openid = { [`${OAUTH}/tenant`]: full(TENANT), [`/tenant${OPENID}`]: full(TENANT) };
    const { examination } = await look(TENANT, { ...openid, '/tenant/authorize': status(400) });
    expect(codes(examination)).toEqual([]);
  });

  test('by few requests, none of them asked twice', async () => {
    const { dials } = await look(TENANT, { [`${OAUTH}/tenant`]: full(TENANT) });
    const gets = dials.filter(({ method }) => method === 'GET').map(({ url }) => url);
    expect(new Set(gets).size).toBe(gets.length);
    expect(dials.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});

describe('a server stays a server', () => {
  const url = 'https://mcp.example/mcp';

  test.each([
    ['that is right', url, RIGHT],
    ['that answers with its issuer’s metadata whatever the path', url, { [`${OAUTH}/mcp`]: full(ISSUER) }],
    [
      'that is its own issuer and refuses',
      'https://mcp.example/',
      { '/': status(401), [OAUTH]: full('https://mcp.example') },
    ],
    [
      'that is its own issuer and is open',
      'https://mcp.example/',
      {
        '/': { jsonrpc: '2.0', id: null, error: { code: -32600, message: '' } },
        [OAUTH]: full('https://mcp.example'),
      },
    ],
    [
      'that is its own issuer, and fails',
      'https://mcp.example/',
      {
        '/': status(500),
        [OAUTH]: full('https://mcp.example'),
        [RESOURCE]: prm('https://mcp.example', 'https://mcp.example'),
      },
    ],
    [
      'whose endpoint is at another path than the one given',
      'https://mcp.example/',
      { [OAUTH]: full('https://mcp.example'), [RESOURCE]: prm(url, 'https://mcp.example') },
    ],
    ['where nothing is', url, {}],
  ])('%s', async (_, target, answers) => {
    expect((await look(target, answers)).examination.kind).toBe('server');
  });

  test('and what was asked to find out leaves no trace in what is found', async () => {
    const { examination } = await look(url, RIGHT);
    expect(examination.probes.filter(({ kind }) => kind === 'post-empty')).toHaveLength(1);
    expect(examination.probes.filter(({ about }) => about === url)).toEqual([]);
    expect(examination.discovery?.chosen?.issuer).toBe(ISSUER);
  });
});

test.each([
  [`${TENANT}${OPENID}`, TENANT, 'issuer'],
  [`${ISSUER}${OAUTH}/tenant`, TENANT, 'issuer'],
  [`${ISSUER}${OAUTH}`, `${ISSUER}/`, 'issuer'],
  ['https://mcp.example/.well-known/oauth-protected-resource/mcp', 'https://mcp.example/mcp', 'server'],
  ['https://mcp.example/mcp', 'https://mcp.example/mcp', undefined],
])('the address %s means %s', (given, url, kind) => {
  expect(meantBy(new URL(given))).toEqual({ url: new URL(url), ...(kind ? { kind } : {}) });
});
