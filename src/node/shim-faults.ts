import { Fault } from '../base/fault.ts';
import { answerWith } from '../bridge/errors.ts';
import { LONGEST_LINE } from '../bridge/lines.ts';
import { writtenBroker } from './pid-file.ts';

/** For requests whose broker died under them. */
export const LOST = new Fault(
  'broker.lost',
  "Keybridge's own process ended while this request was under way; it may or may not have been carried out.",
  { remedy: 'Ask again.' },
);

/** For requests still open when the bridge itself is ended. */
export const ENDED = new Fault(
  'cancelled',
  'This bridge was ended before the answer was there; the request may or may not have been carried out.',
  { remedy: 'Keep its input open until everything is answered.' },
);

/** For requests whose broker is there and says nothing. */
export function silentBroker(folder: string): Fault {
  const pid = writtenBroker(folder)?.pid;
  const which = pid === undefined ? '' : ` (${pid})`;
  const end = pid === undefined ? 'end it' : `end process ${pid}`;
  return new Fault(
    'broker.unreachable',
    `Keybridge's own process${which} has not answered for 30 s: it is stopped, swapped out or busy. The request may or may not have been carried out.`,
    {
      remedy: `Ask again in a while. If that does not help, run \`keybridge stop\`, or ${end} where it does not listen to that either; the next request starts another.`,
      data: { silent: 'yes' },
    },
  );
}

/** Whether a broker is there and says nothing. */
export function isSilent({ data }: Fault): boolean {
  return data?.silent === 'yes';
}

/** For what is longer than is passed on. */
export const TOO_LONG = new Fault(
  'net.too-large',
  `A message of the host is longer than the ${LONGEST_LINE / 1024 / 1024} MiB that Keybridge passes on.`,
  { remedy: 'Send less at once.' },
);

/** The answer to what is no message, as far as its id can be read. JSON-RPC 2.0 §5.1. */
export function malformed(id: string, isSound: boolean): Uint8Array {
  const error = isSound
    ? { code: -32600, message: 'This is not a JSON-RPC request; it was not passed on.' }
    : { code: -32700, message: 'The line this stands in is not one JSON text; nothing of it was passed on.' };
  return answerWith(id, JSON.stringify(error)).bytes;
}
