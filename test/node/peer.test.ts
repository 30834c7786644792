import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isOtherUser } from '../../src/node/peer.ts';

/** The near end of a connection that a program makes, run as `uid` where one is named. */
async function connected(host: string, uid?: number): Promise<Socket> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const program = `require('net').connect(${port}, '${host}').on('error', () => {})`;
  const child = execFile(process.execPath, ['-e', program], uid === undefined ? {} : { uid, gid: uid });
  child.on('error', () => {});
  onTestFinished(() => {
    child.kill();
    server.close();
  });
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => {});
  return socket;
}

describe.skipIf(process.platform !== 'linux')('a connection over loopback', () => {
  test.each(['127.0.0.1', '::ffff:127.0.0.1'])('of the same user is no stranger’s (%s)', async host => {
    expect(isOtherUser(await connected(host))).toBe(false);
  });

  test.skipIf(process.getuid?.() !== 0).each(['127.0.0.1', '::ffff:127.0.0.1'])(
    'of another user is a stranger’s (%s)',
    async host => {
      expect(isOtherUser(await connected(host, 65_534))).toBe(true);
    },
  );

  test('is a stranger’s as far as the table says so, and nobody’s where it says nothing', () => {
    const own = process.getuid?.() ?? 0;
    const line = (uid: number, state = '01') =>
      `   1: 0100007F:1F91 0100007F:1F90 ${state} 00000000:00000000 00:00000000 00000000 ${uid} 0 12345 1`;
    const table = (text: string) => (path: string) => (path === '/proc/net/tcp' ? `header\n${text}\n` : '');
    const ends = { localPort: 0x1f90, remotePort: 0x1f91 } as Socket;
    expect(isOtherUser(ends, table(line(own + 4711)))).toBe(true);
    expect(isOtherUser(ends, table(line(own)))).toBe(false);
    expect(isOtherUser(ends, table(line(0)))).toBe(false);
    expect(isOtherUser(ends, table(line(own + 4711, '06')))).toBe(false);
    expect(isOtherUser({ ...ends, remotePort: 0x1f92 }, table(line(own + 4711)))).toBe(false);
    expect(isOtherUser(ends, () => '')).toBe(false);
  });
});
