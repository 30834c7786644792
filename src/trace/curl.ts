import { plain, shellQuoted as quote, shellWord } from '../base/text.ts';
import type { Exchange } from './event.ts';

/** What the trace puts in a secret's place. */
const REDACTED = /\[redacted \d+ #[0-9a-f]+\]/g;
/** The same inside a URL that was parsed and written again. */
const REDACTED_IN_URL = /(?:\[|%5B)redacted(?: |%20|\+)\d+(?: |%20|\+)(?:#|%23)[0-9a-f]+(?:\]|%5D)/gi;

/**
 * A request as a line for a POSIX shell. A secret is a placeholder in angle brackets, with the field's name:
 * `-H 'authorization: Bearer <authorization>'`.
 */
export function toCurl({ request }: Exchange): string {
  const { method, url, headers, body } = request;
  // Brackets in a URL are meant as they are.
  const words = ['curl', '-g', '-sS', ...(method === 'HEAD' ? ['--head'] : ['-i'])];
  if (method !== 'HEAD' && method !== (body ? 'POST' : 'GET')) words.push('-X', shellWord(method));
  words.push(quote(plain(url.replace(REDACTED_IN_URL, '<secret>'), 8_000)));
  for (const [name, value] of headers) {
    const shown = plain(value.replace(REDACTED, `<${name.toLowerCase()}>`), 8_000);
    // A field with nothing behind the colon is one that curl leaves out, as it was left out here.
    words.push('-H', quote(shown === '' ? `${plain(name, 300)}:` : `${plain(name, 300)}: ${shown}`));
  }
  if (body)
    words.push('--data-raw', quote(body.text.replace(REDACTED, '<secret>').replace(/[^\P{Cc}\r\n\t]/gu, '')));
  return words.join(' ');
}
