import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Meeting, type Prover, proofText } from '../api/window-proof.ts';
import type { Peer } from './peer.ts';

/** Milliseconds a ticket is good for, and a session. */
const TICKET_LIFE = 60_000;
const SESSION_LIFE = 7 * 24 * 60 * 60_000;
/** Tickets that wait to be used at once. */
const MOST_TICKETS = 50;
/** Cookies that are tried: browsers keep 180 for one host. And those that count, of which a page's own key fits one. */
const MOST_COOKIES = 200;
const MOST_SESSIONS = 8;

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
  readonly #tickets = new Map<string, { until: number; ownOnly: boolean }>();

  constructor(secret: Uint8Array, now: () => number = Date.now) {
    this.#secret = secret;
    this.#now = now;
  }

  /** A new ticket. `ownOnly`: for an address others may read, which is good only for a connection known to be the user's own. */
  ticket({ ownOnly = false } = {}): string {
    const [oldest] = this.#tickets.keys();
    if (this.#tickets.size >= MOST_TICKETS && oldest !== undefined) this.#tickets.delete(oldest);
    const ticket = randomBytes(32).toString('base64url');
    this.#tickets.set(ticket, { until: this.#now() + TICKET_LIFE, ownOnly });
    return ticket;
  }

  /** Whether a ticket is good just now, and for a connection of whom. */
  isGood(ticket: string, peer: Peer): boolean {
    const known = this.#tickets.get(ticket);
    if (known === undefined || known.until < this.#now()) return false;
    return known.ownOnly ? peer === 'own' : peer !== 'other';
  }

  /** The session a ticket is good for, which it is once; `undefined` for one that is not good, which stays what it is. */
  redeem(ticket: string, peer: Peer): WindowSession | undefined {
    if (!this.isGood(ticket, peer)) return undefined;
    this.#tickets.delete(ticket);
    const id = `${randomBytes(16).toString('base64url')}.${this.#now().toString(36)}`;
    return { cookie: `${id}.${this.#sign('cookie', id)}`, key: this.#sign('key', id) };
  }

  /**
   * Those of a browser's cookies that are ours and still count, the latest first. Pages at other ports of this
   * machine can set cookies of the same name beside ours.
   */
  known(cookies: readonly string[]): string[] {
    const wellFormed = cookies.filter(cookie => /^[\w-]{22}\.[a-z\d]{1,11}\.[\w-]{43}$/.test(cookie));
    const ours = [...new Set(wellFormed)].slice(0, MOST_COOKIES).filter(cookie => this.#idOf(cookie));
    return ours.sort((a, b) => begunAt(b) - begunAt(a)).slice(0, MOST_SESSIONS);
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
    const age = this.#now() - begunAt(cookie);
    return age <= SESSION_LIFE ? id : undefined;
  }

  #sign(purpose: string, id: string): string {
    return createHmac('sha256', this.#secret).update(`window ${purpose} ${id}`).digest('base64url');
  }
}

/** When the session of a cookie began, in milliseconds since the epoch. */
function begunAt(cookie: string): number {
  return Number.parseInt(cookie.split('.')[1] ?? '', 36);
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
