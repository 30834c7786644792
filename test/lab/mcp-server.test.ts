import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, test, vi } from 'vitest';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { initialize, post, signIn } from '../support/lab-sign-in.ts';

async function open(options: LabOptions = {}) {
  const lab = await startLab(options);
  return { lab, [Symbol.asyncDispose]: () => lab.close() };
}

/** The official SDK's client, connected; `token` is sent as it is. */
async function connect(lab: Lab, token?: string, url = lab.serverUrl) {
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities: { sampling: {}, roots: {}, elicitation: { form: {}, url: {} } } },
  );
  client.setRequestHandler(ElicitRequestSchema, ({ params }) =>
    params.mode === 'url' ? { action: 'accept' } : { action: 'accept', content: { colour: 'green' } },
  );
  client.setRequestHandler(CreateMessageRequestSchema, () => ({
    model: 'none',
    role: 'assistant',
    content: { type: 'text', text: 'Hello.' },
  }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///tmp' }] }));
  const requestInit = token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } };
  const transport = url.endsWith('/sse')
    ? new SSEClientTransport(new URL(url), { requestInit })
    : new StreamableHTTPClientTransport(new URL(url), {
        requestInit,
        reconnectionOptions: {
          initialReconnectionDelay: 20,
          maxReconnectionDelay: 200,
          reconnectionDelayGrowFactor: 2,
          maxRetries: 5,
        },
      });
  await client.connect(transport as Transport);
  return { client, transport, [Symbol.asyncDispose]: () => client.close() };
}

async function call(client: Client, name: string, args: Record<string, unknown> = {}): Promise<string> {
  return textOf(await client.callTool({ name, arguments: args }));
}

function textOf(result: Awaited<ReturnType<Client['callTool']>>): string {
  const [content] = 'content' in result && Array.isArray(result.content) ? result.content : [];
  return content?.type === 'text' ? content.text : '';
}

