import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { createDialler } from '../../src/node/dial.ts';

const answer = (status: string, body: string) =>
  `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

test('a large request that is answered before it was read costs the next one nothing', async () => {
  const sockets = new Set<Socket>();
  // Says no at once and reads no further on that connection, as a gateway with a limit may do.
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', chunk => {
      const length = /content-length: (\d+)/i.exec(chunk.toString('latin1'))?.[1];
      if (length === undefined) return;
      if (Number(length) > 1024) socket.pause().write(answer('413 Content Too Large', 'too large'));
      else socket.write(answer('200 OK', 'fine'));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { dial, close } = createDialler({ headTimeout: 3_000 });
  const post = async (bytes: number) => {
    const { response } = await dial({ method: 'POST', url, headers: [], body: new Uint8Array(bytes) });
    return [response.status, await response.text()];
  };
  try {
    expect(await post(32 * 1024 * 1024)).toEqual([413, 'too large']);
    expect(await post(8)).toEqual([200, 'fine']);
  } finally {
    await close();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});
