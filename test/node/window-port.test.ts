import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { serveApi } from '../../src/api/rpc.ts';
import { webSocketPort } from '../../src/node/window-port.ts';
import { until } from '../support/keybridge.ts';

const PIECE = 'x'.repeat(256 * 1024);

/** A window that follows an endless stream, and how much of it was taken from whoever makes it. */
async function following() {
  let taken = 0;
  let isOver = false;
  const endless = {
    async *pieces() {
      try {
        for (;;) {
          taken++;
          yield PIECE;
        }
      } finally {
        isOver = true;
      }
    },
  };
  const methods = { all: new Set(['pieces']), streams: new Set(['pieces']) };
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  onTestFinished(() => server.close());
  await new Promise(resolve => server.once('listening', resolve));
  server.on('connection', socket => serveApi(endless, webSocketPort(socket), methods));
  const window = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => window.terminate());
  let heard = 0;
  window.on('message', () => void heard++);
  await new Promise(resolve => window.once('open', resolve));
  window.send(JSON.stringify({ call: 1, method: 'pieces', args: [] }));
  return { window, taken: () => taken, heard: () => heard, isOver: () => isOver };
}

/** Resolves once a number has not changed for a while. */
async function settled(count: () => number): Promise<number> {
  let before = -1;
  await until('it comes to rest', async () => {
    const same = count() === before && before > 0;
    before = count();
    await new Promise(resolve => setTimeout(resolve, 150));
    return same;
  });
  return before;
}

test('a stream waits for a window that does not read, and goes on when it does', async () => {
  const { window, taken, heard, isOver } = await following();
  await until('something comes', () => heard() > 5);
  window.pause();
  // What the system's own buffers hold, and a megabyte of ours.
  const most = await settled(taken);
  expect((most - heard()) * PIECE.length).toBeLessThan(64 * 1024 * 1024);
  window.resume();
  await until('it goes on', () => taken() > most + 20);
  window.terminate();
  await until('the stream is ended', isOver);
});
