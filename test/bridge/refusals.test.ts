import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { Refusal } from '../../src/bridge/channel.ts';
import { initialized, json, result, serve, type TestServer } from '../support/http-server.ts';
import { connect, fault, type Host, until } from '../support/mcp-host.ts';

let server: TestServer;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  await server.close();
});

/** A server that wants a certain token, and more scope for what is called `admin`. */
async function start(needed: () => string | undefined, challenge = 'Bearer resource_metadata="https://x/"') {
  server = await serve((seen, res) => {
    const token = seen.headers.authorization;
    if (token !== needed()) return res.writeHead(401, { 'www-authenticate': challenge }).end();
    const { id, method } = seen.rpc;
    if (method === 'admin') {
      const scope = 'Bearer error="insufficient_scope", scope="admin"';
      return res.writeHead(403, { 'www-authenticate': scope }).end();
    }
    if (seen.method === 'GET') return res.writeHead(405).end();
    if (id === undefined) return res.writeHead(202).end();
    json(res, method === 'initialize' ? initialized(id) : result(id));
  });
  return server.url;
}

test('after a 401 the token is asked for with the challenge, and the same message sent again', async () => {
  const url = await start(() => 'Bearer good');
  const refusals: (Refusal | undefined)[] = [];
  let token: string | undefined;
  ({ host } = connect(url, {
    authorize: async refusal => {
      if (refusal) {
        refusals.push(refusal);
        token = 'good';
      }
      return token;
    },
  }));
  expect((await host.initialize()).result).toBeDefined();
  expect(refusals).toMatchObject([
    { status: 401, challenges: ['Bearer resource_metadata="https://x/"'], token: undefined },
  ]);
  await host.ask('ping');
  const [first, second] = server.of('POST');
  expect(second?.body).toBe(first?.body);
  expect(refusals).toHaveLength(1);
});

test('a message is refused for good after three more 401, and after three more 403', async () => {
  const url = await start(() => 'Bearer 4');
  let count = 0;
  const connected = connect(url, {
    authorize: async refusal => String(refusal?.status === 401 ? ++count : count),
  });
  host = connected.host;
  expect(fault(await host.ask('initialize'))?.code).toBe('server.refused');
  expect(server.of('POST')).toHaveLength(4);
  count = 4;
  const answer = await host.ask('admin');
  expect(fault(answer)?.code).toBe('server.refused');
  expect(answer.error?.message).toContain('403');
  expect(server.of('POST', 'admin')).toHaveLength(4);
});

test("a Fault of the sign-in is the request's answer, with all its data", async () => {
  const url = await start(() => 'Bearer good');
  ({ host } = connect(url, {
    authorize: async refusal => {
      if (!refusal) return undefined;
      throw new Fault('sign-in.needed', 'Sign in.', {
        remedy: 'Open the link.',
        data: { link: 'http://127.0.0.1/' },
      });
    },
  }));
  const answer = await host.ask('initialize');
  expect(answer.error?.message).toBe('Sign in. Open the link.');
  expect(fault(answer)).toMatchObject({ code: 'sign-in.needed', data: { link: 'http://127.0.0.1/' } });
});

test("the user's own Authorization header goes out as it is, and its refusal is no sign-in", async () => {
  let needed = 'Basic abc';
  const url = await start(() => needed);
  let asked = 0;
  ({ host } = connect(url, {
    headers: [
      ['authorization', 'Basic abc'],
      ['X-Team', 'blue'],
      ['Accept', 'text/plain'],
    ],
    authorize: async () => {
      asked++;
      return 'token';
    },
  }));
  await host.initialize();
  expect((await host.ask('ping')).result).toEqual({});
  await until(() => server.of('GET').length === 1);
  expect(server.seen.every(({ headers }) => headers['x-team'] === 'blue')).toBe(true);
  expect(server.of('POST').every(({ headers }) => headers.accept?.includes('event-stream'))).toBe(true);
  needed = 'Basic other';
  expect(fault(await host.ask('ping'))?.code).toBe('server.header-refused');
  expect(asked).toBe(0);
});

test('the notification stream says that no host asks, and a request of the host does not', async () => {
  let strict = false;
  server = await serve((seen, res) => {
    if (seen.method === 'GET' || strict) return res.writeHead(401).end();
    if (seen.rpc.id === undefined) return res.writeHead(202).end();
    json(res, initialized(seen.rpc.id));
  });
  const asked: (boolean | undefined)[] = [];
  ({ host } = connect(server.url, {
    authorize: async refusal => {
      if (!refusal) return undefined;
      asked.push(refusal.background);
      throw new Fault('sign-in.needed', 'A sign-in is needed.');
    },
  }));
  await host.initialize();
  await until(() => asked.length === 1);
  strict = true;
  await host.ask('ping');
  expect(asked[0]).toBe(true);
  expect(asked[1]).not.toBe(true);
  // The stream is not tried again for as long as nothing has changed.
  expect(server.of('GET')).toHaveLength(1);
  strict = false;
  await host.ask('initialize');
  await until(() => server.of('GET').length >= 1);
});

test('a server that is not there yet is tried once more, and then named as the cause', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => free.once('listening', resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise(resolve => free.close(resolve));
  server = await serve(() => {});
  const { host: lonely, span } = connect(`http://127.0.0.1:${port}/mcp`);
  expect(fault(await lonely.ask('initialize'))?.code).toBe('net.refused');
  expect(span.requests).toHaveLength(2);
  await lonely.channel.close();
});

test('a 403 that means 401 is taken for one: without a token, or of a token it calls invalid', async () => {
  server = await serve((seen, res) => {
    const { authorization } = seen.headers;
    if (authorization !== 'Bearer good') {
      const why = authorization === undefined ? '' : ' error="invalid_token"';
      return res.writeHead(403, { 'www-authenticate': `Bearer${why || ' realm="gate"'}` }).end();
    }
    const { id, method } = seen.rpc;
    if (seen.method === 'GET') return res.writeHead(405).end();
    if (id === undefined) return res.writeHead(202).end();
    json(res, method === 'initialize' ? initialized(id) : result(id));
  });
  const statuses: number[] = [];
  const tokens = [undefined, 'old', 'good'];
  ({ host } = connect(server.url, {
    authorize: async refusal => {
      if (refusal) {
        statuses.push(refusal.status);
        tokens.shift();
      }
      return tokens[0];
    },
  }));
  expect((await host.initialize()).result).toBeDefined();
  expect(statuses).toEqual([401, 401]);
});

test('a bare 403 to a token is an answer, not a reason to sign in', async () => {
  server = await serve((_seen, res) => res.writeHead(403).end());
  const refusals: Refusal[] = [];
  ({ host } = connect(server.url, {
    authorize: async refusal => {
      if (refusal) refusals.push(refusal);
      return 'good';
    },
  }));
  expect(fault(await host.ask('initialize'))?.code).toBe('server.refused');
  expect(refusals).toEqual([]);
});