describe('the guard', () => {
  test('answers 401 with the way to the metadata, and the metadata names the server and the issuer', async () => {
    await using lab = await open();
    const { serverUrl, issuer } = lab.lab;
    const response = await post(serverUrl, undefined, initialize);
    expect(response.status).toBe(401);
    const metadata = `${new URL(serverUrl).origin}/.well-known/oauth-protected-resource/mcp`;
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer scope="mcp", resource_metadata="${metadata}"`,
    );
    expect(await (await fetch(metadata)).json()).toMatchObject({
      resource: serverUrl,
      authorization_servers: [issuer],
      scopes_supported: ['mcp'],
    });
    expect(lab.lab.mcp.counters).toMatchObject({ unauthorized: 1, sessionsOpened: 0, posts: 0 });
  });

  test('takes no token of another resource, none that was tampered with, and none of its own making', async () => {
    await using lab = await open({ sse: true });
    const { serverUrl, sseUrl = '' } = lab.lab;
    const { tokens } = await signIn(lab.lab, { resource: sseUrl });
    const own = await signIn(lab.lab);
    const [head, body = '', signature] = own.tokens.access_token.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, scope: 'mcp mcp:admin' })).toString('base64url');
    for (const token of [
      tokens.access_token,
      `${head}.${forged}.${signature}`,
      `${head}.${body}.AAAA`,
      'abc.def.ghi',
      'abc',
    ]) {
      const response = await post(serverUrl, token, initialize);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    expect((await post(serverUrl, own.tokens.access_token, initialize)).status).toBe(200);
  });

  test('asks for a further scope where the tool needs one, and takes the token that has both', async () => {
    await using lab = await open();
    const first = await signIn(lab.lab, { account: 'ada' });
    const admin = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'admin' } };
    const response = await post(lab.lab.serverUrl, first.tokens.access_token, admin);
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toMatch(
      /^Bearer error="insufficient_scope", scope="mcp:admin", resource_metadata="http/,
    );
    const second = await signIn(lab.lab, { scope: 'mcp mcp:admin', client: first.client });
    await using session = await connect(lab.lab, second.tokens.access_token);
    expect(await call(session.client, 'admin')).toBe('You are an administrator.');
    expect(JSON.parse(await call(session.client, 'whoami'))).toEqual({
      account: 'ada',
      scopes: ['mcp', 'mcp:admin'],
    });
    expect(lab.lab.mcp.counters.insufficientScope).toBe(1);
  });

  test('a token with the further scope alone is not enough', async () => {
    await using lab = await open();
    const { tokens } = await signIn(lab.lab, { scope: 'mcp:admin' });
    const response = await post(lab.lab.serverUrl, tokens.access_token, initialize);
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('scope="mcp"');
  });

  test('without auth everybody is let in and there is no metadata', async () => {
    await using lab = await open({ auth: false });
    await using session = await connect(lab.lab);
    expect(JSON.parse(await call(session.client, 'whoami'))).toEqual({ account: null, scopes: [] });
    const metadata = new URL('/.well-known/oauth-protected-resource/mcp', lab.lab.serverUrl);
    expect((await fetch(metadata)).status).toBe(404);
  });

  test('the server answers at the path it was given, metadata and audience included', async () => {
    await using lab = await open({ path: '/team/one/mcp' });
    const { tokens } = await signIn(lab.lab);
    await using session = await connect(lab.lab, tokens.access_token);
    expect(await call(session.client, 'echo', { text: 'here' })).toBe('here');
    const metadata = new URL('/.well-known/oauth-protected-resource/team/one/mcp', lab.lab.serverUrl);
    expect(await (await fetch(metadata)).json()).toMatchObject({ resource: lab.lab.serverUrl });
  });
});

describe.each([
  ['Streamable HTTP', {}, 'mcp'],
  ['Streamable HTTP with JSON answers', { jsonAnswers: true }, 'mcp'],
  ['HTTP+SSE', { sse: true }, 'sse'],
] as const)('over %s', (_name, options, which) => {
  const openHere = async () => {
    const lab = await open({ ...options, auth: false });
    const url = (which === 'sse' ? lab.lab.sseUrl : lab.lab.serverUrl) ?? '';
    const session = await connect(lab.lab, undefined, url);
    const server = lab.lab[which];
    if (server === undefined) throw new Error('no such server');
    return {
      server,
      client: session.client,
      [Symbol.asyncDispose]: async () => {
        await session.client.close();
        await lab.lab.close();
      },
    };
  };

  test('the tools do what they say', async () => {
    await using here = await openHere();
    const { tools } = await here.client.listTools();
    expect(tools.map(tool => tool.name)).toEqual([
      'echo',
      'add',
      'slow',
      'big',
      'whoami',
      'admin',
      'ask',
      'grow',
    ]);
    expect(await call(here.client, 'echo', { text: 'žluťoučký\n\u2028' })).toBe('žluťoučký\n\u2028');
    expect(await call(here.client, 'add', { a: 1.5, b: 2 })).toBe('3.5');
    const big = await call(here.client, 'big', { bytes: 1_000_000 });
    expect(big).toHaveLength(1_000_000);
    expect(big.slice(64_000, 64_064)).toBe(`${'64000'.padStart(63, '.')}\n`);
    expect(here.server.counters.toolCalls).toEqual({ echo: 1, add: 1, big: 1 });
    expect(here.server.counters.methods).toMatchObject({ initialize: 1, 'tools/list': 1, 'tools/call': 3 });
  });

  test('there are a resource and a prompt', async () => {
    await using here = await openHere();
    const { contents } = await here.client.readResource({ uri: 'lab://readme' });
    expect(contents).toEqual([{ uri: 'lab://readme', mimeType: 'text/plain', text: 'This is the lab.' }]);
    const { messages } = await here.client.getPrompt({ name: 'greeting' });
    expect(messages).toHaveLength(1);
  });

  test('a cancelled call ends on the server', async () => {
    await using here = await openHere();
    const cancel = new AbortController();
    const params = { name: 'slow', arguments: { ms: 60_000, steps: 600 } };
    const running = here.client.callTool(params, undefined, { signal: cancel.signal });
    await vi.waitUntil(() => here.server.counters.toolCalls.slow === 1);
    cancel.abort();
    await expect(running).rejects.toThrow();
    await vi.waitUntil(() => here.server.counters.cancelled === 1);
  });

  test('a tool is added while the server runs, and the client is told', async () => {
    await using here = await openHere();
    const told = new Promise<void>(resolve =>
      here.client.setNotificationHandler(ToolListChangedNotificationSchema, () => resolve()),
    );
    await vi.waitUntil(() => here.server.counters.gets === 1 && here.server.counters.answersOpen > 0);
    expect(await call(here.client, 'grow', { name: 'sprout' })).toBe('Added sprout.');
    await told;
    expect(await call(here.client, 'sprout')).toBe('This is sprout.');
  });

  test.each([
    ['elicitation', { action: 'accept', content: { colour: 'green' } }],
    ['url-elicitation', { action: 'accept' }],
    ['sampling', { model: 'none', role: 'assistant', content: { type: 'text', text: 'Hello.' } }],
    ['roots', { roots: [{ uri: 'file:///tmp' }] }],
  ])('the server asks the client: %s', async (kind, reply) => {
    await using here = await openHere();
    await vi.waitUntil(() => here.server.counters.gets === 1 && here.server.counters.answersOpen > 0);
    expect(JSON.parse(await call(here.client, 'ask', { kind }))).toEqual(reply);
  });

  test('latency is added to every POST', async () => {
    await using here = await openHere();
    here.server.setLatency(60);
    const before = performance.now();
    await call(here.client, 'echo', { text: 'slowly' });
    expect(performance.now() - before).toBeGreaterThan(55);
  });
});

describe('sessions and streams', () => {
  test.each([
    ['Streamable HTTP', 'serverUrl'],
    ['HTTP+SSE', 'sseUrl'],
  ] as const)('progress comes while the call runs, over %s', async (_name, url) => {
    await using lab = await open({ auth: false, sse: true });
    await using session = await connect(lab.lab, undefined, lab.lab[url]);
    const steps: number[] = [];
    const params = { name: 'slow', arguments: { ms: 40, steps: 4 } };
    const result = await session.client.callTool(params, undefined, {
      onprogress: ({ progress }) => steps.push(progress),
    });
    expect(textOf(result)).toBe('Done in 4 steps.');
    expect(steps).toEqual([1, 2, 3, 4]);
  });

  test('a session ends with DELETE and is unknown from then on', async () => {
    await using lab = await open({ auth: false });
    const { client, transport } = await connect(lab.lab);
    expect(lab.lab.mcp.counters.sessionsOpen).toBe(1);
    if (transport instanceof StreamableHTTPClientTransport) await transport.terminateSession();
    expect(lab.lab.mcp.counters).toMatchObject({ deletes: 1, sessionsOpen: 0, sessionsOpened: 1 });
    await client.close();
  });

  test('lost sessions are answered 404, and a new initialize is welcome', async () => {
    await using lab = await open({ auth: false });
    await using session = await connect(lab.lab);
    expect(await lab.lab.mcp.loseSessions()).toBe(1);
    await expect(call(session.client, 'echo', { text: 'gone?' })).rejects.toMatchObject({ code: 404 });
    expect(lab.lab.mcp.counters).toMatchObject({ unknownSessions: expect.any(Number), sessionsOpen: 0 });
    await using again = await connect(lab.lab);
    expect(await call(again.client, 'echo', { text: 'back' })).toBe('back');
  });

  test('what is no initialize and names no session leaves none behind', async () => {
    await using lab = await open({ auth: false });
    const response = await post(lab.lab.serverUrl, undefined, {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/list',
    });
    expect(response.status).toBe(400);
    expect((await post(lab.lab.serverUrl, undefined, [])).status).toBe(400);
    expect(lab.lab.mcp.counters).toMatchObject({ sessionsOpened: 0, sessionsOpen: 0 });
  });

  test('a stream dropped in the middle of a call is resumed, and the answer is not lost', async () => {
    await using lab = await open({ auth: false });
    await using session = await connect(lab.lab);
    const { mcp } = lab.lab;
    const steps: number[] = [];
    const params = { name: 'slow', arguments: { ms: 600, steps: 6 } };
    const running = session.client.callTool(params, undefined, {
      onprogress: ({ progress }) => steps.push(progress),
    });
    await vi.waitUntil(() => steps.length >= 2, { interval: 5 });
    expect(mcp.dropStreams()).toBeGreaterThan(0);
    expect(textOf(await running)).toBe('Done in 6 steps.');
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
    expect(mcp.counters.resumptions).toBeGreaterThan(0);
  });

  test('the lab closes while calls and streams are open', async () => {
    const lab = await startLab({ auth: false, sse: true });
    const sessions = [await connect(lab), await connect(lab, undefined, lab.sseUrl)];
    const running = sessions.map(({ client }) =>
      client.callTool({ name: 'slow', arguments: { ms: 60_000 } }).catch(() => 'ended'),
    );
    await vi.waitUntil(() => lab.mcp.counters.toolCalls.slow && lab.sse?.counters.toolCalls.slow);
    await lab.close();
    await Promise.all(sessions.map(({ client }) => client.close()));
    expect(await Promise.all(running)).toEqual(['ended', 'ended']);
    await expect(fetch(lab.serverUrl)).rejects.toThrow();
  });

  test('a page of another origin is refused', async () => {
    await using lab = await open({ auth: false });
    for (const url of [lab.lab.serverUrl, `${lab.lab.issuer}/reg`]) {
      const headers = { Origin: 'https://elsewhere.example', 'Content-Type': 'application/json' };
      expect((await fetch(url, { method: 'POST', headers, body: '{}' })).status).toBe(421);
    }
  });

  test('a body without end is refused', async () => {
    await using lab = await open({ auth: false });
    const body = 'x'.repeat(17 * 1024 * 1024);
    const response = await fetch(lab.lab.serverUrl, { method: 'POST', body }).catch(() => undefined);
    expect(response?.status ?? 413).toBe(413);
    expect((await post(lab.lab.serverUrl, undefined, initialize)).status).toBe(200);
  });
});
