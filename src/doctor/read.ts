import { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import { deadline } from '../oauth/retrieve.ts';

/** Bytes of an answer that are read, and recorded: rules judge a document by its record. */
export const LARGEST = 256 * 1024;
/** Milliseconds an event stream has for its first event. */
const PATIENCE = 1_000;
/** What a line of data begins with. */
const DATA = 'data:';

/**
 * Notices the end of the first event with something in it: streams may begin with comments and empty events. Each
 * character is looked at once, however small the pieces are that a stream comes in.
 */
export class FirstEvent {
  /** How the line that is being read begins, in as many characters as {@link DATA} has. */
  #beginning = '';
  #hasWords = false;
  #hasData = false;

  /** Takes the next piece; `true` once the event is over. */
  take(piece: string): boolean {
    for (const [index, part] of piece.split('\n').entries()) {
      if (index > 0 && this.#endLine()) return true;
      const rest = DATA.length - this.#beginning.length;
      this.#beginning += part.slice(0, rest);
      this.#hasWords ||= /\S/.test(part.slice(Math.max(0, rest)));
    }
    return false;
  }

  #endLine(): boolean {
    const isEmpty = !this.#hasWords && this.#beginning.replace('\r', '') === '';
    if (isEmpty && this.#hasData) return true;
    this.#hasData = !isEmpty && (this.#hasData || (this.#beginning === DATA && this.#hasWords));
    this.#beginning = '';
    this.#hasWords = false;
    return false;
  }
}

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
    const first = new FirstEvent();
    for (let size = 0; size <= LARGEST; ) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.byteLength;
      if (!isStream) continue;
      if (first.take(decoder.decode(value, { stream: true }))) break;
    }
    await reader.cancel().catch(() => {});
  } catch (error) {
    throw Fault.of(error, 'net.failed');
  } finally {
    limit?.end();
    signal.removeEventListener('abort', stop);
  }
}
