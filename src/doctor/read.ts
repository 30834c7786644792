import { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import { deadline } from '../oauth/retrieve.ts';

/** Bytes of an answer that are read, and recorded: rules judge a document by its record. */
export const LARGEST = 256 * 1024;
/** Milliseconds an event stream has for its first event. */
const PATIENCE = 1_000;
/** The end of an event with something in it: streams may begin with comments and empty events. */
const EVENT = /^data:[^\S\n]*\S[^\n]*\r?\n\r?\n/m;

/**
 * Reads a body so that it is recorded; a stream without end is left after its first event, or when none
 * comes. `isAnswer`: the stream is the answer to a request and has as long as the signal allows.
 */
export async function read(
  response: Response,
  isAnswer: boolean,
  sleep: World['sleep'],
  signal: AbortSignal,
): Promise<void> {
  if (!response.body) return;
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  const reader = response.body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener('abort', stop);
  const limit = isStream && !isAnswer ? deadline(PATIENCE, sleep, 'The stream is quiet.') : undefined;
  const leave = () => void reader.cancel().catch(() => {});
  limit?.signal.addEventListener('abort', leave);
  const decoder = new TextDecoder();
  try {
    let text = '';
    for (let size = 0; size <= LARGEST; ) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.byteLength;
      if (!isStream) continue;
      text += decoder.decode(value, { stream: true });
      if (EVENT.test(text)) break;
    }
    await reader.cancel().catch(() => {});
  } catch (error) {
    throw Fault.of(error, 'net.failed');
  } finally {
    limit?.end();
    signal.removeEventListener('abort', stop);
  }
}
