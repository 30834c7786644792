import { plain } from '../base/text.ts';
import { CHECKS } from '../checks/all.ts';
import { explain } from '../doctor/output/explain.ts';
import { usage } from './argument-text.ts';
import { print } from './terminal.ts';

/** `keybridge explain [CODE | AREA]`. Answers the exit code. Throws `usage.flag`. */
export function runExplain(argv: readonly string[]): number {
  const [word, ...rest] = argv;
  const width = Math.min(process.stdout.columns || 80, 110);
  const text = rest.length > 0 ? undefined : explain(word, CHECKS, width);
  if (text === undefined) {
    throw usage(
      `"${plain(argv.join(' '), 40)}" is no code of the catalogue.`,
      'A code is written like PRM-05; `keybridge explain` lists them all.',
    );
  }
  print(text);
  return 0;
}
