import { expect, it } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { discover, faultOf } from '../../src/oauth/discover.ts';
import { fakeSpan } from '../support/fake-span.ts';
import { type FakeServer, fakeWorld, type Handler } from '../support/fake-world.ts';

const RESOURCE = '/.well-known/oauth-protected-resource/mcp';

async function faultFor(servers: Record<string, Handler | FakeServer>, challenges: string[] = []) {
  const world = fakeWorld({ servers });
  const options = { sleep: world.sleep, refusal: { challenges } };
  return faultOf(await discover(new URL('https://mcp.example/mcp'), fakeSpan(world), options));
}

/** Answers one path with JSON and others with 404. */
const only =
  (path: string, body: object): Handler =>
  request =>
    new URL(request.url).pathname === path ? Response.json(body) : new Response('', { status: 404 });

it('says whom mismatched resource metadata speaks for', async () => {
  const fault = await faultFor({
    'https://mcp.example': only(RESOURCE, { resource: 'http://mcp.example/mcp' }),
  });
  expect(fault.toJSON()).toEqual({
    code: 'discovery.resource-mismatch',
    message:
      'The resource metadata of mcp.example is for another server and is not believed. ' +
      `At "https://mcp.example${RESOURCE}": It speaks for "http://mcp.example/mcp" and not for this server, ` +
      '"https://mcp.example/mcp". One is http and the other https.',
    remedy: 'Use the URL it speaks for, or have the operator set "resource" to the server\'s public URL.',
    evidence: ['exchange-1'],
  });
});

it('says what is wrong with the metadata of the authorization server', async () => {
  const named = { resource: 'https://mcp.example/mcp', authorization_servers: ['https://as.example'] };
  const fault = await faultFor({
    'https://mcp.example': only(RESOURCE, named),
    'https://as.example': only('/.well-known/openid-configuration', { issuer: 'https://as.example/' }),
  });
  expect(fault.code).toBe('discovery.no-metadata');
  expect(fault.message).toContain('They differ only by a slash at the end.');
  expect(fault.evidence).toEqual(['exchange-2', 'exchange-3']);
});

it('does not blame the operator when the way to the authorization server is what fails', async () => {
  const named = { resource: 'https://mcp.example/mcp', authorization_servers: ['https://as.example'] };
  const fault = await faultFor({
    'https://mcp.example': only(RESOURCE, named),
    'https://as.example': () => {
      throw new Fault('net.refused', 'The proxy http://proxy.example:1, set by https_proxy, cannot be used.');
    },
  });
  expect(fault.code).toBe('net.refused');
  expect(fault.message).toMatch(
    /^The authorization server that mcp\.example names could not be reached\. At .*: The proxy/,
  );
  expect(fault.remedy).toContain('proxy variables');
});

it('says that the metadata on the own host is of no use', async () => {
  const path = '/.well-known/oauth-authorization-server';
  const fault = await faultFor({ 'https://mcp.example': only(path, { issuer: 'https://other.example' }) });
  expect(fault.code).toBe('discovery.no-metadata');
  expect(fault.message).toContain('"https://other.example"');
});

it.each([
  ['the challenge leads nowhere', {}, 'There is nothing here.'],
  [
    'resource metadata names nobody',
    { resource: 'https://mcp.example/mcp' },
    'It names no authorization server.',
  ],
  [
    'resource metadata has no resource',
    { authorization_servers: ['https://as.example'] },
    'The field resource',
  ],
])('says that nobody is named when %s', async (_what, body, detail) => {
  const handler =
    'resource' in body || 'authorization_servers' in body ? only(RESOURCE, body) : only('/none', {});
  const fault = await faultFor({ 'https://mcp.example': handler }, [
    `Bearer resource_metadata="https://mcp.example${RESOURCE}"`,
  ]);
  expect(fault.code).toBe('discovery.no-authorization-server');
  expect(fault.message).toContain(detail);
});

it.each([
  [['Basic realm="x"', 'Negotiate'], 'Basic, Negotiate'],
  [['ApiKey'], 'ApiKey'],
])('says that %j is no sign-in, and guesses no endpoints', async (challenges, schemes) => {
  const fault = await faultFor({ 'https://mcp.example': only('/none', {}) }, challenges);
  expect(fault.message).toBe(
    `mcp.example asks for credentials of its own kind (${schemes}) and not for a sign-in.`,
  );
  expect(fault.remedy).toContain('--header');
});

it('keeps the network code when the network was all that failed', async () => {
  const fault = await faultFor({});
  expect(fault.code).toBe('net.dns');
  expect(fault.message).toContain('mcp.example does not resolve');
});

it('calls an outage an outage', async () => {
  const fault = await faultFor({ 'https://mcp.example': () => new Response('', { status: 503 }) });
  expect(fault.code).toBe('discovery.no-metadata');
  expect(fault.message).toContain('It answers 503: the server failed.');
});

it('always gives a remedy and plain data', async () => {
  const faults = [
    await faultFor({}),
    await faultFor({ 'https://mcp.example': () => Response.json([]) }, ['Bearer resource_metadata="x"']),
  ];
  for (const fault of faults) {
    expect(fault.remedy).toMatch(/^[A-Z].+\.$/);
    expect(JSON.parse(JSON.stringify(fault))).toEqual(fault.toJSON());
  }
});

it('never repeats the query of the server, which may hold a key', async () => {
  for (const body of [{ resource: 'https://mcp.example/mcp?key=s3cret2' }, { issuer: 'x' }, []]) {
    const world = fakeWorld({ servers: { 'https://mcp.example': () => Response.json(body) } });
    const options = { sleep: world.sleep, refusal: { challenges: [] } };
    const report = await discover(new URL('https://mcp.example/mcp?key=s3cret'), fakeSpan(world), options);
    const sentences = report.resourceMetadata.attempts.map(({ detail }) => detail);
    expect(JSON.stringify([sentences, faultOf(report)])).not.toContain('s3cret');
  }
});

it('says which flag lets a public server name a private address', async () => {
  const named = { resource: 'https://mcp.example/mcp', authorization_servers: ['https://as.example'] };
  const fault = await faultFor({
    'https://mcp.example': { handle: only(RESOURCE, named), address: '20.0.0.1' },
    'https://as.example': { handle: () => new Response(''), address: '192.168.0.9' },
  });
  expect(fault.code).toBe('net.private-address');
  expect(fault.remedy).toContain('--allow-private');
});
