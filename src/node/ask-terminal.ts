import { createInterface } from 'node:readline';

/** Asks on the terminal; `false` for everything but y or yes, and at once where nobody sits before one. */
export function askTerminal(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return Promise.resolve(false);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise(resolve => {
    lines.question(`${question} (y/N) `, answer => {
      resolve(/^y(es)?$/i.test(answer.trim()));
      lines.close();
    });
    lines.once('close', () => resolve(false));
  });
}

/** What is asked before a page on another site than the issuer's is opened. */
export const BELONG_TOGETHER = 'Do they belong together, and do you want to go on?';
