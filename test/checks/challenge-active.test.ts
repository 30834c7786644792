import { expect, test } from 'vitest';
import { activeCodes, examinedActively } from '../support/active.ts';
import { challenge, status } from '../support/discovery.ts';
import { codes, examined, finding, RIGHT, withProbe } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';

const refusal = (message: string) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32001, message } });
const tool = (text: string) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, result: { isError: true, content: [{ type: 'text', text }] } });
const INVALID = { 'www-authenticate': 'Bearer error="invalid_token"' };

test.each([
  [refusal('Unauthorized: access token has expired'), 'broken'],
  [`event: message\ndata: ${refusal('Invalid token')}\n\n`, 'broken'],
  [tool('Error: token is expired'), 'fragile'],
])('CHL-10: a refusal inside an answer with status 200 is found', async (body, severity) => {
  const staged = withProbe(await examined(), 'post-initialize', { status: 200, body });
  expect(finding(staged, 'CHL-10')?.severity).toBe(severity);
});

test.each([
  JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text: 'unauthorized' }] } }),
  refusal('Method not found'),
  tool(`The page explains what an invalid token is. ${'And more. '.repeat(40)}`),
])('CHL-10 is silent where the words mean something else', async body => {
  const staged = withProbe(await examined(), 'post-initialize', { status: 200, body });
  expect(codes(staged)).not.toContain('CHL-10');
});

test('CHL-10 judges the calls of a bridge as well, without any probe', async () => {
  const right = await examined();
  const staged = withProbe(right, 'get', { status: 200, body: refusal('Token expired') });
  const [id, exchange] = Object.entries(staged.exchanges).at(-1) ?? [];
  if (!id || !exchange) throw new Error('nothing staged');
  const live = (purpose: 'mcp' | 'token') => ({
    ...right,
    exchanges: { ...right.exchanges, [id]: { ...exchange, purpose } },
  });
  expect(finding(live('mcp'), 'CHL-10')?.evidence).toEqual([id]);
  expect(codes(live('token'))).not.toContain('CHL-10');
});

test('CHL-11: a token nobody issued that is taken is unsafe, one refused with another status broken', async () => {
  const right = await examined();
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, result: {} });
  expect(finding(withProbe(right, 'bad-bearer', { status: 200, body }), 'CHL-11')?.severity).toBe('unsafe');
  expect(finding(withProbe(right, 'bad-bearer', { status: 500 }), 'CHL-11')?.severity).toBe('broken');
  for (const code of [401, 429, 503]) {
    const staged = withProbe(right, 'bad-bearer', { status: code, headers: INVALID });
    expect(codes(staged)).not.toContain('CHL-11');
  }
});

test('CHL-11 expects nothing of a server that asks nobody for a token', async () => {
  const open = await examined({
    '/mcp': () => Response.json({ jsonrpc: '2.0', id: 1, result: {} }),
    '/.well-known/oauth-protected-resource/mcp': status(404),
  });
  expect(codes(withProbe(open, 'bad-bearer', { status: 200, body: '{"result":{}}' }))).not.toContain(
    'CHL-11',
  );
});

test('CHL-12: a server that names whatever host it is told is unsafe', async () => {
  const right = await examined();
  const asked = { 'x-forwarded-host': 'stranger.example' };
  const told = (value: string) => ({ status: 401, headers: { 'www-authenticate': value }, asked });
  const echoed = withProbe(
    right,
    'forwarded-host',
    told('Bearer resource_metadata="https://stranger.example/.well-known/oauth-protected-resource/mcp"'),
  );
  expect(finding(echoed, 'CHL-12')).toMatchObject({
    severity: 'unsafe',
    title: expect.stringContaining('WWW-Authenticate'),
  });
  const body = '{"resource":"https://stranger.example/mcp"}';
  expect(codes(withProbe(right, 'forwarded-host', { status: 200, body, asked }))).toContain('CHL-12');
  const kept = withProbe(right, 'forwarded-host', told('Bearer resource_metadata="https://mcp.example/x"'));
  expect(codes(kept)).not.toContain('CHL-12');
});

test('CHL-11 and CHL-12 are found by an active look at a server, and not at a right one', async () => {
  const careless: Handler = (request, dialled) => {
    const host = request.headers.get('x-forwarded-host');
    if (request.headers.has('authorization'))
      return Response.json({ jsonrpc: '2.0', id: 1, result: { protocolVersion: '2025-11-25' } });
    return host === null
      ? RIGHT['/mcp'](request, dialled)
      : challenge(`Bearer resource_metadata="https://${host}/.well-known/oauth-protected-resource"`)(
          request,
          dialled,
        );
  };
  const { examination } = await examinedActively({ server: { '/mcp': careless } });
  expect(activeCodes(examination)).toEqual(expect.arrayContaining(['CHL-11', 'CHL-12']));
  const right = await examinedActively();
  expect(activeCodes(right.examination).filter(code => code.startsWith('CHL'))).toEqual([]);
});
