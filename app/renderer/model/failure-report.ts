import { plain, shownUrl } from '../../../src/base/text.ts';

/** Characters of the error's own words, and lines of where it happened. */
const MOST_WORDS = 500;
const MOST_LINES = 12;

/**
 * What somebody who mends the window needs of an exception: what it said, where it happened, and in which
 * version. Of addresses no query and no password, and nothing that is as long as a secret.
 */
export function reportOf(
  thrown: unknown,
  { version, screen, components = '' }: { version: string; screen: string; components?: string },
): string {
  const {
    name,
    message,
    stack = '',
  } = thrown instanceof Error ? thrown : { name: 'Error', message: String(thrown) };
  const frames = stack.split('\n').filter(line => /^\s+at |@/.test(line) && !line.includes(message));
  return [
    `Keybridge ${version}, ${screen}`,
    `${name}: ${withoutSecrets(plain(message, MOST_WORDS))}`,
    ...frames.slice(0, MOST_LINES),
    ...components
      .split('\n')
      .filter(line => line.trim() !== '')
      .slice(0, MOST_LINES),
  ].join('\n');
}

function withoutSecrets(text: string): string {
  return text
    .replace(/https?:\/\/[^\s"'<>]+/g, each => {
      const url = URL.parse(each);
      if (!url) return '…';
      return shownUrl(`${url.origin}${url.pathname}${url.search}`);
    })
    .replace(/[\w+=.~-]{32,}/g, each =>
      each.includes('://') ? each : `(hidden, ${each.length} characters)`,
    );
}
