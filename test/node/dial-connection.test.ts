import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { constants, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { dialler, faultOf, pem, serveHttp, serveTcp, until } from '../support/network.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a connection', () => {
  it('is used again, and the answer says so', async () => {
    const server = await serveHttp((_, response) => response.end('ok'));
    const { get } = dialler();
    const first = await get(server.url);
    expect(first.connection).toMatchObject({ address: '127.0.0.1', family: 4, reused: false });
    expect(first.connection.connect).toBeGreaterThan(0);
    await first.response.text();
    const second = await get(server.url);
    await second.response.text();
    expect(second.connection).toEqual({ address: '127.0.0.1', family: 4, reused: true });
    expect(server.accepted).toBe(1);
  });

  it('is not waited for while another is busy', async () => {
    const server = await serveHttp((request, response) => {
      response.flushHeaders();
      if (request.url !== '/stream') response.end('ok');
    });
    const { get } = dialler();
    const stream = await get(`${server.url}stream`);
    for (let n = 0; n < 3; n++) expect(await (await get(server.url)).response.text()).toBe('ok');
    expect(server.accepted).toBe(2);
    await stream.response.body?.cancel();
  });

  it('is shared by requests with the same settings and by no others', async () => {
    const server = await serveHttp((_, response) => response.end('ok'));
    const { get } = dialler();
    const networks = [undefined, {}, { noProxy: 'a.example' }, { httpsProxy: 'http://p.example:1' }];
    for (const network of networks) await (await get(server.url, { network })).response.text();
    expect(server.accepted).toBe(1);
    await (await get(server.url, { network: { extraCa: pem('root') } })).response.text();
    expect(server.accepted).toBe(2);
  });

  it('that the server closed while idle costs nothing', async () => {
    const server = await serveHttp((_, response) => response.end('ok'));
    const { get, dial } = dialler();
    await (await get(server.url)).response.text();
    for (const socket of server.open) socket.destroy();
    await until(() => server.open.size === 0);
    const { response, connection } = await dial({
      method: 'POST',
      url: server.url,
      headers: [],
      body: bytes('x'),
    });
    expect(await response.text()).toBe('ok');
    expect(connection.reused).toBe(false);
  });

  it('that the server gives up just as a GET arrives is replaced, and a POST is not repeated', async () => {
    let asked = 0;
    const server = await serveTcp(socket => {
      let served = 0;
      socket.on('data', () => {
        asked++;
        if (served++ > 0) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    const { get, dial } = dialler();
    await (await get(server.url)).response.text();
    const again = await get(server.url);
    expect(await again.response.text()).toBe('ok');
    expect(again.connection.reused).toBe(false);
    expect(asked).toBe(3);
    const post = dial({ method: 'POST', url: server.url, headers: [], body: bytes('x') });
    expect(await faultOf(post)).toMatchObject({
      code: 'net.failed',
      message: expect.stringMatching(/before it answered/),
    });
    expect(asked).toBe(4);
  });

  it('ends with the dialler, also under an answer that is being read', async () => {
    const server = await serveHttp((request, response) => {
      response.flushHeaders();
      if (request.url === '/idle') response.end();
    });
    const { get, close } = dialler();
    await (await get(`${server.url}idle`)).response.text();
    const { response } = await get(server.url);
    const reading = faultOf(response.text());
    await close();
    expect(await reading).toMatchObject({ code: 'cancelled' });
    await until(() => server.open.size === 0);
    expect(await faultOf(get(server.url))).toMatchObject({ code: 'cancelled' });
  });
});

describe('--ipv4', () => {
  const both = async () => [
    { address: '::1', family: 6 },
    { address: '127.0.0.1', family: 4 },
  ];

  it('leaves out IPv6 addresses, of a proxy too, and has connections of its own', async () => {
    const asked: string[] = [];
    const resolve = async (host: string) => {
      asked.push(host);
      return both();
    };
    const server = await serveHttp((_, response) => response.end('ok'));
    const { get } = dialler({ resolve });
    const url = server.url.replace('127.0.0.1', 'both.example');
    const { response, connection } = await get(url, { network: { ipv4: true } });
    expect([await response.text(), connection.address]).toEqual(['ok', '127.0.0.1']);
    const network = { httpProxy: url, ipv4: true };
    expect(await (await get('http://other.example/', { network })).response.text()).toBe('ok');
    await (await get(url)).response.text();
    expect(server.accepted).toBe(3);
    expect(asked).toEqual(Array(3).fill('both.example'));
  });

  it('with nothing but IPv6 addresses there is a fault that names the flag', async () => {
    const { get } = dialler({ resolve: async () => [{ address: '::1', family: 6 }] });
    const network = { ipv4: true };
    expect(await faultOf(get('http://six.example/', { network }))).toMatchObject({
      code: 'net.dns',
      message: 'six.example has IPv6 addresses only, and --ipv4 allows no other than IPv4.',
      remedy: expect.stringContaining('--ipv4'),
    });
    expect(await faultOf(get('http://[::1]:1/', { network }))).toMatchObject({
      code: 'net.dns',
      message: '::1 is an IPv6 address, and --ipv4 allows no other than IPv4.',
    });
  });
});

describe('a failure', () => {
  it('to find anybody listening is a refusal', async () => {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const gone = (listener.address() as AddressInfo).port;
    await new Promise(resolve => listener.close(resolve));
    const fault = await faultOf(dialler().get(`http://127.0.0.1:${gone}/`));
    expect(fault).toMatchObject({
      code: 'net.refused',
      message: `127.0.0.1 refuses connections on port ${gone}.`,
      data: { phase: 'connect' },
    });
    expect(fault.remedy).toMatch(/running/);
    expect(fault.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('to resolve a name names it', async () => {
    const fault = await faultOf(dialler().get('http://no-such-host.invalid/'));
    expect(fault).toMatchObject({ code: 'net.dns', data: { host: 'no-such-host.invalid' } });
    expect(fault.message).toContain('no-such-host.invalid');
    const empty = dialler({ resolve: async () => [] });
    expect(await faultOf(empty.get('http://empty.example/'))).toMatchObject({ code: 'net.dns' });
  });

  it('to connect in time is a timeout', async () => {
    const never = dialler({ resolve: () => new Promise(() => {}), connectTimeout: 30 });
    const fault = await faultOf(never.get('http://slow.example/'));
    expect(fault).toMatchObject({ code: 'net.timeout', message: expect.stringContaining('slow.example') });
  });

  it('to answer in time is a timeout, and the connection ends', async () => {
    const server = await serveHttp(() => {});
    const fault = await faultOf(dialler().get(server.url, { headTimeout: 50 }));
    expect(fault).toMatchObject({ code: 'net.timeout', message: expect.stringContaining('50 ms') });
    await until(() => server.open.size === 0);
  });

  it('to connect in the user’s own time is a timeout that names the flag', async () => {
    const never = dialler({ resolve: () => new Promise(() => {}) });
    const fault = await faultOf(never.get('http://slow.example/', { network: { connectTimeout: 40 } }));
    expect(fault).toMatchObject({
      code: 'net.timeout',
      message: 'slow.example did not accept a connection within 40 ms.',
      remedy: expect.stringContaining('--connect-timeout SECONDS gives it longer'),
    });
  });

  it('to answer in the user’s own time is one too, which begins with the request', async () => {
    const server = await serveHttp(() => {});
    const slowly = async () => {
      await pause(200);
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const { get } = dialler({ resolve: slowly });
    const url = server.url.replace('127.0.0.1', 'slow.example');
    const asked = get(url, { headTimeout: 0, network: { headersTimeout: 100 } });
    await until(() => server.open.size === 1);
    expect(await faultOf(asked)).toMatchObject({
      code: 'net.timeout',
      message: 'slow.example did not begin to answer for 100 ms, as long as --headers-timeout allows.',
      remedy: 'Raise --headers-timeout, or leave it out for no limit.',
      data: { phase: 'head' },
    });
    await until(() => server.open.size === 0);
  });

  it('to go on with the body in the user’s own time is one too, however long the body takes in all', async () => {
    const server = await serveHttp(async (request, response) => {
      for (let piece = 0; piece < 4; piece++) {
        response.write('piece ');
        await pause(100);
      }
      if (request.url === '/ends') response.end();
    });
    const { get } = dialler();
    const network = { bodyTimeout: 200 };
    const { response } = await get(`${server.url}ends`, { network });
    expect(await response.text()).toBe('piece '.repeat(4));
    const stuck = await get(server.url, { network });
    expect(await faultOf(stuck.response.text())).toMatchObject({
      code: 'net.timeout',
      message:
        '127.0.0.1 sent nothing in the middle of its answer for 200 ms, as long as --body-timeout allows.',
      remedy: 'Raise --body-timeout, or leave it out for no limit.',
      data: { phase: 'body' },
    });
  });

  it('of the reader to go on is no failure of the server', async () => {
    const server = await serveHttp((_, response) => response.end(Buffer.alloc(1_000_000)));
    const { response } = await dialler().get(server.url, { network: { bodyTimeout: 50 } });
    await pause(1500);
    expect((await response.arrayBuffer()).byteLength).toBe(1_000_000);
  });

  it('is not seen in a body that takes longer than the head may', async () => {
    const server = await serveHttp(async (_, response) => {
      response.write('a');
      await pause(120);
      response.end('b');
    });
    const { response } = await dialler().get(server.url, { headTimeout: 60 });
    expect(await response.text()).toBe('ab');
  });

  it('in the middle of the head says so', async () => {
    const server = await serveTcp(socket => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nX-')));
    expect(await faultOf(dialler().get(server.url))).toMatchObject({
      code: 'net.failed',
      message: expect.stringMatching(/before it answered/),
    });
  });

  it.each(['identity', 'gzip'])(
    'in the middle of the body comes after what had arrived (%s)',
    async coding => {
      const server = await serveHttp((_, response) => {
        response.writeHead(200, { 'content-encoding': coding });
        const part =
          coding === 'gzip' ? gzipSync('first part', { finishFlush: constants.Z_SYNC_FLUSH }) : 'first part';
        response.write(part, () => response.destroy());
      });
      const { response } = await dialler().get(server.url);
      await until(() => server.open.size === 0);
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first part');
      expect(await faultOf(reader.read())).toMatchObject({
        code: 'net.failed',
        message: expect.stringMatching(/in the middle/),
        data: { phase: 'body' },
      });
    },
  );
});

describe('giving up', () => {
  it('before it begins rejects with the reason and dials nothing', async () => {
    const server = await serveHttp((_, response) => response.end());
    const reason = new Error('never mind');
    await expect(dialler().get(server.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.accepted).toBe(0);
  });

  it('while the name is being resolved does not wait for it', async () => {
    const controller = new AbortController();
    const waiting = dialler({ resolve: () => new Promise(() => {}) }).get('http://slow.example/', {
      signal: controller.signal,
    });
    const reason = new Error('never mind');
    queueMicrotask(() => controller.abort(reason));
    await expect(waiting).rejects.toBe(reason);
  });

  it('while waiting for the head ends the connection', async () => {
    const controller = new AbortController();
    const server = await serveHttp(() => controller.abort('any reason at all'));
    await expect(dialler().get(server.url, { signal: controller.signal })).rejects.toBe('any reason at all');
    await until(() => server.open.size === 0);
  });

  it('while reading ends the connection and the reading', async () => {
    const controller = new AbortController();
    const server = await serveHttp((_, response) => response.write('begun'));
    const { response } = await dialler().get(server.url, { signal: controller.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    const reading = reader.read();
    const reason = new Error('never mind');
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    await until(() => server.open.size === 0);
  });

  it.each(['identity', 'gzip'])('by cancelling the body ends the connection (%s)', async coding => {
    const server = await serveHttp((_, response) => {
      response.writeHead(200, { 'content-encoding': coding });
      response.write(
        coding === 'gzip' ? gzipSync('begun', { finishFlush: constants.Z_SYNC_FLUSH }) : 'begun',
      );
    });
    const { get } = dialler();
    const { response } = await get(server.url);
    await response.body?.cancel();
    await until(() => server.open.size === 0);
  });

  it('leaves nothing behind on the signal', async () => {
    const server = await serveHttp((_, response) => response.end('ok'));
    const { get } = dialler();
    const { signal } = new AbortController();
    let listeners = 0;
    const counted = new Proxy(signal, {
      get(target, name) {
        if (name === 'addEventListener') listeners++;
        if (name === 'removeEventListener') listeners--;
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await (await get(server.url, { signal: counted })).response.text();
    expect(listeners).toBe(0);
  });
});
