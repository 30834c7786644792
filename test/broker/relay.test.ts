import { expect, test } from 'vitest';
import type { Parcel } from '../../src/bridge/channel.ts';
import { Mailbox } from '../../src/bridge/mailbox.ts';
import { message, scan } from '../../src/bridge/scan.ts';
import { relay } from '../../src/broker/relay.ts';

const answer = (id: number) => ({ jsonrpc: '2.0', id, result: {} });
const parcel = (json: unknown): Parcel => scan(new TextEncoder().encode(JSON.stringify(json))) as Parcel;

test('of a connection that was replaced answers are passed on, in batches too, and nothing else', async () => {
  const messages = new Mailbox<Parcel>();
  for (const each of [
    message(answer(1)),
    message({ jsonrpc: '2.0', method: 'notifications/late' }),
    parcel([answer(2), answer(3)]),
    parcel([answer(4), { jsonrpc: '2.0', method: 'notifications/late' }]),
    parcel([answer(5), answer(9)]),
    message(answer(9)),
  ])
    void messages.push(each);
  messages.end();
  const passed: unknown[] = [];
  await relay(
    { messages, send: async () => {}, close: async () => {} },
    {
      isPresent: () => false,
      take: async () => {},
      // The host has its answer to this one from elsewhere.
      isOwed: id => id !== '9',
      pass: async each => {
        if ('bytes' in each && each.kind !== 'piece')
          passed.push(JSON.parse(new TextDecoder().decode(each.bytes)));
      },
    },
  );
  expect(passed).toEqual([answer(1), [answer(2), answer(3)]]);
});
