import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoginEvent } from '../../src/api/contract.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { initialized, json, result, type Seen, serve, type TestServer } from '../support/http-server.ts';
import { type Installation, install, textOf, until } from '../support/keybridge.ts';
import { register } from '../support/lab-sign-in.ts';
import { serveHttps, serveProxy } from '../support/network.ts';
import { faultIn, rawHost } from '../support/raw-host.ts';

let installation: Installation;

beforeEach(() => {
  installation = install();
});

afterEach(() => installation.close());

/** The answers of a server with one tool, for one message. */
function respond({ method, rpc }: Pick<Seen, 'method' | 'rpc'>, res: Parameters<typeof json>[0]): void {
  if (method !== 'POST') res.writeHead(method === 'DELETE' ? 200 : 405).end();
  else if (rpc.method === 'initialize')
    json(res, initialized(rpc.id), 200, { 'mcp-session-id': 'session-of-the-test' });
  else if (rpc.id === undefined) res.writeHead(202).end();
  else json(res, result(rpc.id, { tools: [{ name: 'one', inputSchema: { type: 'object' } }] }));
}

describe('--transport', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await startLab({ auth: false, sse: true });
  });
  afterEach(() => lab.close());

  it.each([
    ['http-first', 'serverUrl'],
    ['http-first', 'sseUrl'],
    ['sse-first', 'serverUrl'],
    ['sse-first', 'sseUrl'],
    ['http-only', 'serverUrl'],
    ['sse-only', 'sseUrl'],
  ] as const)('%s works with the server at %s', async (transport, which) => {
    const { client } = await installation.host(lab[which] ?? '', { flags: ['--transport', transport] });
    expect(textOf(await client.callTool({ name: 'echo', arguments: { text: transport } }))).toBe(transport);
    const other = which === 'sseUrl' ? lab.mcp : lab.sse;
    expect(other?.counters.sessionsOpened).toBe(0);
  });

  it.each([
    ['http-only', 'sseUrl'],
    ['sse-only', 'serverUrl'],
  ] as const)('%s says that it does not fit the server at %s', async (transport, which) => {
    const host = rawHost(installation, [lab[which] ?? '', '--transport', transport]);
    // The words may be the server's own.
    const { error } = await host.initialize();
    expect(error?.message).toMatch(/./);
    expect(host.stderr).toContain(error?.message);
    expect(await host.leave()).toEqual({ code: 1, signal: null });
  });
});

describe('--ignore-tool', () => {
  it('hides tools by pattern, and a call of one never reaches the server', async () => {
    const lab = await startLab({ auth: false });
    try {
      const flags = ['--ignore-tool', 'A*', '--ignore-tool', 'slow', '--ignore-tool=*ho'];
      const { client } = await installation.host(lab.serverUrl, { flags });
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name).sort()).toEqual(['big', 'grow', 'whoami']);
      await expect(client.callTool({ name: 'add', arguments: { a: 1, b: 2 } })).rejects.toThrow('hidden');
      expect(lab.mcp.counters.toolCalls).toEqual({});
      // Another host of the same broker sees them all.
      const other = await installation.host(lab.serverUrl);
      expect((await other.client.listTools()).tools.length).toBeGreaterThan(tools.length);
    } finally {
      await lab.close();
    }
  });
});

describe('--header and --header-file', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await serve(respond);
  });
  afterEach(() => server.close());

  it('reach the server with each request, with what the environment of that host says', async () => {
    const file = join(installation.env.HOME ?? '', 'headers');
    writeFileSync(file, `# a comment\r\nX-From-File: \${SECOND}; x=1\r\n\r\nX-Empty:\n`);
    const flags = ['--header', 'X-Plain:value: with colon', '--header-file', file];
    const one = rawHost(installation, [server.url, ...flags, `--header=X-Key:\${FIRST}`], {
      FIRST: 'first',
      SECOND: 'second',
    });
    await one.initialize();
    expect((await one.ask('tools/list')).result).toBeDefined();
    await one.leave();
    await until('the session is ended', () => server.of('DELETE').length === 1);
    const methods = server.seen.map(({ method, rpc }) => rpc.method ?? method);
    expect(methods).toEqual(
      expect.arrayContaining(['initialize', 'notifications/initialized', 'tools/list']),
    );
    for (const { headers } of server.seen) {
      expect(headers).toMatchObject({
        'x-plain': 'value: with colon',
        'x-from-file': 'second; x=1',
        'x-empty': '',
        'x-key': 'first',
      });
    }
    const before = server.seen.length;
    const other = rawHost(installation, [server.url, '--header', `X-Key:\${FIRST}`], { FIRST: 'other' });
    await other.initialize();
    const { headers } = server.seen[before] ?? {};
    expect(headers).toMatchObject({ 'x-key': 'other' });
    expect(headers).not.toHaveProperty('x-plain');
  });

  it('with an Authorization among them sign in to nothing, and one that is refused is named as the cause', async () => {
    const lab = await startLab();
    try {
      const good = rawHost(installation, [server.url, '--header', 'Authorization: Bearer own']);
      await good.initialize();
      expect(server.seen[0]?.headers.authorization).toBe('Bearer own');
      const bad = rawHost(installation, [lab.serverUrl, '--header', 'Authorization: Bearer wrong']);
      const answer = await bad.initialize();
      expect(faultIn(answer)).toMatchObject({ code: 'server.header-refused' });
      expect(lab.authorization.counters).toMatchObject({ registrations: 0, authorizationRequests: 0 });
      expect(installation.tabs()).toEqual([]);
    } finally {
      await lab.close();
    }
  });
});

