import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { flat } from '../../src/checks/judge.ts';
import { examinedActively, register } from '../support/active.ts';
import { OAUTH } from '../support/discovery.ts';
import { examined, finding, findings, ISSUER, RIGHT_ISSUER } from '../support/examination.ts';
import type { Handler } from '../support/fake-world.ts';
import { loggedIn } from '../support/login.ts';

// What a finding advises must help whoever meets it.

const json =
  (value: object, code: number): Handler =>
  () =>
    Response.json(value, { status: code });

test('AZ-04 does not have a URI registered for a client that registered itself with it a moment ago', async () => {
  const authorize = json(
    { error: 'invalid_request', error_description: 'redirect_uri is not registered' },
    400,
  );
  const own = finding((await loggedIn({ authorize })).examination, 'AZ-04');
  expect(own?.remedy).toContain('registered itself a moment ago');
  expect(own?.remedy).not.toMatch(/for the client/);
  const given = await loggedIn({ authorize, options: { client: { staticClient: { clientId: 'by-hand' } } } });
  expect(finding(given.examination, 'AZ-04')?.remedy).toMatch(/^Register exactly .* for the client by-hand/);
});

test.each(['invalid_client', 'unauthorized_client', 'invalid_scope'])(
  'AZ-11: a refusal with %s is no evidence about ports',
  async error => {
    const authorize: Handler = request =>
      new URL(request.url).searchParams.get('redirect_uri')?.includes('28932')
        ? Response.json({ error }, { status: 400 })
        : new Response('<html>Sign in', { headers: { 'content-type': 'text/html' } });
    expect(finding((await examinedActively({ authorize })).examination, 'AZ-11')).toBeUndefined();
  },
);

test.each(['http://127.0.0.1:3999/mcp', 'http://localhost:3999/mcp', 'http://[::1]:3999/mcp'])(
  'NET-15: a refused port of this machine (%s) has nothing to do with clusters and proxies',
  async url => {
    const refuses: Handler = () => {
      throw new Fault('net.refused', 'Nothing listens there.');
    };
    const examination = await examined(
      {},
      {},
      { [new URL(url).origin]: { handle: refuses, address: '127.0.0.1' } },
      url,
    );
    const found = finding(examination, 'NET-15');
    expect(found?.remedy).toContain('on this machine');
    expect(found?.remedy).not.toMatch(/kubectl|HTTPS_PROXY|not on loopback only/);
  },
);

test('ASM-15 has URLs that are there but relative written as absolute ones, and only what is missing added', async () => {
  const relative = await examined(
    {},
    { [OAUTH]: { ...RIGHT_ISSUER[OAUTH], authorization_endpoint: '/authorize', token_endpoint: '/token' } },
  );
  const found = finding(relative, 'ASM-15');
  expect(found?.title).toContain('"/authorize" is no absolute URL');
  expect(found?.remedy).toMatch(/absolute/);
  expect(found?.remedy).not.toMatch(/\b[Aa]dd\b/);
  const missing = await examined({}, { [OAUTH]: { ...RIGHT_ISSUER[OAUTH], token_endpoint: undefined } });
  expect(finding(missing, 'ASM-15')?.remedy).toBe('Add them.');
});

test('a proxy’s routes are explained by FastMCP as what is known, and as seen only where it was seen', async () => {
  const stray = (headers: Record<string, string>) =>
    examined(
      {
        '/one/mcp': () =>
          new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer', ...headers } }),
        '/one/.well-known/oauth-protected-resource/one/mcp': {
          resource: 'https://mcp.example/one/mcp',
          authorization_servers: [ISSUER],
        },
      },
      {},
      {},
      'https://mcp.example/one/mcp',
    );
  expect(finding(await stray({}), 'PRM-04')?.remedy).toContain('nothing here shows whether this is one');
  expect(finding(await stray({ server: 'uvicorn' }), 'PRM-04')?.remedy).toMatch(/^FastMCP does this/);
});

describe('a registration that is refused', () => {
  test('for want of a name is REG-18, and the trial leaves out all that may be left out', async () => {
    const made = register((_, asked) =>
      asked.client_name === undefined
        ? Response.json(
            { error: 'invalid_client_metadata', error_description: 'client_name is required' },
            { status: 400 },
          )
        : undefined,
    );
    const { examination } = await examinedActively({ register: made });
    expect(made.asked.some(asked => Object.keys(asked).join() === 'redirect_uris')).toBe(true);
    expect(finding(examination, 'REG-18')?.detail).toContain('client_name is required');
    expect(finding((await examinedActively()).examination, 'REG-18')).toBeUndefined();
  });
});

describe('MCP-04, a session that is not known', () => {
  const serves =
    (unknown: () => Response, session = 'a-session'): Handler =>
    async request => {
      if (request.method !== 'POST') return new Response('', { status: 405 });
      const given = request.headers.get('mcp-session-id');
      if (given !== null && given !== session) return unknown();
      const { id } = (await request.json()) as { id?: number };
      if (id === undefined) return new Response(null, { status: 202 });
      const result = { protocolVersion: '2025-11-25', capabilities: {}, tools: [] };
      return Response.json({ jsonrpc: '2.0', id, result }, { headers: { 'mcp-session-id': session } });
    };
  const status =
    (code: number, body = '') =>
    () =>
      new Response(body, { status: code });

  test.each([
    [401, ''],
    [403, ''],
    [500, 'no such session'],
    [400, 'no idea'],
  ])('that is answered %i is found, signed in', async (code, body) => {
    const { examination } = await loggedIn({ call: serves(status(code, body)) });
    const found = finding(examination, 'MCP-04');
    expect(found?.severity).toBe('fragile');
    expect(found?.title).toContain(String(code));
  });

  test('that is answered 401 is found at an open server, with --active', async () => {
    const { examination } = await examinedActively({ server: { '/mcp': serves(status(401)) } });
    expect(finding(examination, 'MCP-04')?.detail).toContain('sign in again');
  });

  test.each([
    ['404', serves(status(404))],
    [
      'a result, for want of sessions',
      serves(() => Response.json({ jsonrpc: '2.0', id: 3, result: { tools: [] } })),
    ],
    ['400 that speaks of the session', serves(status(400, 'Bad Request: No valid session ID provided'))],
  ])('that is answered with %s is right, or a note', async (_, call) => {
    const found = flat(findings((await loggedIn({ call })).examination)).filter(
      ({ code }) => code === 'MCP-04',
    );
    expect(found.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });
});
