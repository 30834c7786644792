import { fstatSync } from 'node:fs';

/** Milliseconds between two looks whether anybody is there to hear the last answers. */
const PACE = 1_000;
/** Milliseconds without a message for the host after which what is open is given up. */
const LONGEST_SILENCE = 5 * 60_000;

/**
 * Waits with open requests after the end of the host's input, which may be that of a script. Calls `giveUp`
 * when nobody is there to read the answers, or when nothing has come for the host for five minutes. What it
 * returns is to be called for each message to the host.
 */
export function awaitLastAnswers(giveUp: () => void): () => void {
  const parent = process.ppid;
  let looks = 0;
  setInterval(() => {
    looks++;
    // What goes into a file is read by whoever comes.
    if (process.ppid !== parent && !fstatSync(1).isFile()) return giveUp();
    // Writes nothing; where it is a socket whose far end is closed, the error says so.
    process.stdout.write('');
    if (looks * PACE >= LONGEST_SILENCE) giveUp();
  }, PACE);
  return () => {
    looks = 0;
  };
}
