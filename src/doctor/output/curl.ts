import { plain } from '../../base/text.ts';
import type { Examination } from '../../checks/examination.ts';
import type { Exchange } from '../../trace/event.ts';
import { overriddenSentence } from './overridden.ts';
import { probeLines } from './probes.ts';

/** What the trace puts in a secret's place. */
const REDACTED = /\[redacted \d+ #[0-9a-f]+\]/g;
/** The same inside a URL that was parsed and written again. */
const REDACTED_IN_URL = /(?:\[|%5B)redacted(?: |%20|\+)\d+(?: |%20|\+)(?:#|%23)[0-9a-f]+(?:\]|%5D)/gi;

/** One word of a POSIX shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * A request as a line for a POSIX shell. A secret is a placeholder in angle brackets, with the field's name:
 * `-H 'authorization: Bearer <authorization>'`.
 */
export function toCurl({ request }: Exchange): string {
  const { method, url, headers, body } = request;
  // Brackets in a URL are meant as they are.
  const words = ['curl', '-g', '-sS', ...(method === 'HEAD' ? ['--head'] : ['-i'])];
  if (method !== 'HEAD' && method !== (body ? 'POST' : 'GET')) words.push('-X', method);
  words.push(quote(plain(url.replace(REDACTED_IN_URL, '<secret>'), 8_000)));
  for (const [name, value] of headers) {
    const shown = plain(value.replace(REDACTED, `<${name.toLowerCase()}>`), 8_000);
    // A field with nothing behind the colon is one that curl leaves out, as it was left out here.
    words.push('-H', quote(shown === '' ? `${name}:` : `${name}: ${shown}`));
  }
  if (body) words.push('--data-raw', quote(body.text.replace(REDACTED, '<secret>').replaceAll('\0', '')));
  return words.join(' ');
}

/** Every request of an examination, each with the reason why it is asked, as a script to read and copy from. */
export function toCurlScript(examination: Examination): string {
  const said = overriddenSentence(examination);
  const lines = [`# ${plain(examination.target, 1_000)}`, ...(said === undefined ? [] : [`# ${said}`])];
  const asked = new Set<string>();
  for (const { probe, exchanges } of probeLines(examination, true)) {
    for (const [index, exchange] of exchanges.entries()) {
      if (asked.has(exchange.id)) continue;
      asked.add(exchange.id);
      lines.push(
        '',
        `# ${index === 0 ? plain(probe.because, 300) : 'Where that redirects to.'}`,
        toCurl(exchange),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}
