import { writeFileSync } from 'node:fs';

/**
 * Loaded into a program before its own: measures the turns of its event loop, and writes what it found to the file
 * named by KEYBRIDGE_TEST_WATCH when the program ends.
 */
export interface ExitReport {
  /** Processor time of the main thread in the longest turn, and in all. Milliseconds. */
  turn: number;
  cpu: number;
  /** Resident memory at its highest. Bytes. */
  resident: number;
}

const spent = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

let last: number | undefined;
let turn = 0;
const note = () => {
  const now = spent();
  // The first turn is the program's own start.
  if (last !== undefined) turn = Math.max(turn, now - last);
  last = now;
};
setInterval(note, 1).unref();

process.on('exit', () => {
  note();
  const found: ExitReport = { turn, cpu: spent(), resident: process.resourceUsage().maxRSS * 1024 };
  writeFileSync(process.env.KEYBRIDGE_TEST_WATCH ?? '/dev/null', JSON.stringify(found));
});
