import type { Stage } from './staged/stage.ts';

/** What `keybridge lab --list` prints: every staged server in one line, with the codes it shows. */
export function listed(stages: readonly Stage[]): string {
  const width = Math.max(...stages.map(({ name }) => name.length));
  const lines = stages.map(({ name, about, shows }) => {
    const codes = shows.length > 0 ? ` [${shows.join(', ')}]` : '';
    return `${name.padEnd(width)}  ${about}${codes}\n`;
  });
  return lines.join('');
}

/** What is said once a staged server runs. */
export function stagedWords({ name, about, shows, tries }: Stage, url: string): string {
  const what = shows.length > 0 ? `shows ${shows.join(', ')}` : 'finds nothing above a note';
  const further = (tries?.(url) ?? []).map(each => `          keybridge ${each}\n`).join('');
  return `${name} is running on this machine: ${about}

URL       ${url}

Try it:   keybridge doctor ${url}
${further}
The doctor ${what}. Ctrl+C ends it.
`;
}
