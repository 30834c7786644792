import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../src/node/proxy.ts';
import {
  dialler,
  faultOf,
  pem,
  serveHttp,
  serveHttps,
  serveProxy,
  serveTcp,
  until,
} from '../support/network.ts';

const extraCa = pem('root');
const withName = (url: string, userInfo: string) => url.replace('//', `//${userInfo}@`);

describe('a request through a proxy', () => {
  it('tunnels to an https server and checks that server', async () => {
    const proxy = await serveProxy();
    const server = await serveHttps((_, response) => response.end('through'), ['other-name', 'intermediate']);
    const url = `https://other.example:${server.port}/`;
    const { response, connection } = await dialler().get(url, {
      network: { httpsProxy: proxy.url, extraCa },
    });
    expect(await response.text()).toBe('through');
    expect(proxy.asked).toEqual([{ line: `CONNECT other.example:${server.port}`, authorization: undefined }]);
    expect(connection).toMatchObject({ viaProxy: proxy.url, reused: false, tls: { protocol: 'TLSv1.3' } });
    expect(connection.address).toBeUndefined();
  });

  it('asks the proxy itself for an http server', async () => {
    const proxy = await serveProxy();
    const server = await serveHttp((_, response) => response.end('forwarded'));
    const url = `http://a.example:${server.port}/x`;
    const { response, connection } = await dialler().get(url, {
      network: { httpProxy: withName(proxy.url, 'me:pa%20ss') },
    });
    expect(await response.text()).toBe('forwarded');
    expect(response.headers.get('x-through')).toBe('proxy');
    const authorization = `Basic ${Buffer.from('me:pa ss').toString('base64')}`;
    expect(proxy.asked).toEqual([{ line: `GET ${url}`, authorization }]);
    expect(connection).toMatchObject({ viaProxy: proxy.url });
    expect(connection.address).toBeUndefined();
  });

  it('shows the proxy its name and password and nobody else', async () => {
    const proxy = await serveProxy();
    const seen: unknown[] = [];
    const server = await serveHttps((request, response) => {
      seen.push(request.headers['proxy-authorization']);
      response.end();
    });
    const network = { httpsProxy: withName(proxy.url, 'me:secret'), extraCa };
    const url = `https://localhost:${server.port}/`;
    const { get } = dialler({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    // localhost itself is never asked of a proxy, so another name of the same certificate is used.
    const fault = await faultOf(get(url.replace('localhost', 'other.example'), { network }));
    expect(proxy.asked[0]?.authorization).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
    expect(fault).toMatchObject({ code: 'net.tls', data: { problem: 'name-mismatch' } });
    expect(JSON.stringify(fault)).not.toContain('secret');
    expect(seen).toEqual([]);
  });

  it('uses a tunnel again', async () => {
    const proxy = await serveProxy();
    const server = await serveHttps((_, response) => response.end('ok'), ['other-name', 'intermediate']);
    const { get } = dialler();
    for (const reused of [false, true]) {
      const { response, connection } = await get(`https://other.example:${server.port}/`, {
        network: { httpsProxy: proxy.url, extraCa },
      });
      await response.text();
      expect(connection).toMatchObject({ reused, viaProxy: proxy.url });
    }
    expect(proxy.asked).toHaveLength(1);
  });

  it.each([
    [407, /name and a password/],
    [403, /NO_PROXY/],
  ])('that the proxy refuses with %i is a fault that says what to do', async (refuse, remedy) => {
    const proxy = await serveProxy({ refuse });
    const { get } = dialler();
    const tunnelled = await faultOf(
      get('https://a.example/', { network: { httpsProxy: withName(proxy.url, 'u:pw') } }),
    );
    expect(tunnelled).toMatchObject({
      code: 'net.failed',
      data: { proxy: proxy.url, status: String(refuse) },
    });
    expect(tunnelled.message).toBe(
      `The proxy ${proxy.url}, set by HTTPS_PROXY, answers ${refuse} when asked for a.example:443.`,
    );
    expect(tunnelled.remedy).toMatch(remedy);
    await until(() => proxy.open.size === 0);
  });

  it('without the right name is the same fault for plain http', async () => {
    const proxy = await serveProxy({ refuse: 407 });
    const fault = await faultOf(dialler().get('http://a.example/', { network: { httpProxy: proxy.url } }));
    expect(fault).toMatchObject({ code: 'net.failed', data: { status: '407' } });
  });

  it.each([
    ['https://a.example/', { httpsProxy: 'http://127.0.0.1:1', httpsProxyFrom: 'all_proxy' }, 'all_proxy'],
    [
      'http://a.example/',
      { httpProxy: 'http://u:hush@127.0.0.1:1', httpProxyFrom: 'http_proxy' },
      'http_proxy',
    ],
    ['https://a.example/', { httpsProxy: 'http://127.0.0.1:1' }, 'HTTPS_PROXY'],
  ])('that is not there blames the proxy and names its variable: %s %j', async (url, network, variable) => {
    const fault = await faultOf(dialler().get(url, { network }));
    expect(fault).toMatchObject({
      code: 'net.refused',
      message: `The proxy http://127.0.0.1:1, set by ${variable}, cannot be used. 127.0.0.1 refuses connections on port 1.`,
      remedy: expect.stringContaining(`Correct ${variable} in the environment`),
      data: { proxy: 'http://127.0.0.1:1', variable },
    });
    expect(JSON.stringify(fault)).not.toContain('hush');
  });

  it('whose name was mistyped is not a server that cannot be resolved', async () => {
    const network = { httpsProxy: 'prxy.invalid:3128' };
    const fault = await faultOf(dialler().get('https://a.example/', { network }));
    expect(fault).toMatchObject({
      code: 'net.dns',
      message: expect.stringMatching(
        /^The proxy http:\/\/prxy\.invalid:3128, set by HTTPS_PROXY, cannot be used/,
      ),
    });
  });

  it.each(['https://a.example/', 'http://a.example/'])(
    'that is no HTTP proxy is not a server without HTTP: %s',
    async url => {
      const other = await serveTcp(socket => socket.end('\x05\x00 not HTTP\r\n'));
      const network = { httpProxy: other.url, httpsProxy: other.url };
      const fault = await faultOf(dialler().get(url, { network }));
      expect(fault).toMatchObject({
        code: 'net.failed',
        data: { variable: expect.stringMatching(/^HTTPS?_PROXY$/) },
      });
      expect(fault.message).toMatch(
        /^The proxy http:\/\/127\.0\.0\.1:\d+, set by HTTPS?_PROXY, cannot be used/,
      );
    },
  );

  it.each(['https://a.example/', 'http://a.example/'])(
    'that says nothing is blamed in time: %s',
    async url => {
      const silent = await serveTcp(socket => socket.resume());
      const network = {
        httpProxy: silent.url,
        httpsProxy: silent.url,
        connectTimeout: 40,
        headersTimeout: 40,
      };
      const fault = await faultOf(dialler().get(url, { network }));
      expect(fault).toMatchObject({ code: 'net.timeout' });
      if (url.startsWith('https'))
        expect(fault.message).toMatch(/The proxy .* did not lead to a\.example within 40 ms/);
      await until(() => silent.open.size === 0);
    },
  );

  it('gives up with its signal while the proxy is silent', async () => {
    const controller = new AbortController();
    const silent = await serveHttp(() => {});
    const network = { httpsProxy: silent.url };
    const waiting = dialler().get('https://a.example/', { network, signal: controller.signal });
    await until(() => silent.open.size === 1);
    const reason = new Error('never mind');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await until(() => silent.open.size === 0);
  });
});

describe('the proxy of a URL', () => {
  const network = { httpProxy: 'http://p.example:1', httpsProxy: 'q.example:2' };
  const of = (url: string, noProxy?: string) =>
    proxyFor(new URL(url), noProxy === undefined ? network : { ...network, noProxy })?.url.href;

  it('goes by the scheme, and a bare host and port is an http proxy', () => {
    expect(of('http://a.example/')).toBe('http://p.example:1/');
    expect(of('https://a.example/')).toBe('http://q.example:2/');
    expect(proxyFor(new URL('https://a.example/'), { httpProxy: 'http://p.example:1' })).toBeUndefined();
    expect(proxyFor(new URL('https://a.example/'), undefined)).toBeUndefined();
  });

  it.each([
    'http://localhost/',
    'http://127.0.0.1:80/',
    'https://[::1]/',
    'http://app.localhost/',
    'http://127.8.8.8/',
  ])('is none for this machine: %s', url => expect(of(url)).toBeUndefined());

  it.each([
    ['*', 'https://a.example/', true],
    ['a.example', 'https://a.example/', true],
    ['A.Example', 'https://a.EXAMPLE/', true],
    ['a.example', 'https://b.a.example/', true],
    ['.a.example', 'https://a.example/', true],
    ['*.a.example', 'https://b.a.example/', true],
    ['*.a.example', 'https://a.example/', false],
    ['a.example', 'https://nota.example/', false],
    ['x.example , a.example', 'https://a.example/', true],
    ['x.example a.example', 'https://a.example/', true],
    ['a.example:8443', 'https://a.example:8443/', true],
    ['a.example:8443', 'https://a.example/', false],
    ['a.example:443', 'https://a.example/', true],
    ['a.example.', 'https://a.example/', true],
    ['a.example', 'https://a.example./', true],
    ['10.0.0.0/8', 'https://10.1.2.3/', true],
    ['10.0.0.0/8', 'https://11.1.2.3/', false],
    ['10.0.0.0/99', 'https://10.1.2.3/', false],
    ['10.1.2.3', 'https://10.1.2.3/', true],
    ['2001:db8::/32', 'https://[2001:db8::1]/', true],
    ['[2001:db8::1]:443', 'https://[2001:db8::1]/', true],
    ['2001:db8::1', 'https://[2001:db8::2]/', false],
    ['3', 'https://1.2.3.3/', false],
    ['', 'https://a.example/', false],
    [' , ', 'https://a.example/', false],
  ])('with NO_PROXY "%s" for %s is left out: %s', (noProxy, url, out) => {
    expect(of(url, noProxy) === undefined).toBe(out);
  });

  it('is refused by the name of the variable it came from', () => {
    const network = { httpsProxy: 'socks5://p.example:1080', httpsProxyFrom: 'ALL_PROXY' };
    expect(() => proxyFor(new URL('https://a.example/'), network)).toThrow(/^ALL_PROXY names a socks5 proxy/);
  });

  it.each(['socks5://p.example:1080', 'http://', 'ftp://p.example'])('is refused when it is %s', setting => {
    expect(() => proxyFor(new URL('https://a.example/'), { httpsProxy: setting })).toThrow(
      expect.objectContaining({ code: 'net.failed', message: expect.stringContaining('HTTPS_PROXY') }),
    );
  });
});
