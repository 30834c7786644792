import type { Scheduler } from '../base/scheduler.ts';
import type { Message } from '../bridge/channel.ts';

/** In whose name work for hosts is counted, and the units of work for one of their messages. */
const HOSTS = 'hosts';
const MESSAGE_COST = 6_000;

/** A host's messages, each when it is their turn: to record one and pass it on is work, and a host may send many. */
export async function* inTurns(
  messages: AsyncIterable<Message>,
  scheduler: Scheduler,
): AsyncGenerator<Message, void, undefined> {
  for await (const each of messages) {
    await scheduler.account(HOSTS, 'messages', MESSAGE_COST + each.bytes.length);
    yield each;
  }
}
