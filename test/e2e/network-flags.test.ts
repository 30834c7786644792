import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  data,
  initialized,
  json,
  result,
  type Seen,
  serve,
  stream,
  type TestServer,
} from '../support/http-server.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { serveTcp } from '../support/network.ts';
import { faultIn, rawHost } from '../support/raw-host.ts';

let installation: Installation;
let server: TestServer;

beforeEach(async () => {
  installation = install();
});

afterEach(async () => {
  await installation.close();
  await server?.close();
});

/** A server whose answer to `tools/call` and whose own stream are the test's. */
async function start(
  call: (seen: Seen, res: Parameters<typeof json>[0]) => unknown,
  own: (res: Parameters<typeof json>[0], seen: Seen) => unknown = res => res.writeHead(405).end(),
): Promise<void> {
  server = await serve((seen, res) => {
    const { id, method } = seen.rpc;
    if (seen.method === 'GET') return own(res, seen);
    if (seen.method === 'DELETE') return res.writeHead(200).end();
    if (method === 'initialize') return json(res, initialized(id), 200, { 'mcp-session-id': 's1' });
    if (id === undefined) return res.writeHead(202).end();
    return method === 'tools/call' ? call(seen, res) : json(res, result(id, { tools: [] }));
  });
}

it('--headers-timeout ends the wait for an answer that does not begin, and names itself', async () => {
  await start(() => {});
  const host = rawHost(installation, [server.url, '--headers-timeout', '0.5']);
  await host.initialize();
  const fault = faultIn(await host.call('slow'));
  expect(fault).toMatchObject({
    code: 'server.stream-lost',
    message: expect.stringMatching(
      /as long as --headers-timeout allows.*may or may not have been carried out/,
    ),
    remedy: expect.stringContaining('Raise --headers-timeout'),
  });
  expect((await host.ask('tools/list')).result).toBeDefined();
});

it('--body-timeout resumes or answers a call whose stream falls silent, and the server’s own stream is opened again', async () => {
  let opened = 0;
  await start(
    ({ rpc }, res) =>
      rpc.params?.name === 'lasting' ? stream(res, `id: ${rpc.id}\ndata:`) : stream(res, ': begun'),
    (res, { headers }) => {
      const last = headers['last-event-id'];
      if (last) stream(res, data(result(Number(last), { resumed: true })));
      else stream(res, data({ jsonrpc: '2.0', method: `notifications/of-stream-${++opened}` }));
    },
  );
  const host = rawHost(installation, [server.url, '--body-timeout', '0.5']);
  await host.initialize();
  expect(faultIn(await host.call('slow'))).toMatchObject({
    code: 'server.stream-lost',
    message: expect.stringMatching(/as long as --body-timeout allows.*may or may not have been carried out/),
    remedy: expect.stringContaining('Raise --body-timeout'),
  });
  expect((await host.call('lasting')).result).toEqual({ resumed: true });
  await host.hears('the stream is there again', ({ method }) => method === 'notifications/of-stream-3');
});

it('--connect-timeout ends the wait for a connection, and names itself', async () => {
  // It takes connections and never gets as far as TLS.
  const silent = await serveTcp(socket => socket.resume());
  const host = rawHost(installation, [`https://127.0.0.1:${silent.port}/mcp`, '--connect-timeout=0.3']);
  expect(faultIn(await host.initialize())).toMatchObject({
    code: 'net.timeout',
    message: '127.0.0.1 did not accept a connection within 300 ms.',
    remedy: expect.stringContaining('--connect-timeout'),
  });
});

it('--ipv4 dials IPv4 addresses and no others', async () => {
  await start((seen, res) => json(res, result(seen.rpc.id)));
  const url = server.url.replace('127.0.0.1', 'localhost');
  const host = rawHost(installation, [url, '--ipv4']);
  expect((await host.initialize()).result).toBeDefined();
  const six = rawHost(installation, [server.url.replace('127.0.0.1', '[::1]'), '--ipv4']);
  expect(faultIn(await six.initialize())).toMatchObject({
    code: 'net.dns',
    message: '::1 is an IPv6 address, and --ipv4 allows no other than IPv4.',
  });
});

