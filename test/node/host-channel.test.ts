import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Scheduler } from '../../src/base/scheduler.ts';
import { Budget } from '../../src/node/budget.ts';
import { hostChannel } from '../../src/node/host-channel.ts';
import { OpenRequests } from '../../src/node/open-requests.ts';

/** Two ends of a connection on this machine. */
async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [near] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

test('all that a host wrote before it ended is taken, in order, though a turn takes only some of it', async () => {
  const { near, far } = await pair();
  const count = 20_000;
  const lines = Array.from({ length: count }, (_, id) => `{"jsonrpc":"2.0","id":${id},"method":"m"}\n`).join(
    '',
  );
  const scheduler = new Scheduler(work => void setImmediate(work));
  const channel = hostChannel(near, new Uint8Array(), new OpenRequests(), new Budget(1_000_000), scheduler);
  far.end(lines);
  const ids: number[] = [];
  for await (const { id } of channel.messages) ids.push(Number(id));
  expect(ids).toEqual(Array.from({ length: count }, (_, id) => id));
});
