/** What ends a line, or what a terminal obeys. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;
/** What cannot be seen: turns of the reading direction (U+061C too), zero widths, tags. Unicode, DerivedCoreProperties. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** What could be taken for the end of a quotation. */
const QUOTATION_MARKS = /["“-‟«»‹›″‶＂〝-〟]/gu;

/**
 * A text from a server or another program as it may stand in a line of ours: control characters and line
 * breaks become spaces, what cannot be seen is dropped, and it is cut to `limit` characters. In a sentence
 * it is {@link quoted} as well.
 */
export function plain(text: string, limit = 200): string {
  const clean = text.replace(CONTROLS, ' ').replace(UNSEEN, '').trim();
  if (clean.length <= limit) return clean;
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
 * The words of a server, or of anybody else, in a sentence of ours: {@link plain} and in quotation marks that
 * nothing in them can close, so that they are never read as ours. At most `limit` characters.
 */
export function quoted(text: string, limit = 300): string {
  return `"${plain(text, limit).replace(QUOTATION_MARKS, "'")}"`;
}

/** A name that somebody else chose (an error's code, a scheme, a method): as it is where it is one plain word, else {@link quoted}. */
export function word(text: string, limit = 60): string {
  return text.length <= limit && /^[\w.:/-]+$/.test(text) ? text : quoted(text, limit);
}

/**
 * One word of a POSIX shell, whatever is in it; in quotes where it could be anything else. No line of it is a
 * command of a build server ({@link withoutCommands}): a quotation ends and begins again in between.
 */
export function shellWord(text: string): string {
  return /^[\w.:/@%+,-]+$/.test(text) ? text : shellQuoted(text);
}

/** As {@link shellWord}, always in quotes. */
export function shellQuoted(text: string): string {
  const inner = text
    .replaceAll("'", "'\\''")
    .replace(/#(?=#)/g, "#''")
    .replace(/[\r\n\u2028\u2029]/g, "$&''");
  return `'${inner}'`;
}

/**
 * Printed lines in which a build server finds no command, whoever wrote what stands in them: GitHub reads
 * `::name::` at the beginning of a line and `##[name]` anywhere, Azure Pipelines `##vso[`, TeamCity
 * `##teamcity[`, Buildkite `---`, `+++` and `~~~` at the beginning. A space takes the meaning away.
 */
export function withoutCommands(text: string): string {
  return text
    .replace(/#(?=#[\w.-]*\[)/g, '# ')
    .replace(/^((?:[^\S\r\n\u2028\u2029]|\u0085|[^\P{Cc}\r\n]\[[\d;]*m)*):(?=:)/gmu, '$1: ')
    .replace(/^(?:---|\+\+\+|~~~|\^\^\^)(?=[^\S\r\n])/gm, ' $&');
}

/**
 * A value as one line of JSON for a terminal or a pipe: what JSON itself leaves in strings and a terminal
 * obeys all the same (DEL, C1 controls, direction overrides) is escaped, as is what cannot be seen, and what
 * a build server could take for a command.
 */
export function jsonLine(value: unknown): string {
  return unsteering(JSON.stringify(value));
}

/** As {@link jsonLine}, indented by one space. */
export function jsonPage(value: unknown): string {
  return unsteering(JSON.stringify(value, null, 1));
}

function unsteering(json: string): string {
  return json
    .replace(/[\u007f-\u009f\u2028\u2029\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu, escaped)
    .replace(/#(?=#)/g, escaped);
}

/** Each half of a character as JSON escapes it. */
function escaped(sign: string): string {
  return Array.from(
    { length: sign.length },
    (_, at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
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

/** The text without the run of one sign at its end, in linear time; `/x+$/` is tried at every sign of every run. */
export function withoutEnd(text: string, sign: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === sign) end--;
  return text.slice(0, end);
}

/** The text without the runs of one sign at both ends, in linear time. */
export function withoutEnds(text: string, sign: string): string {
  let start = 0;
  while (start < text.length && text[start] === sign) start++;
  return withoutEnd(text.slice(start), sign);
}

/** Bytes in base64url without padding. RFC 4648 §5. */
export function base64url(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The text of base64url, with or without padding; the empty text for what is none, or no UTF-8 after all. RFC 4648 §5. */
export function fromBase64url(text: string): string {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
    return new TextDecoder().decode(bytes);
  } catch {
    return '';
  }
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
