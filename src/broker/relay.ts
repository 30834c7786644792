import type { Message, Parcel, ServerChannel } from '../bridge/channel.ts';
import { heads } from '../bridge/scan.ts';

/** What is done with the words of a server's side. */
export interface Relay {
  /** Whether it still is the one that the host speaks with. */
  isPresent(): boolean;
  /** What the present one says. */
  take(each: Parcel): Promise<void>;
  /** Whether the host still waits for an answer under this raw id, from whichever side. */
  isOwed(id: string | undefined): boolean;
  /** To the host as it is. */
  pass(each: Parcel): Promise<void>;
}

/** One answer, or a batch of nothing else. */
function isAnswer(each: Parcel): each is Message {
  if (each.kind === 'piece' || each.kind === 'dropped') return false;
  return heads(each).every(({ kind }) => kind === 'response');
}

/** Reads what a server's side says until it ends. Of one that has been replaced only answers are passed on. */
export async function relay(up: ServerChannel, to: Relay): Promise<void> {
  for await (const each of up.messages) {
    if (to.isPresent()) await to.take(each);
    // Answers to what the host had asked before it began anew.
    else if (isAnswer(each) && heads(each).every(({ id }) => to.isOwed(id))) await to.pass(each);
    else if (each.kind === 'piece' || each.kind === 'dropped') await to.pass(each);
    else if ('transfer' in each) await to.pass({ kind: 'dropped', transfer: each.transfer });
  }
}
