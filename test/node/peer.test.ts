import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { endianness } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { canTell, type Ends, ownersIn, peerOf } from '../../src/node/peer.ts';
import { connectionRow } from '../support/connection-table.ts';

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

const own = process.getuid?.() ?? 0;
const ends: Ends = {
  localAddress: '127.0.0.1',
  localPort: 0x1f90,
  remoteAddress: '127.0.0.1',
  remotePort: 0x1f91,
};
const [HERE, THERE] = ['0100007F:1F90', '0100007F:1F91'];
const MAPPED = '0000000000000000FFFF0000';
const row = (local: string, remote: string, uid: number, state = '01') =>
  connectionRow(local, remote, state, uid);
const listener = row(HERE, '00000000:0000', own, '0A');
const tables =
  (rows: readonly string[], rows6: readonly string[] = []) =>
  async (path: string) =>
    `header\n${(path === '/proc/net/tcp' ? rows : rows6).join('\n')}\n`;

describe.skipIf(process.platform !== 'linux')('a connection over loopback', () => {
  test.each(['127.0.0.1', '::ffff:127.0.0.1'])('of the same user is the user’s own (%s)', async host => {
    expect(await peerOf(await connected(host))).toBe('own');
  });

  test.skipIf(process.getuid?.() !== 0).each(['127.0.0.1', '::ffff:127.0.0.1'])(
    'of another user is a stranger’s (%s)',
    async host => {
      expect(await peerOf(await connected(host, 65_534))).toBe('other');
    },
  );

  test('can be told where the table shows the port that is listened at', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await canTell({ address: '127.0.0.1', port })).toBe(true);
    expect(await canTell({ address: '127.0.0.2', port })).toBe(false);
    expect(await canTell({ address: '127.0.0.1', port }, async () => undefined)).toBe(false);
  });
});

describe.skipIf(process.platform !== 'linux' || endianness() !== 'LE')('by what the tables say', () => {
  const say = (rows: readonly string[], rows6: readonly string[] = [], at = ends) =>
    peerOf(at, tables([listener, ...rows], rows6), false);

  test('the far end is whose the one row is that has both addresses and both ports', async () => {
    expect(await say([row(THERE, HERE, own)])).toBe('own');
    expect(await say([row(THERE, HERE, own + 4711)])).toBe('other');
    expect(await say([], [row(`${MAPPED}${THERE}`, `${MAPPED}${HERE}`, own)])).toBe('own');
    expect(await say([], [row(`${MAPPED}${THERE}`, `${MAPPED}${HERE}`, own + 4711)])).toBe('other');
    const mapped = { ...ends, localAddress: '::ffff:127.0.0.1', remoteAddress: '::ffff:127.0.0.1' };
    expect(await say([row(THERE, HERE, own)], [], mapped)).toBe('own');
  });

  test('it is the system’s own, as a relay’s is, and then no stranger’s', async () => {
    expect(await say([row(THERE, HERE, 0)])).toBe('own');
  });

  test('a port that is the same at another address is nobody’s word, on either side', async () => {
    const borrowed = { ...ends, remoteAddress: '127.0.0.2' };
    const stranger = row('0200007F:1F91', HERE, own + 4711);
    for (const rows of [
      [row(THERE, HERE, own), stranger],
      [stranger, row(THERE, HERE, own)],
    ])
      expect(await say(rows, [], borrowed)).toBe('other');
    expect(await say([row(THERE, '0200007F:1F90', own)])).toBe('other');
    expect(await say([row(THERE, HERE, own)], [], borrowed)).toBe('other');
  });

  test('no row, a row twice, one that is half closed or over: a stranger’s', async () => {
    expect(await say([])).toBe('other');
    expect(await say([row(THERE, HERE, own), row(THERE, HERE, own)])).toBe('other');
    expect(await say([row(THERE, HERE, own)], [row(`${MAPPED}${THERE}`, `${MAPPED}${HERE}`, own)])).toBe(
      'other',
    );
    for (const state of ['02', '03', '04', '05', '06', '08'])
      expect([state, await say([row(THERE, HERE, own, state)])]).toEqual([state, 'other']);
  });

  test('where there is no such table, or it does not show this port, nobody knows', async () => {
    expect(await peerOf(ends, async () => undefined, false)).toBe('unknown');
    expect(await peerOf(ends, tables([row(THERE, '0200007F:1F90', own)]), false)).toBe('unknown');
    // From Windows connections come into its Linux that stand in no table of it.
    expect(await peerOf(ends, tables([listener]), true)).toBe('unknown');
    expect(await peerOf(ends, tables([listener, row(THERE, HERE, own + 4711)]), true)).toBe('other');
  });

  test('a table that cannot be read, or is beyond measure, makes everybody a stranger', async () => {
    const failing = async () => {
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    };
    expect(await peerOf(ends, failing, false)).toBe('other');
    const endless = async () => `${listener}\n${row(THERE, HERE, own)}\n${'x'.repeat(33 * 1024 * 1024)}`;
    expect(await peerOf(ends, endless, false)).toBe('other');
  });

  test('an IPv6 address is written in words of the machine’s order', () => {
    const six = { ...ends, localAddress: '::1', remoteAddress: 'fe80::1:2' };
    const [local, remote] = [
      '00000000000000000000000001000000:1F90',
      '000080FE000000000000000002000100:1F91',
    ];
    expect(ownersIn(row(remote, local, 7), six)).toEqual([7]);
    expect(ownersIn(row(local, remote, 7), six)).toEqual([]);
  });
});
