/**
 * A text from a server or another program as it may stand in a sentence of ours: control characters and
 * line breaks become spaces, direction overrides are dropped, and it is cut to `limit` characters.
 */
export function plain(text: string, limit = 200): string {
  const clean = text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
  const letters = Array.from(clean);
  return letters.length > limit ? `${letters.slice(0, limit).join('')}…` : clean;
}

/** A text as a header field carries it: its UTF-8, a character for each byte. RFC 9110 §5.5 leaves the letters open. */
export function fieldText(text: string): string {
  return /^[\0-\x7f]*$/.test(text)
    ? text
    : Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)).join('');
}

/**
 * A value as one line of JSON for a terminal or a pipe: what JSON itself leaves in strings and a terminal
 * obeys all the same (DEL, C1 controls, direction overrides) is escaped.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * A server's URL as people may see it: the values of its query left out, because many servers take their
 * key there. RFC 6750 §2.3 warns of it.
 */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || url.search === '') return text;
  const names = url.search
    .slice(1)
    .split('&')
    .map(pair => (pair.includes('=') ? pair.replace(/=.*/s, '=…') : '…'));
  return `${url.origin}${url.pathname}?${names.join('&')}`;
}

/** Bytes in base64url without padding. RFC 4648 §5. */
export function base64url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Whether a URL's host is this machine itself: `localhost`, 127.0.0.0/8 or `[::1]`. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

/** A length of time as people say it, in its largest unit: `8 s`, `2 min`, `3 h`. */
export function duration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 100) return `${seconds} s`;
  return seconds < 6_000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
