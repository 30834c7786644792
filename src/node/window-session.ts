import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Meeting, type Prover, proofText } from '../api/window-proof.ts';

/** Milliseconds a ticket is good for, and a session. */
const TICKET_LIFE = 60_000;
const SESSION_LIFE = 7 * 24 * 60 * 60_000;
/** Tickets that wait to be used at once. */
const MOST_TICKETS = 50;

/**
 * What a browser keeps: the cookie, which it sends to whoever listens at any port of this machine, and the key,
 * which only a page of this very port can read and which is never sent.
 */
export interface WindowSession {
  cookie: string;
  key: string;
}

/**
 * Who may look through the window: whoever brings a ticket, once, and from then on its cookie and key. They
 * are signed with the installation's secret, so that a browser's window goes on with the next broker.
 */
export class WindowSessions {
  readonly #secret: Uint8Array;
  readonly #now: () => number;
  readonly #tickets = new Map<string, number>();

  constructor(secret: Uint8Array, now: () => number = Date.now) {
    this.#secret = secret;
    this.#now = now;
  }

  /** A new ticket. */
  ticket(): string {
    const [oldest] = this.#tickets.keys();
    if (this.#tickets.size >= MOST_TICKETS && oldest !== undefined) this.#tickets.delete(oldest);
    const ticket = randomBytes(32).toString('base64url');
    this.#tickets.set(ticket, this.#now() + TICKET_LIFE);
    return ticket;
  }

  /** The session a ticket is good for; `undefined` for one that was used, is too old, or never was. */
  redeem(ticket: string): WindowSession | undefined {
    const until = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    if (until === undefined || until < this.#now()) return undefined;
    const id = `${randomBytes(16).toString('base64url')}.${this.#now().toString(36)}`;
    return { cookie: `${id}.${this.#sign('cookie', id)}`, key: this.#sign('key', id) };
  }

  /** Whether a cookie is one of ours that still counts. */
  knows(cookie: string): boolean {
    return this.#idOf(cookie) !== undefined;
  }

  /** The proof that somebody knows the key that belongs to a cookie; `undefined` where the cookie does not count. */
  proof(cookie: string, who: Prover, meeting: Meeting): string | undefined {
    const id = this.#idOf(cookie);
    if (id === undefined) return undefined;
    return createHmac('sha256', this.#sign('key', id)).update(proofText(who, meeting)).digest('base64url');
  }

  /** Whether a page has proved that it knows the key. */
  isProved(cookie: string, meeting: Meeting, proof: string): boolean {
    const right = this.proof(cookie, 'window', meeting);
    return right !== undefined && same(proof, right);
  }

  #idOf(cookie: string): string | undefined {
    const [name = '', at = '', mark = '', ...rest] = cookie.split('.');
    const id = `${name}.${at}`;
    if (rest.length > 0 || !same(mark, this.#sign('cookie', id))) return undefined;
    const age = this.#now() - Number.parseInt(at, 36);
    return age <= SESSION_LIFE ? id : undefined;
  }

  #sign(purpose: string, id: string): string {
    return createHmac('sha256', this.#secret).update(`window ${purpose} ${id}`).digest('base64url');
  }
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
