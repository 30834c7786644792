interface Cookie {
  name: string;
  value: string;
  host: string;
  path: string;
  /** Milliseconds since the epoch. */
  expires: number;
}

const MAX_COOKIES = 200;

/**
 * Cookies as a browser keeps them. RFC 6265 §5: by host and path, and not by port, so that what the lab
 * sets is sent to a callback listener on the same address too.
 */
export class CookieJar {
  #cookies: Cookie[] = [];

  /** Takes the Set-Cookie fields of an answer. */
  take(url: URL, fields: readonly string[]): void {
    for (const field of fields) {
      const [pair = '', ...attributes] = field.split(';').map(part => part.trim());
      const split = pair.indexOf('=');
      if (split < 1) continue;
      const given = new Map(attributes.map(attribute => attributeOf(attribute)));
      const cookie: Cookie = {
        name: pair.slice(0, split),
        value: pair.slice(split + 1),
        host: url.hostname,
        path: given.get('path') || url.pathname.replace(/\/[^/]*$/, '') || '/',
        expires: expiryOf(given),
      };
      this.#cookies = this.#cookies.filter(
        other => other.name !== cookie.name || other.host !== cookie.host || other.path !== cookie.path,
      );
      if (cookie.expires > Date.now()) this.#cookies.push(cookie);
      this.#cookies.splice(0, this.#cookies.length - MAX_COOKIES);
    }
  }

  /** The Cookie field for a request; empty when there is none. */
  field(url: URL): string {
    return this.#cookies
      .filter(cookie => cookie.host === url.hostname && pathMatches(cookie.path, url.pathname))
      .filter(cookie => cookie.expires > Date.now())
      .sort((a, b) => b.path.length - a.path.length)
      .map(cookie => `${cookie.name}=${cookie.value}`)
      .join('; ');
  }
}

function attributeOf(text: string): [string, string] {
  const split = text.indexOf('=');
  if (split < 0) return [text.toLowerCase(), ''];
  return [text.slice(0, split).toLowerCase(), text.slice(split + 1)];
}

function expiryOf(attributes: ReadonlyMap<string, string>): number {
  const age = attributes.get('max-age');
  if (age !== undefined && /^-?\d+$/.test(age)) return Date.now() + Number(age) * 1000;
  const date = Date.parse(attributes.get('expires') ?? '');
  return Number.isNaN(date) ? Number.POSITIVE_INFINITY : date;
}

function pathMatches(cookiePath: string, path: string): boolean {
  if (path === cookiePath) return true;
  return path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`);
}