it('cookies lead a session’s requests to one machine, are in no log, and --disable-cookies does without', async () => {
  const secret = `node-${'7f'.repeat(12)}`;
  server = await serve((seen, res) => {
    const { id, method } = seen.rpc;
    res.setHeader('set-cookie', `lb=${secret}; Path=/; HttpOnly`);
    if (seen.method !== 'POST') return res.writeHead(seen.method === 'DELETE' ? 200 : 405).end();
    if (method === 'initialize') return json(res, initialized(id), 200, { 'mcp-session-id': 's1' });
    return id === undefined ? res.writeHead(202).end() : json(res, result(id, { tools: [], seen: secret }));
  });
  const cookies = () => server.seen.splice(0).map(({ headers }) => headers.cookie);
  const host = rawHost(installation, [server.url, '--debug']);
  await host.initialize();
  await host.ask('tools/list');
  const { stdout } = await installation.run(['trace']);
  await host.leave();
  await until('the session is ended', () => server.of('DELETE').length === 1);
  const [first, ...others] = cookies();
  expect([first, new Set(others)]).toEqual([undefined, new Set([`lb=${secret}`])]);
  expect(host.stderr).toContain('tools/list');
  expect(stdout).toContain('tools/list');
  for (const text of [host.stderr, stdout, installation.everythingOnDisk()])
    expect(text).not.toContain(secret);
  const without = rawHost(installation, [server.url, '--disable-cookies']);
  await without.initialize();
  await without.ask('tools/list');
  expect(new Set(cookies())).toEqual(new Set([undefined]));
});

it('--ping-interval pings while the host is there, mends a lost session, and opens no sign-in', async () => {
  const state = { session: 0, knows: true, refuses: false };
  server = await serve((seen, res) => {
    const { id, method } = seen.rpc;
    if (method === 'initialize') {
      state.knows = true;
      return json(res, initialized(id), 200, { 'mcp-session-id': `s${++state.session}` });
    }
    if (!state.knows) return res.writeHead(404).end();
    if (seen.method !== 'POST') return res.writeHead(seen.method === 'DELETE' ? 200 : 405).end();
    if (method === 'ping' && state.refuses) return res.writeHead(401).end();
    return id === undefined ? res.writeHead(202).end() : json(res, result(id));
  });
  const pings = () => server.of('POST', 'ping').length;
  const host = rawHost(installation, [server.url, '--keep-alive', '--ping-interval', '0.2']);
  await host.initialize();
  await until('it is pinged', () => pings() >= 3);
  state.knows = false;
  await until('the session is begun again', () => state.session === 2);
  state.refuses = true;
  const before = pings();
  await until('pings are refused', () => pings() >= before + 3);
  state.refuses = false;
  expect((await host.ask('tools/list')).result).toEqual({});
  expect(host.lines()).toHaveLength(2);
  expect(installation.tabs()).toEqual([]);
  expect(await host.leave()).toEqual({ code: 0, signal: null });
  await until('the session is ended', () => server.of('DELETE').length === 1);
  const after = pings();
  const other = rawHost(installation, [server.url]);
  await other.initialize();
  await other.ask('tools/list');
  await other.leave();
  expect(pings()).toBe(after);
});

it('a proxy that is not there is blamed by its variable, and the server is not', async () => {
  const host = rawHost(installation, ['https://mcp.example/mcp'], {
    https_proxy: 'http://me:hush@127.0.0.1:1',
  });
  expect(faultIn(await host.initialize())).toMatchObject({
    code: 'net.refused',
    message: expect.stringMatching(
      /^The proxy http:\/\/127\.0\.0\.1:1, set by https_proxy, cannot be used\./,
    ),
    remedy: expect.stringContaining('https_proxy'),
  });
  await until('it is said on stderr', () => host.stderr.includes('set by https_proxy'));
  expect(host.stderr).not.toContain('hush');
  expect(installation.everythingOnDisk()).not.toContain('hush');
});
