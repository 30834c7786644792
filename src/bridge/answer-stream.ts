import { Fault } from '../base/fault.ts';
import type { Fetched } from '../trace/event.ts';
import { deliverEvent, readEvents } from './arrival.ts';
import { Backoff } from './backoff.ts';
import { chunks, mediaType } from './body.ts';
import type { Call, Conversation } from './conversation.ts';
import { streamLost } from './errors.ts';

/** How long a stream is read on after its last answer, in milliseconds; servers should end it themselves. */
const LINGER = 10_000;
/** Why the wait for its end is over; an error made for each would cost more than the wait. */
const READ = 'read';
/** Tries in a row that reached no stream, and streams in a row that brought nothing. */
const MOST_FAILURES = 5;
const MOST_EMPTY = 30;

/** What is known of a stream that may have to be resumed. */
interface Progress {
  lastEventId: string | undefined;
  retry: number | undefined;
  events: number;
}

/**
 * Reads the event stream that answers a POST, until its requests are answered; a stream that breaks off is
 * resumed with the id of its last event. Streamable HTTP, "Resumability and Redelivery".
 * `empty`: it came to its end in good order, and with nothing in it. Throws `server.stream-lost`, `net.too-large`, what resuming throws, or the signal's reason.
 */
export async function followAnswer(
  conversation: Conversation,
  call: Call,
  first: Fetched,
  signal: AbortSignal,
  resume: (lastEventId: string) => Promise<Fetched>,
): Promise<'answered' | 'empty'> {
  const { span, world } = conversation;
  const backoff = new Backoff(world);
  const progress: Progress = { lastEventId: undefined, retry: undefined, events: 0 };
  const evidence = [first.exchange];
  let stream: Fetched | undefined = first;
  let failures = 0;
  let empty = 0;
  let isEmpty = true;
  for (;;) {
    let broken: unknown;
    if (stream) {
      broken = await readAnswer(conversation, call, stream, signal, progress);
      if (call.settled) return 'answered';
      signal.throwIfAborted();
      if (progress.events > 0) backoff.succeeded();
      if (progress.events > 0 || broken !== undefined) isEmpty = false;
      empty = progress.events > 0 ? 0 : empty + 1;
      progress.events = 0;
    }
    const { lastEventId } = progress;
    if (!lastEventId || empty > MOST_EMPTY || failures >= MOST_FAILURES) {
      if (isEmpty && evidence.length === 1) return 'empty';
      throw streamLost(call.what, evidence, broken);
    }
    const delay = backoff.next(progress.retry);
    span.note(`The stream with the answer to ${call.what} ended early; it is resumed in ${delay} ms.`);
    await world.sleep(delay, signal);
    if (call.settled) return 'answered';
    stream = await reopen(() => resume(lastEventId), call, signal);
    if (stream) evidence.push(stream.exchange);
    failures = stream ? 0 : failures + 1;
  }
}

/** Reads one stream to its end, or until the answers are there and time is up. What broke it is returned. */
async function readAnswer(
  conversation: Conversation,
  call: Call,
  { response }: Fetched,
  signal: AbortSignal,
  progress: Progress,
): Promise<unknown> {
  const late = new AbortController();
  const ended = new AbortController();
  let lingering = false;
  try {
    const body = chunks(response, AbortSignal.any([signal, late.signal]));
    for await (const event of readEvents(conversation, body, call)) {
      if (event.retry !== undefined) progress.retry = event.retry;
      if (event.id !== undefined) progress.lastEventId = event.id;
      if (event.id !== undefined || event.data !== undefined || event.large) progress.events++;
      await deliverEvent(conversation, event, call);
      if (call.settled && !lingering) {
        lingering = true;
        conversation.world.sleep(LINGER, ended.signal).then(
          () => late.abort(),
          () => {},
        );
      }
    }
    return undefined;
  } catch (error) {
    if (error instanceof Fault && error.code === 'net.too-large') throw error;
    return error;
  } finally {
    ended.abort(READ);
  }
}

/** The stream again, or `undefined` when it is worth another try. */
async function reopen(
  resume: () => Promise<Fetched>,
  call: Call,
  signal: AbortSignal,
): Promise<Fetched | undefined> {
  let fetched: Fetched;
  try {
    fetched = await resume();
  } catch (error) {
    if (!signal.aborted && error instanceof Fault && error.code.startsWith('net.')) return undefined;
    throw error;
  }
  const { response, exchange } = fetched;
  if (response.ok && mediaType(response) === 'text/event-stream') return fetched;
  response.body?.cancel().catch(() => {});
  if (response.status >= 500 || response.status === 408 || response.status === 429) return undefined;
  throw streamLost(call.what, [exchange]);
}
