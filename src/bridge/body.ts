import { GatheredBytes } from '../base/gathered-bytes.ts';
import type { World } from '../base/world.ts';

/** Bytes of a body nobody wants that are still read, so that the connection can be used again. */
const WORTH_DRAINING = 64 * 1024;
/** Milliseconds for which it is read. */
const PATIENCE = 5000;

/** A body's bytes as they come. An abort ends the reading with the signal's reason, whatever the body does. */
export async function* chunks(response: Response, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener('abort', stop);
  let ended = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const { value, done } = await reader.read();
      signal.throwIfAborted();
      if (done) {
        ended = true;
        return;
      }
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    if (!ended) stop();
  }
}

/**
 * The beginning of a body, up to the limit (bytes) and for a few seconds, however the rest of it ends. For
 * errors, and for bodies nobody wants: a body read to its end leaves the connection usable.
 */
export async function readBeginning(
  response: Response,
  signal: AbortSignal,
  world: Pick<World, 'sleep'>,
  limit = WORTH_DRAINING,
): Promise<Uint8Array> {
  const bytes = new GatheredBytes();
  let room = limit;
  const late = new AbortController();
  const read = new AbortController();
  const alarm = world.sleep(PATIENCE, AbortSignal.any([read.signal, signal]));
  alarm.then(
    () => late.abort(),
    () => {},
  );
  try {
    for await (const chunk of chunks(response, AbortSignal.any([signal, late.signal]))) {
      bytes.push(chunk.subarray(0, room));
      room -= chunk.length;
      if (room <= 0) break;
    }
  } catch (error) {
    if (signal.aborted) throw error;
  } finally {
    read.abort();
  }
  return bytes.take();
}

/** The media type of a response in lower case, without parameters. */
export function mediaType(response: Response): string | undefined {
  return response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() || undefined;
}
