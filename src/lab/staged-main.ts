import { findNginx } from './nginx.ts';
import type { Running, Stage } from './staged/stage.ts';

/**
 * What `keybridge lab --list` prints: every staged server in one line, with the codes it shows and the proxy that
 * is to stand before it.
 */
export function listed(stages: readonly Stage[], nginx: boolean): string {
  const width = Math.max(...stages.map(({ name }) => name.length));
  const before = proxyThere(nginx);
  const lines = stages.map(({ name, about, shows, further, isBehindProxy }) => {
    const codes = shows.length > 0 ? ` [${shows.join(', ')}]` : '';
    const more = further && further.shows.length > 0 ? ` [${further.flag}: ${further.shows.join(', ')}]` : '';
    const proxy = isBehindProxy ? ` (behind ${before})` : '';
    return `${name.padEnd(width)}  ${about}${codes}${more}${proxy}\n`;
  });
  return lines.join('');
}

/** What stands before a server behind a proxy, in words. */
function proxyThere(nginx: boolean): string {
  const program = nginx ? findNginx() : undefined;
  if (program !== undefined) return `nginx, ${program}`;
  return nginx ? 'the lab’s own proxy, as nginx is not installed' : 'the lab’s own proxy';
}

/** What is said once a staged server runs. */
export function stagedWords(stage: Stage, running: Running, nginx: boolean): string {
  const { url, inside } = running;
  const { name, about, shows, further, tries, isBehindProxy } = stage;
  const proxy = isBehindProxy ? `\nBehind    ${proxyThere(nginx)}\nInside    ${inside}` : '';
  const what = [
    shows.length > 0 ? `shows ${shows.join(', ')}` : 'finds nothing above a note',
    ...(further && further.shows.length > 0 ? [`with ${further.flag} also ${further.shows.join(', ')}`] : []),
  ].join(', ');
  const commands = [...(further ? [`doctor ${further.flag} ${url}`] : []), ...(tries?.(url, inside) ?? [])];
  const rest = commands.map(each => `          keybridge ${each}\n`).join('');
  return `${name} is running on this machine: ${about}

URL       ${url}${proxy}

Try it:   keybridge doctor ${url}
${rest}
The doctor ${what}. Ctrl+C ends it.
`;
}
