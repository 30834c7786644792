import { GatheredBytes } from '../base/gathered-bytes.ts';

/** What is known of a body once it has ended. */
export interface WholeBody {
  size: number;
  beginning: Uint8Array;
  /** False when it broke off, or when its reader lost interest. */
  complete: boolean;
}

/** Bytes that may still be copied, of all bodies that are being read. */
export interface Room {
  bytes: number;
}

/**
 * The same body, watched: chunks pass through untouched and no faster than they are asked for, the first
 * `limit` bytes are copied as far as there is room, which is given back in the end, and `ended` is called once
 * with what went through. `soFar` says what has until now.
 */
export function recordBody(
  source: ReadableStream<Uint8Array>,
  limit: number,
  room: Room,
  ended: (body: WholeBody) => void,
): { stream: ReadableStream<Uint8Array<ArrayBuffer>>; soFar(): WholeBody } {
  const reader = (source as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  const copied = new GatheredBytes();
  let size = 0;
  let over = false;
  let isCut = false;

  const whole = (complete: boolean): WholeBody => {
    return { size, beginning: copied.beginning(limit), complete };
  };

  const end = (complete: boolean) => {
    if (over) return;
    over = true;
    room.bytes += copied.size;
    ended(whole(complete));
  };

  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const read = await reader.read().catch(thrown => {
          end(false);
          throw thrown;
        });
        if (read.done) {
          end(true);
          controller.close();
          return;
        }
        const { value } = read;
        size += value.byteLength;
        const most = Math.min(limit - copied.size, room.bytes);
        if (most > 0 && !isCut) {
          const copy = value.slice(0, most);
          room.bytes -= copy.byteLength;
          copied.push(copy);
        }
        // What comes after a piece that was left out would not be its continuation.
        if (most < value.byteLength) isCut = true;
        controller.enqueue(value);
      },
      cancel(reason) {
        end(false);
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, soFar: () => whole(false) };
}
