import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
} from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { dialler, faultOf, serveHttp, serveTcp } from '../support/network.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heldMemory(): number {
  collectGarbage();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a request', () => {
  it('goes out as it was asked for, in order', async () => {
    const seen: unknown[] = [];
    const server = await serveHttp(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      seen.push(request.method, request.url, request.rawHeaders, Buffer.concat(chunks).toString());
      response.end();
    });
    const { dial } = dialler();
    const body = bytes('{"a":1}');
    const headers = [
      ['X-B', '1'],
      ['Content-Type', 'application/json'],
      ['x-b', '2'],
    ] as const;
    await dial({ method: 'POST', url: `${server.url}mcp?x=%2F`, headers, body });
    expect(seen.slice(0, 2)).toEqual(['POST', '/mcp?x=%2F']);
    expect(seen[3]).toBe('{"a":1}');
    const raw = seen[2] as string[];
    expect(raw.slice(raw.indexOf('X-B'))).toEqual([
      'X-B',
      '1',
      'Content-Type',
      'application/json',
      'x-b',
      '2',
      'accept-encoding',
      'gzip, deflate, br',
      'content-length',
      '7',
    ]);
  });

  it.each(['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'])('may be a %s without a body', async method => {
    const server = await serveHttp((request, response) => response.end(`${request.method}`));
    const { response } = await dialler().dial({ method, url: server.url, headers: [] });
    expect(await response.text()).toBe(method === 'HEAD' ? '' : method);
  });

  it('that cannot be sent is a fault that does not repeat the value', async () => {
    const server = await serveHttp((_, response) => response.end());
    const { get } = dialler();
    const fault = await faultOf(get(server.url, { headers: [['x-token', 'secret\nvalue']] }));
    expect(fault).toMatchObject({ code: 'net.failed', message: expect.stringContaining('x-token') });
    expect(fault.sentence).not.toContain('secret');
    expect(await faultOf(get('ftp://a.example/'))).toMatchObject({ code: 'net.failed' });
    expect(await faultOf(get('nonsense'))).toMatchObject({ code: 'net.failed' });
  });
});

