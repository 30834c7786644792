import { isLoopbackHost } from '../base/text.ts';
import type { HeaderList } from '../base/world.ts';

const MOST_COOKIES = 50;
/** Characters of one cookie, name and value, and of all that are kept: servers refuse long heads. */
const LARGEST_COOKIE = 4096;
const LARGEST_JAR = 8192;

interface Cookie {
  name: string;
  value: string;
  path: string;
  /** Milliseconds since the epoch. */
  expires: number;
  secure: boolean;
}

/**
 * The cookies of one conversation with one server, by which a load balancer leads its requests to the same
 * machine. Kept in memory only, and sent to the origin that set them and to no other, whatever Domain they
 * name. RFC 6265; bounded in number and size, the oldest give way.
 */
export class CookieJar {
  readonly #origin: URL;
  readonly #now: () => number;
  /** By name and path, in the order of their first setting. */
  readonly #cookies = new Map<string, Cookie>();

  constructor(origin: URL, now: () => number) {
    this.#origin = origin;
    this.#now = now;
  }

  /** Keeps what a response to this URL sets. RFC 6265 §5.3. */
  take(url: URL, headers: HeaderList): void {
    if (url.origin !== this.#origin.origin) return;
    for (const [name, value] of headers) {
      if (name.toLowerCase() !== 'set-cookie') continue;
      const cookie = readCookie(value, url, this.#now());
      if (!cookie) continue;
      const key = `${cookie.name};${cookie.path}`;
      if (cookie.expires <= this.#now()) this.#cookies.delete(key);
      else this.#cookies.set(key, cookie);
    }
    let size = 0;
    for (const { name, value } of this.#cookies.values()) size += name.length + value.length + 3;
    for (const [key, { name, value }] of this.#cookies) {
      if (this.#cookies.size <= MOST_COOKIES && size <= LARGEST_JAR) break;
      this.#cookies.delete(key);
      size -= name.length + value.length + 3;
    }
  }

  /** The value of the Cookie field for a request to this URL, if it has any. RFC 6265 §5.4. */
  field(url: URL): string | undefined {
    if (url.origin !== this.#origin.origin) return undefined;
    const isSecure = url.protocol === 'https:' || isLoopbackHost(url.hostname);
    const sent: Cookie[] = [];
    for (const [key, cookie] of this.#cookies) {
      if (cookie.expires <= this.#now()) this.#cookies.delete(key);
      else if (isBelow(url.pathname, cookie.path) && (isSecure || !cookie.secure)) sent.push(cookie);
    }
    if (sent.length === 0) return undefined;
    return sent
      .sort((one, other) => other.path.length - one.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }
}

/** A Set-Cookie field; `undefined` for one that is malformed, too large or for another host. RFC 6265 §5.2. */
function readCookie(field: string, url: URL, now: number): Cookie | undefined {
  const [pair = '', ...attributes] = field.split(';');
  const equals = pair.indexOf('=');
  const name = pair.slice(0, Math.max(0, equals)).trim();
  const value = pair.slice(equals + 1).trim();
  // What no header may carry would keep every later request from being sent.
  if (name === '' || /[^\x20-\x7e\x80-\xff]/.test(name + value)) return undefined;
  if (name.length + value.length > LARGEST_COOKIE) return undefined;
  const folder = url.pathname.slice(0, url.pathname.lastIndexOf('/'));
  const cookie: Cookie = {
    name,
    value,
    path: folder || '/',
    expires: Number.POSITIVE_INFINITY,
    secure: false,
  };
  let maxAge: number | undefined;
  for (const attribute of attributes) {
    const [key = '', ...rest] = attribute.split('=');
    const text = rest.join('=').trim();
    switch (key.trim().toLowerCase()) {
      case 'domain':
        if (!isWithin(url.hostname, text.replace(/^\./, '').toLowerCase())) return undefined;
        break;
      case 'path':
        cookie.path = text.startsWith('/') && text.length <= LARGEST_COOKIE ? text : folder || '/';
        break;
      case 'max-age':
        if (/^-?\d+$/.test(text)) maxAge = Number(text);
        break;
      case 'expires':
        if (!Number.isNaN(Date.parse(text))) cookie.expires = Date.parse(text);
        break;
      case 'secure':
        cookie.secure = true;
        break;
    }
  }
  if (maxAge !== undefined) cookie.expires = maxAge > 0 ? now + maxAge * 1000 : 0;
  return cookie;
}

/** Whether a host may set a cookie for this domain: its own name or one above it. RFC 6265 §5.1.3. */
function isWithin(host: string, domain: string): boolean {
  return domain === '' || host === domain || (host.endsWith(`.${domain}`) && !/^[\d.]+$/.test(host));
}

/** RFC 6265 §5.1.4. */
function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
