/** Enough for an hour of tokens that live two seconds, for eight hosts; the oldest go first. */
const MAX_SECRETS = 100_000;
/** Shorter strings are words that would be found anywhere by chance. */
const SHORTEST = 12;

/** Every secret the lab issued or was sent, so that a test can look for them where none may be. */
export class SecretLog {
  readonly #seen = new Set<string>();

  /** Anything but a string of some length is passed over. */
  add(...values: readonly unknown[]): void {
    for (const value of values) {
      if (typeof value !== 'string' || value.length < SHORTEST) continue;
      this.#seen.add(value);
      for (const oldest of this.#seen) {
        if (this.#seen.size <= MAX_SECRETS) break;
        this.#seen.delete(oldest);
      }
    }
  }

  /** The credentials of an Authorization field: the bearer token, or the password of a Basic pair. */
  addAuthorization(field: string | undefined): void {
    const [scheme = '', credentials = ''] = field?.split(' ') ?? [];
    this.add(credentials);
    if (scheme.toLowerCase() !== 'basic') return;
    const pair = Buffer.from(credentials, 'base64').toString();
    const password = pair.slice(pair.indexOf(':') + 1);
    this.add(password);
    // RFC 6749 §2.3.1 has both halves form-encoded before they are joined.
    this.add(new URLSearchParams(`p=${password}`).get('p'));
  }

  /** The values of Set-Cookie fields. */
  addCookies(fields: unknown): void {
    for (const field of [fields].flat()) {
      if (typeof field === 'string') this.add(/^[^=;]+=([^;]*)/.exec(field)?.[1]);
    }
  }

  all(): string[] {
    return [...this.#seen];
  }
}