describe('an answer', () => {
  it('keeps its header fields as they came', async () => {
    const server = await serveTcp(socket =>
      socket.once('data', () =>
        socket.end(
          'HTTP/1.1 200 Fine\r\nSet-Cookie: a=1\r\nX-Latin: \xe9\r\nset-cookie: b=2\r\nContent-Length: 2\r\n\r\nok',
          'latin1',
        ),
      ),
    );
    const { headers, response } = await dialler().get(server.url);
    expect(headers).toEqual([
      ['Set-Cookie', 'a=1'],
      ['X-Latin', '\xe9'],
      ['set-cookie', 'b=2'],
      ['Content-Length', '2'],
    ]);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.statusText).toBe('Fine');
    expect(await response.text()).toBe('ok');
  });

  it.each([301, 302, 303, 307, 308])(
    'that redirects with %i is handed back and not followed',
    async status => {
      const server = await serveHttp((_, response) =>
        response.writeHead(status, { location: '/elsewhere' }).end('moved'),
      );
      const { response } = await dialler().get(server.url);
      expect(response.status).toBe(status);
      expect(response.headers.get('location')).toBe('/elsewhere');
      expect(await response.text()).toBe('moved');
      expect(server.accepted).toBe(1);
    },
  );

  it.each([204, 304])('with the status %i has no body', async status => {
    const server = await serveHttp((_, response) => response.writeHead(status).end());
    const { response } = await dialler().get(server.url);
    expect(response).toMatchObject({ status, body: null });
  });

  it('comes after informational ones', async () => {
    const server = await serveHttp((_, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.end('real');
    });
    const { response } = await dialler().get(server.url);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('real');
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['identity', (text: Buffer) => text],
    ['utf-8', (text: Buffer) => text],
    ['deflate, gzip', (text: Buffer) => gzipSync(deflateSync(text))],
  ])('in %s is decoded', async (coding, encode) => {
    const text = 'hello '.repeat(50_000);
    const server = await serveHttp((_, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end(encode(Buffer.from(text))),
    );
    const { response } = await dialler().get(server.url);
    expect(await response.text()).toBe(text);
  });

  it('that is not in the coding it names is a fault', async () => {
    const server = await serveHttp((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain text'),
    );
    const { response } = await dialler().get(server.url);
    expect(await faultOf(response.text())).toMatchObject({
      code: 'net.failed',
      message: expect.stringMatching(/encoded/),
    });
  });

  it.each(['gzip', 'br', 'deflate'])('that streams events in %s brings each as it is sent', async coding => {
    let send = (_text: string): void => {};
    const server = await serveHttp((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': coding });
      const encoder =
        coding === 'br' ? createBrotliCompress() : coding === 'gzip' ? createGzip() : createDeflate();
      encoder.pipe(response);
      const flush = coding === 'br' ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
      send = text => {
        encoder.write(text);
        encoder.flush(flush);
      };
      send('data: 0\n\n');
    });
    const { response } = await dialler().get(server.url);
    const reader = (response.body as ReadableStream<Uint8Array>)
      .pipeThrough(new TextDecoderStream() as never)
      .getReader() as ReadableStreamDefaultReader<string>;
    for (let n = 0; n < 5; n++) {
      // The next one is sent only when this one is here, so one that is held back would end the test.
      expect(await reader.read()).toEqual({ done: false, value: `data: ${n}\n\n` });
      send(`data: ${n + 1}\n\n`);
    }
    await reader.cancel();
  });

  it('with a status HTTP does not have is a fault', async () => {
    const server = await serveTcp(socket => socket.once('data', () => socket.end('HTTP/1.1 999 No\r\n\r\n')));
    expect(await faultOf(dialler().get(server.url))).toMatchObject({
      code: 'net.failed',
      message: expect.stringContaining('999'),
    });
  });

  it('that is not HTTP is a fault', async () => {
    const server = await serveTcp(socket => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    expect(await faultOf(dialler().get(server.url))).toMatchObject({ code: 'net.failed' });
  });

  it('with an endless head is a fault', async () => {
    const server = await serveTcp(socket =>
      socket.once('data', () =>
        socket.write(`HTTP/1.1 200 OK\r\n${'x-long: 0123456789\r\n'.repeat(10_000)}`),
      ),
    );
    expect(await faultOf(dialler().get(server.url))).toMatchObject({ code: 'net.too-large' });
  });
});

describe('a large body', () => {
  const MEGABYTE = Buffer.alloc(1024 * 1024, 'x');

  it('of 100 MB goes through in little memory', async () => {
    let sent = 0;
    const server = await serveHttp(async (_, response) => {
      for (; sent < 100; sent++) {
        if (!response.write(MEGABYTE)) await new Promise(resolve => response.once('drain', resolve));
      }
      response.end();
    });
    const { response } = await dialler().get(server.url);
    let size = 0;
    let most = 0;
    const before = heldMemory();
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      const tenth = Math.floor(size / MEGABYTE.byteLength / 10);
      size += chunk.byteLength;
      // Now and then it is counted what is really held, and not what merely was not collected yet.
      if (Math.floor(size / MEGABYTE.byteLength / 10) > tenth) most = Math.max(most, heldMemory() - before);
    }
    expect(size).toBe(100 * 1024 * 1024);
    expect(most).toBeLessThan(16 * 1024 * 1024);
  });

  it.each(['identity', 'gzip'])('waits for its reader (%s)', async coding => {
    let sent = 0;
    const server = await serveHttp((_, response) => {
      response.writeHead(200, { 'content-encoding': coding });
      const target = coding === 'gzip' ? createGzip({ level: 0 }) : response;
      if (target !== response) target.pipe(response);
      const more = () => {
        while (sent < 300 && target.write(MEGABYTE)) sent++;
        if (sent < 300) sent++;
        else target.end();
      };
      target.on('drain', more);
      more();
    });
    const { response } = await dialler().get(server.url);
    let last = -1;
    // It stands still when three looks in a row find the same.
    for (let same = 0; same < 3; ) {
      await pause(50);
      same = sent === last ? same + 1 : 0;
      last = sent;
    }
    expect(sent).toBeLessThan(40);
    await response.body?.cancel();
  });

  it('of 50 MB is sent', async () => {
    const server = await serveHttp(async (request, response) => {
      let size = 0;
      for await (const chunk of request) size += (chunk as Buffer).byteLength;
      response.end(String(size));
    });
    const body = new Uint8Array(50 * 1024 * 1024);
    const { response } = await dialler().dial({ method: 'POST', url: server.url, headers: [], body });
    expect(await response.text()).toBe(String(body.byteLength));
  });
});
