import type { Stage } from './staged/stage.ts';

/** What `keybridge lab --list` prints: every staged server in one line, with the codes it shows. */
export function listed(stages: readonly Stage[]): string {
  const width = Math.max(...stages.map(({ name }) => name.length));
  const lines = stages.map(({ name, about, shows, further }) => {
    const codes = shows.length > 0 ? ` [${shows.join(', ')}]` : '';
    const more = further && further.shows.length > 0 ? ` [${further.flag}: ${further.shows.join(', ')}]` : '';
    return `${name.padEnd(width)}  ${about}${codes}${more}\n`;
  });
  return lines.join('');
}

/** What is said once a staged server runs. */
export function stagedWords({ name, about, shows, further, tries }: Stage, url: string): string {
  const what = [
    shows.length > 0 ? `shows ${shows.join(', ')}` : 'finds nothing above a note',
    ...(further && further.shows.length > 0 ? [`with ${further.flag} also ${further.shows.join(', ')}`] : []),
  ].join(', ');
  const commands = [...(further ? [`doctor ${further.flag} ${url}`] : []), ...(tries?.(url) ?? [])];
  const rest = commands.map(each => `          keybridge ${each}\n`).join('');
  return `${name} is running on this machine: ${about}

URL       ${url}

Try it:   keybridge doctor ${url}
${rest}
The doctor ${what}. Ctrl+C ends it.
`;
}
