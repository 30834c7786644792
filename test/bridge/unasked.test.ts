import { afterEach, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import type { UpstreamOptions } from '../../src/bridge/upstream.ts';
import { data, initialized, json, result, serve, stream, type TestServer } from '../support/http-server.ts';
import { connect, fault, type Host, until } from '../support/mcp-host.ts';
import { quicken } from '../support/span.ts';

/*
 * What a server says unasked reaches a host that asks for nothing, whatever went wrong in between.
 */

let server: TestServer;
let host: Host | undefined;
afterEach(async () => {
  await host?.channel.close();
  await server.close();
});

/** A server that the test makes forget its session, and answer `initialize` as it says. */
async function start(options: Partial<UpstreamOptions> = {}) {
  const state = { sessions: 0, current: '', begin: 'well' as 'well' | 'refused' | 'silent' };
  server = await serve((seen, res) => {
    const { id, method } = seen.rpc;
    if (method === 'initialize') {
      if (state.begin === 'refused') return json(res, { error: 'starting' }, 503);
      if (state.begin === 'silent') return stream(res, ': in a moment');
      state.current = `s${++state.sessions}`;
      return json(res, initialized(id), 200, { 'mcp-session-id': state.current });
    }
    if (seen.method === 'DELETE') return res.writeHead(200).end();
    if (seen.headers['mcp-session-id'] !== state.current) return res.writeHead(404).end();
    if (seen.method === 'GET')
      return stream(res, data({ jsonrpc: '2.0', method: `notifications/of-${state.current}` }));
    if (id === undefined) return res.writeHead(202).end();
    json(res, result(id, { session: state.current }));
  });
  const connected = connect(server.url, { world: quicken(100), ...options });
  host = connected.host;
  await host.initialize();
  await host.hears(one => one.method === 'notifications/of-s1');
  const begun = () => server.of('POST', 'initialize').length;
  return { ...connected, state, begun };
}

test('a session that was lost while nobody asks anything is tried for until the server gives one', async () => {
  const { host, state, begun, span } = await start();
  Object.assign(state, { current: 'none', begin: 'refused' });
  server.breakAll();
  await until(() => begun() >= 4);
  state.begin = 'well';
  await host.hears(one => one.method === 'notifications/of-s2');
  expect(span.notes.filter(note => note.includes('a new one failed'))).toHaveLength(begun() - 2);
});

test('a session that a request could not have back comes back without another request', async () => {
  const { host, state } = await start();
  Object.assign(state, { current: 'none', begin: 'refused' });
  expect(fault(await host.ask('call'))?.code).toBe('server.session-lost');
  state.begin = 'well';
  await host.hears(one => one.method === 'notifications/of-s2');
  expect((await host.ask('call')).result).toEqual({ session: 's2' });
});

test('a server that takes `initialize` and says nothing holds requests up for a minute, not for ever', async () => {
  const { host, state, begun } = await start();
  Object.assign(state, { current: 'none', begin: 'silent' });
  const answers = await Promise.all(['x', 'y'].map(id => host.ask('call', {}, id)));
  expect(answers.map(answer => fault(answer)?.code)).toEqual(['server.session-lost', 'server.session-lost']);
  expect(answers[0]?.error?.message).toContain('did not answer initialize in 60 s');
  expect(begun()).toBe(2);
  state.begin = 'well';
  expect((await host.ask('call')).result).toBeDefined();
});

test('a stream that wants a token when none can be had just now is opened once one can', async () => {
  let isOut = false;
  const { host, state } = await start({
    authorize: async () => {
      if (isOut) throw new Fault('token.unavailable', 'The authorization server is out.');
      return 'token';
    },
  });
  isOut = true;
  server.breakAll();
  await new Promise(resolve => setTimeout(resolve, 50));
  expect(server.of('GET')).toHaveLength(1);
  isOut = false;
  await until(
    () => host.heard.filter(one => one.method === `notifications/of-${state.current}`).length === 2,
  );
});