describe('the flags of the sign-in', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await startLab();
  });
  afterEach(() => lab.close());

  /** What the link of a sign-in says that was begun with these flags; nobody follows it. */
  async function parameters(...flags: string[]): Promise<Record<string, string>> {
    const login = rawHost(installation, ['login', lab.serverUrl, ...flags, '--json'], {
      KEYBRIDGE_BROWSER: 'false',
    });
    const line = await until('there is a link', () => login.lines().find(text => text.includes('"link"')));
    const event = JSON.parse(line) as LoginEvent;
    return event.kind === 'link' ? Object.fromEntries(new URL(event.url).searchParams) : {};
  }

  it('without any: the server’s own scope and resource, S256, and a callback on 127.0.0.1', async () => {
    const link = await parameters();
    expect(link).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{43}$/),
      scope: 'mcp',
      resource: lab.serverUrl,
      redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/),
    });
  });

  it.each<[string[], Record<string, unknown>]>([
    [['--resource', ''], { resource: undefined }],
    [['--resource', 'https://other.example/api'], { resource: 'https://other.example/api' }],
    [
      ['--authorize-param', 'login_hint=ada@example', '--authorize-param', 'prompt=login'],
      { login_hint: 'ada@example', prompt: 'login' },
    ],
    [['--callback-path', '/back/here'], { redirect_uri: expect.stringMatching(/:\d+\/back\/here$/) }],
    [
      ['--host', '127.0.0.1'],
      { redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/) },
    ],
    [
      ['--static-oauth-client-metadata', '{"scope":"mcp mcp:admin","client_name":"Mine"}'],
      { scope: 'mcp mcp:admin' },
    ],
  ])('%j', async (flags, expected) => {
    const link = await parameters(...flags);
    expect({ resource: undefined, ...link }).toMatchObject(expected);
  });

  it('a client that was registered by hand is used, and nothing is registered', async () => {
    const client = await register(lab, 'http://localhost:48123/oauth/callback', {
      token_endpoint_auth_method: 'client_secret_basic',
    });
    const { registrations } = lab.authorization.counters;
    const info = JSON.stringify({ client_id: client.client_id, client_secret: `\${SECRET}` });
    const { client: sdk } = await installation.host(lab.serverUrl, {
      flags: ['48123', '--static-oauth-client-info', info],
      env: { SECRET: String(client.client_secret) },
    });
    expect(textOf(await sdk.callTool({ name: 'whoami' }))).toContain('ada');
    expect(lab.authorization.counters).toMatchObject({ registrations, codeExchanges: 1 });
  });
});

describe('the proxy variables', () => {
  it('HTTP_PROXY is honoured for each host by itself, and never for this machine', async () => {
    const [one, other] = [await serve(respond), await serve(respond)];
    try {
      const url = 'http://mcp.example/mcp';
      for (const proxy of [one, other]) {
        const host = rawHost(installation, [url, '--allow-http'], { HTTP_PROXY: new URL(proxy.url).origin });
        expect((await host.initialize()).result).toBeDefined();
        expect((await host.ask('tools/list')).result).toBeDefined();
        await host.leave();
      }
      for (const { seen } of [one, other]) {
        expect(seen.filter(({ method }) => method === 'POST').length).toBe(3);
        for (const { path, headers } of seen) expect([path, headers.host]).toEqual([url, 'mcp.example']);
      }
      const [before, lab] = [one.seen.length, await startLab({ auth: false })];
      const env = { HTTP_PROXY: new URL(one.url).origin };
      const local = rawHost(installation, [lab.serverUrl], env);
      expect((await local.initialize()).result).toBeDefined();
      expect(one.seen.length).toBe(before);
      await lab.close();
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });

  it('HTTPS_PROXY tunnels, and NODE_EXTRA_CA_CERTS is believed', async () => {
    const proxy = await serveProxy();
    const server = await serveHttps(
      async (req, res) => {
        const chunks: Buffer[] = [];
        for await (const chunk of req) chunks.push(chunk);
        const body = Buffer.concat(chunks).toString();
        respond({ method: req.method ?? '', rpc: body === '' ? {} : JSON.parse(body) }, res);
      },
      ['other-name', 'intermediate'],
    );
    const url = `https://other.example:${server.port}/mcp`;
    const env = { HTTPS_PROXY: proxy.url };
    const distrusting = rawHost(installation, [url], env);
    expect(faultIn(await distrusting.initialize())?.code).toBe('net.tls');
    const root = new URL('../support/certificates/test-root.pem', import.meta.url).pathname;
    const host = rawHost(installation, [url], { ...env, NODE_EXTRA_CA_CERTS: root });
    expect((await host.initialize()).result).toBeDefined();
    expect((await host.ask('tools/list')).result).toBeDefined();
    const asked = new Set(proxy.asked.map(({ line }) => line));
    expect([...asked]).toEqual([`CONNECT other.example:${server.port}`]);
  });
});
