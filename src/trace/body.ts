/** What is known of a body once it has ended. */
export interface WholeBody {
  size: number;
  beginning: Uint8Array;
  /** False when it broke off, or when its reader lost interest. */
  complete: boolean;
}

/**
 * The same body, watched: chunks pass through untouched and no faster than they are asked for, the first
 * `limit` bytes are copied, and `ended` is called once with what went through. `soFar` says what has until now.
 */
export function recordBody(
  source: ReadableStream<Uint8Array>,
  limit: number,
  ended: (body: WholeBody) => void,
): { stream: ReadableStream<Uint8Array<ArrayBuffer>>; soFar(): WholeBody } {
  const reader = (source as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  const copied: Uint8Array[] = [];
  let room = limit;
  let size = 0;
  let over = false;

  const whole = (complete: boolean): WholeBody => {
    const beginning = new Uint8Array(limit - room);
    let offset = 0;
    for (const chunk of copied) {
      beginning.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return { size, beginning, complete };
  };

  const end = (complete: boolean) => {
    if (over) return;
    over = true;
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
        if (room > 0) {
          const copy = value.slice(0, room);
          copied.push(copy);
          room -= copy.byteLength;
        }
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
