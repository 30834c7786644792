import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineReader } from '../../src/node/connect.ts';
import { cut, cutBytes } from '../support/chunks.ts';

test('however a handshake is cut into chunks, its lines and what stands behind them are the same', async () => {
  /** Reads two lines and the rest; a socket that ends too soon and a line that is none are faults. */
  const read = async (chunks: readonly Uint8Array[]) => {
    const socket = new PassThrough();
    const reader = lineReader(socket as unknown as Socket);
    void (async () => {
      for (const chunk of chunks) {
        socket.write(chunk);
        await new Promise(resolve => setImmediate(resolve));
      }
      socket.destroy();
    })();
    try {
      const lines = [await reader.line(), await reader.line()].map(String);
      return { lines };
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  await fc.assert(
    fc.asyncProperty(
      cutBytes(['#', '\n', '{}', '{"jsonrpc":"2.0"}', '#{"nonce":"a"}\n', '\r\n']),
      async ([source, at]) => {
        const found = await read(cut(source, at));
        expect(found).toEqual(await read([source]));
        if (typeof found === 'string') expect(['broker.refused', 'broker.lost']).toContain(found);
      },
    ),
    { numRuns: 100 },
  );
});
