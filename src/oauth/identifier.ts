import { isAddress, isPublicAddress } from '../base/address.ts';
import { isLoopbackHost } from '../base/text.ts';

/** A URL that may be asked, or the reason why not: the end of a sentence that starts with the URL's name. */
export type CheckedUrl = { ok: true; url: URL } | { ok: false; reason: string };

/** White space, control characters and backslashes, which URL parsers quietly remove or turn round. */
const QUIETLY_CHANGED = /[\s\\\p{Cc}]/u;

/** Characters of a URL that a server names; no client or proxy asks for longer ones. */
const LONGEST = 8 * 1024;

/** What is allowed of a URL that a server names. */
export interface UrlRules {
  /** Plain http beyond this machine, by the user's word. */
  allowHttp?: boolean | undefined;
  /** `public`: not an address of this machine or of a private network. Names are checked when dialled. */
  reach?: 'any' | 'public' | undefined;
}

/**
 * Whether a URL that a server names may be used: absolute, https (or http on this machine), without user
 * name and password. MCP "Communication Security", checklist items 19 and 21.
 */
export function checkUrl(text: string, rules: UrlRules = {}): CheckedUrl {
  if (text.length > LONGEST) return { ok: false, reason: `is longer than ${LONGEST} characters` };
  const url = QUIETLY_CHANGED.test(text) ? undefined : URL.parse(text);
  if (!url) return { ok: false, reason: `is not a URL: ${quoteUrl(text)}` };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return { ok: false, reason: `is neither https nor http: ${quoteUrl(text)}` };
  }
  if (url.username !== '' || url.password !== '') {
    return { ok: false, reason: 'carries a user name or a password' };
  }
  const isLoopback = isLoopbackHost(url.hostname);
  if (url.protocol === 'http:' && !rules.allowHttp && !isLoopback) {
    return { ok: false, reason: `is not https: ${quoteUrl(text)}` };
  }
  // A dot at the end of a name changes nothing for whoever resolves it.
  const isPrivate =
    isLoopback ||
    isLoopbackHost(url.hostname.replace(/\.$/, '')) ||
    (isAddress(url.hostname) && !isPublicAddress(url.hostname));
  if (rules.reach === 'public' && isPrivate) {
    return { ok: false, reason: `is not a public address: ${quoteUrl(text)}` };
  }
  return { ok: true, url };
}

/**
 * Whether a `resource` may speak for a server: it is the server's URL, or a path-segment prefix of it on
 * the same origin; its query is the server's or none. A slash at the end makes no difference. Anything
 * that two parsers might read differently (dot segments, backslashes, fragments) is refused, because the
 * authorization server will be sent the very string. RFC 8707 §2, RFC 9728 §3.3.
 */
export function resourceCovers(resource: string, server: URL): boolean {
  if (resource.length > LONGEST + server.href.length || QUIETLY_CHANGED.test(resource)) return false;
  const written = /^https?:\/\/[^/?#@]+([^?#]*)(?:\?[^#]*)?$/i.exec(resource);
  const url = URL.parse(resource);
  if (!written || !url || url.origin !== server.origin) return false;
  if ((written[1] || '/') !== url.pathname) return false;
  if (url.search !== '' && url.search !== server.search) return false;
  const prefix = segments(url.pathname);
  const whole = segments(server.pathname);
  return prefix.every((segment, index) => segment === whole[index]);
}

/** A path's segments, the one slash at its end left out. */
function segments(pathname: string): string[] {
  const path = pathname.slice(1).replace(/\/$/, '');
  return path === '' ? [] : path.split('/');
}

/** How two identifiers that ought to be the same differ: a sentence. */
export function difference(given: string, expected: string): string {
  if (`${given}/` === expected || given === `${expected}/`) return 'They differ only by a slash at the end.';
  if (given.trim() === expected.trim()) return 'They differ only by white space.';
  if (given.toLowerCase() === expected.toLowerCase()) return 'They differ only in upper and lower case.';
  const [one, other] = [URL.parse(given), URL.parse(expected)];
  if (!one || !other) return 'One of them is not a URL.';
  if (one.href === other.href) return 'They mean the same URL but are not written the same.';
  if (one.protocol !== other.protocol && one.host === other.host) {
    return `One is ${one.protocol.slice(0, -1)} and the other ${other.protocol.slice(0, -1)}.`;
  }
  if (one.hostname !== other.hostname) return 'They name different hosts.';
  if (one.port !== other.port) return 'They name different ports.';
  return one.pathname === other.pathname ? 'They differ in the query.' : 'They name different paths.';
}

/**
 * Text from a server as it may stand in a sentence: in quotation marks, at most 200 characters, and
 * everything outside printable ASCII escaped, so that look-alikes and invisible characters show.
 */
export function quote(text: string): string {
  const cut = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  const shown = cut.replace(/[^\x20-\x7e…]|["\\]/g, char =>
    char === '"' || char === '\\' ? `\\${char}` : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${shown}"`;
}

/** A URL as it may stand in a sentence: like {@link quote}, and without its query, which may hold a key. */
export function quoteUrl(text: string): string {
  return quote(text.replace(/\?[^#]+/, '?…'));
}
