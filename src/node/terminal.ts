import { withoutCommands } from '../base/text.ts';

/** Prints lines in which a build server finds no command, whoever's words stand in them. */
export function print(text: string): void {
  process.stdout.write(withoutCommands(text));
}

/** As {@link print}, beside what is printed. */
export function printError(text: string): void {
  process.stderr.write(withoutCommands(text));
}
