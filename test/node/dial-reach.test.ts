import { describe, expect, it } from 'vitest';
import { allowedAddresses } from '../../src/node/dial-connect.ts';
import { dialler, faultOf, serveHttp, serveProxy } from '../support/network.ts';

const refused = expect.objectContaining({ code: 'net.private-address' });

describe('a request that may reach public addresses only', () => {
  it.each([
    '127.0.0.1',
    'localhost',
    '[::1]',
    '0x7f.1',
    '10.0.0.1',
    '169.254.169.254',
    '[::ffff:127.0.0.1]',
    '[fd00::1]',
    '[fe80::1]',
  ])('is refused for %s', async host => {
    const server = await serveHttp((_, response) => response.end());
    const fault = await faultOf(dialler().get(`http://${host}:${server.port}/`, { reach: 'public' }));
    expect(fault).toEqual(refused);
    expect(fault.remedy).toMatch(/allow/);
    expect(server.accepted).toBe(0);
  });

  it('is refused for a name that leads to a private address', async () => {
    const server = await serveHttp((_, response) => response.end());
    const { get } = dialler({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    const fault = await faultOf(get(`http://public.example:${server.port}/`, { reach: 'public' }));
    expect(fault).toEqual(refused);
    expect(fault.message).toContain('public.example (127.0.0.1)');
    expect(server.accepted).toBe(0);
  });

  it('dials none of the private addresses among those of a name', async () => {
    const [private4, private6] = [{ address: '10.0.0.1' }, { address: 'fd00::1' }];
    const [public4, public6] = [{ address: '93.184.215.14' }, { address: '2606:2800:21f::1' }];
    const mixed = [private6, public6, private4, public4];
    expect(allowedAddresses(mixed, 'public')).toEqual([public6, public4]);
    expect(allowedAddresses(mixed, 'any')).toEqual(mixed);

    const server = await serveHttp((_, response) => response.end());
    const families = [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    const { get } = dialler({ resolve: async () => families });
    expect(await faultOf(get(`http://a.example:${server.port}/`, { reach: 'public' }))).toEqual(refused);
    expect(server.accepted).toBe(0);
  });

  it('asks the resolver once, so that no second answer can slip by', async () => {
    const server = await serveHttp((_, response) => response.end());
    let asked = 0;
    const { get } = dialler({
      resolve: async () => [{ address: asked++ === 0 ? '10.0.0.1' : '127.0.0.1', family: 4 }],
    });
    expect(await faultOf(get(`http://rebinding.example:${server.port}/`, { reach: 'public' }))).toEqual(
      refused,
    );
    expect(asked).toBe(1);
  });

  it('does not travel over a connection that was opened without that rule', async () => {
    const server = await serveHttp((_, response) => response.end('ok'));
    const { get } = dialler({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
    const url = `http://a.example:${server.port}/`;
    expect(await (await get(url)).response.text()).toBe('ok');
    expect(await faultOf(get(url, { reach: 'public' }))).toEqual(refused);
  });

  it('is held to it behind a proxy as far as can be seen from here', async () => {
    const proxy = await serveProxy();
    const server = await serveHttp((_, response) => response.end('ok'));
    const network = { httpProxy: proxy.url, httpsProxy: proxy.url };
    const inside = dialler({ resolve: async () => [{ address: '192.168.0.1', family: 4 }] });
    for (const url of [
      'http://10.0.0.1/',
      'https://10.0.0.1/',
      'http://in.example/',
      'https://in.example/',
    ]) {
      expect(await faultOf(inside.get(url, { reach: 'public', network }))).toEqual(refused);
    }
    expect(proxy.asked).toEqual([]);
    // A machine behind a proxy may be unable to resolve outside names at all.
    const blind = dialler({
      resolve: async host => {
        if (host !== '127.0.0.1') throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
        return [{ address: host, family: 4 }];
      },
    });
    const { response } = await blind.get(`http://out.example:${server.port}/`, { reach: 'public', network });
    expect(await response.text()).toBe('ok');
  });
});

describe('a request that may reach any address', () => {
  it('reaches the second address of a name when the first does not answer', async () => {
    const server = await serveHttp((_, response) => response.end('ok'));
    const { get } = dialler({
      resolve: async () => [
        { address: '127.0.0.2', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
    });
    const { response, connection } = await get(`http://two.example:${server.port}/`);
    expect(await response.text()).toBe('ok');
    expect(connection.address).toBe('127.0.0.1');
    expect(connection.dns).toBeGreaterThanOrEqual(0);
  });
});
