import { describe, expect, test } from 'vitest';
import { createInstruments } from '../../src/node/instruments.ts';
import { pem, serveHttp, serveHttps, serveTcp } from '../support/network.ts';

const untrusting = createInstruments({});
const trusting = createInstruments({ extraCa: pem('root') });
const chainOf = (look: { chain: readonly { subject: string }[] }) => look.chain.map(({ subject }) => subject);

describe('a look at TLS', () => {
  test.each([
    ['a chain without its intermediate', ['server'], 'missing-intermediate', ['localhost']],
    ['a certificate that signed itself', ['self-signed'], 'self-signed', undefined],
    ['one that has expired', ['expired', 'intermediate'], 'expired', undefined],
    ['one for another name', ['other-name', 'intermediate'], 'name-mismatch', undefined],
  ])('tells %s, whatever this machine trusts', async (_, chain, problem, presented) => {
    const { port } = await serveHttps((_, response) => response.end(), chain);
    const look = await trusting.lookAtTls('localhost', port, 'any');
    expect(look.failure).toMatchObject({ code: 'net.tls', data: { problem } });
    expect(look.system).toBeDefined();
    expect(look.bundled).toBeDefined();
    if (presented) expect(chainOf(look)).toEqual(presented);
    else expect(look.chain.length).toBeGreaterThan(0);
  });

  test('tells an authority that only this machine knows from one that nobody knows', async () => {
    const { port } = await serveHttps((_, response) => response.end());
    const nobody = await untrusting.lookAtTls('localhost', port, 'any');
    expect(nobody.failure?.code).toBe('net.tls');
    expect(nobody.system).toBe(nobody.bundled);
    const here = await trusting.lookAtTls('localhost', port, 'any');
    expect(here.bundled).toBe(nobody.bundled);
    expect(here.system).toBeUndefined();
    expect(here.failure?.code).toBe('net.tls');
    expect(chainOf(here).slice(0, 2)).toEqual(['localhost', 'Keybridge Test Intermediate']);
    expect(here.names).toContain('DNS:localhost');
    expect(here.protocol).toBe('TLSv1.3');
  });

  test('tells a server that breaks off, one that speaks no TLS and one that is not there', async () => {
    const reset = await serveTcp(socket => socket.once('data', () => socket.resetAndDestroy()));
    expect((await trusting.lookAtTls('localhost', reset.port, 'any')).failure?.data?.problem).toBe('reset');
    const plain = await serveHttp((_, response) => response.end());
    expect((await trusting.lookAtTls('localhost', plain.port, 'any')).failure?.data?.problem).toBe('not-tls');
    const gone = await serveTcp(() => {});
    const { port } = gone;
    const quick = createInstruments({}, { patience: 50 });
    expect((await quick.lookAtTls('localhost', port, 'any')).failure?.code).toBe('net.timeout');
    expect((await trusting.lookAtTls('localhost', 1, 'any')).failure?.code).toBe('net.refused');
  });
});

test('a look at TLS dials nothing private where only public places may be looked at', async () => {
  const server = await serveTcp(() => {});
  for (const host of ['localhost', '127.0.0.1'])
    expect((await trusting.lookAtTls(host, server.port, 'public')).failure?.code).toBe('net.private-address');
  expect(server.accepted).toBe(0);
});

describe('a look at a name', () => {
  const resolving = (four: string[], six: string[]) =>
    createInstruments(
      {},
      {
        patience: 50,
        resolve: async (_, family) => {
          const found = family === 4 ? four : six;
          if (found.length === 0) throw Object.assign(new Error(), { code: 'ENOTFOUND' });
          return found.map(address => ({ address }));
        },
      },
    );

  test('has the addresses of both families', async () => {
    expect(await resolving(['20.0.0.1'], ['2001:4860::1']).lookUp('a.example')).toEqual({
      host: 'a.example',
      v4: ['20.0.0.1'],
      v6: ['2001:4860::1'],
    });
    expect((await resolving([], ['2001:4860::1']).lookUp('a.example')).failure).toBeUndefined();
  });

  test('says so where there is none, and does not wait for a resolver that is silent', async () => {
    expect((await resolving([], []).lookUp('a.example')).failure?.code).toBe('net.dns');
    const silent = createInstruments({}, { patience: 20, resolve: () => new Promise(() => {}) });
    expect((await silent.lookUp('a.example')).failure?.code).toBe('net.timeout');
  });
});

describe('a look at proxies', () => {
  const network = { httpsProxy: 'http://user:pw@proxy.example:3128', httpsProxyFrom: 'HTTPS_PROXY' };
  const shown = { variable: 'HTTPS_PROXY', origin: 'http://proxy.example:3128' };

  test('names the one that is used, without its password', () => {
    const look = createInstruments(network).lookAtProxy(new URL('https://mcp.example/mcp'));
    expect(look).toEqual({ configured: [shown], used: shown });
  });

  test('knows a host that is spared, and an entry that names no proxy', () => {
    const url = new URL('https://mcp.example/mcp');
    const spared = createInstruments({ ...network, noProxy: 'mcp.example' });
    expect(spared.lookAtProxy(url)).toEqual({ configured: [shown] });
    const socks = createInstruments({ httpsProxy: 'socks5://proxy.example', httpsProxyFrom: 'ALL_PROXY' });
    expect(socks.lookAtProxy(url).failure?.message).toContain('ALL_PROXY');
  });
});
