import { Fault } from '../base/fault.ts';

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
