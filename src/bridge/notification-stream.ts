import { Fault } from '../base/fault.ts';
import type { Fetched } from '../trace/event.ts';
import { deliverEvent, isMessage, readEvents } from './arrival.ts';
import { type Backoff, GOOD_LIFE, UNASKED } from './backoff.ts';
import { chunks, mediaType } from './body.ts';
import type { Conversation } from './conversation.ts';

/** Failures in a row after which a server that never opened the stream is taken to have none. */
const MOST_FAILURES = 5;

export interface ListenOptions {
  conversation: Conversation;
  signal: AbortSignal;
  backoff: Backoff;
  open: (lastEventId: string | undefined) => Promise<Fetched>;
  /** Resolves when the server has taken another message: whatever was wrong may be right now. */
  nextTaken: () => Promise<void>;
  /** The stream is open from now on, or no longer. */
  streaming: (isOpen: boolean) => void;
  /** Whether the session still serves, although the stream was refused as if it did not. */
  isServing: () => Promise<boolean>;
  /** The server no longer knows the session the stream belonged to. */
  onSessionLost: () => void;
}

/**
 * Keeps the stream on which a server speaks unasked open for as long as the channel lives, however often it
 * ends. Resolves when the server has none. Streamable HTTP, "Listening for Messages from the Server".
 */
export async function listen(options: ListenOptions): Promise<void> {
  const { conversation, signal, backoff } = options;
  const { span, world } = conversation;
  const state: { lastEventId?: string; retry?: number } = {};
  let served = false;
  let failures = 0;
  for (;;) {
    let fault: Fault | undefined;
    let status = 0;
    try {
      const fetched = await options.open(state.lastEventId);
      status = fetched.response.status;
      if (fetched.response.ok && mediaType(fetched.response) === 'text/event-stream') {
        served = true;
        failures = 0;
        options.streaming(true);
        await readUnasked(options, fetched, state).finally(() => options.streaming(false));
      } else {
        fetched.response.body?.cancel().catch(() => {});
        failures++;
      }
    } catch (error) {
      if (signal.aborted) return;
      fault = Fault.of(error, 'net.failed');
      failures++;
    }
    if (signal.aborted) return;
    let verdict = failures === 0 ? 'again' : judge(status, fault, served, failures);
    // A proxy may have cut the old stream, which the server still takes for open.
    if (verdict === 'session-lost' && (await options.isServing())) verdict = 'again';
    if (signal.aborted) return;
    if (verdict === 'none') {
      span.note('The server has no stream for messages of its own.');
      return;
    }
    const delay = backoff.next(state.retry, UNASKED);
    if (verdict !== 'again')
      span.note(`The server's own stream failed. ${fault?.message ?? `Status ${status}.`}`);
    else span.note(`The server's own stream ended; it is opened again in ${delay} ms.`);
    try {
      if (verdict === 'wait') await options.nextTaken();
      await world.sleep(delay, signal);
    } catch {
      return;
    }
    if (verdict === 'session-lost') {
      options.onSessionLost();
      return;
    }
  }
}

/** What to do after the stream could not be opened. */
function judge(
  status: number,
  fault: Fault | undefined,
  served: boolean,
  failures: number,
): 'again' | 'none' | 'wait' | 'session-lost' {
  if (fault?.code === 'token.unavailable') return 'again';
  if (fault) return fault.code.startsWith('net.') && fault.code !== 'net.redirect' ? 'again' : 'wait';
  // A proxy may still hold the old stream, or ask for patience.
  if (status === 408 || status === 409 || status === 429) return 'again';
  if (served && status >= 400 && status < 500 && status !== 401 && status !== 403) return 'session-lost';
  if (served) return 'again';
  return status >= 500 && status !== 501 && failures < MOST_FAILURES ? 'again' : 'none';
}

async function readUnasked(
  { conversation, signal, backoff }: ListenOptions,
  { response }: Fetched,
  state: { lastEventId?: string; retry?: number },
): Promise<void> {
  const { span, world } = conversation;
  const opened = world.now();
  try {
    for await (const event of readEvents(conversation, chunks(response, signal))) {
      if (event.retry !== undefined) state.retry = event.retry;
      if (event.id === '') delete state.lastEventId;
      else if (event.id !== undefined) state.lastEventId = event.id;
      if (!isMessage(event)) continue;
      backoff.succeeded();
      await deliverEvent(conversation, event);
    }
  } catch (error) {
    if (!signal.aborted) span.note(`The server's own stream broke. ${Fault.of(error).message}`);
  }
  if (world.now() - opened >= GOOD_LIFE) backoff.succeeded();
}
