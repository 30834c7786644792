import type { ExchangeId } from '../trace/event.ts';

/** Where on the way somebody can be stopped. Each has a general rule, for when no other rule knows why. */
export type StopPlace =
  | 'connection'
  | 'first-request'
  | 'resource-metadata'
  | 'server-metadata'
  | 'registration'
  | 'sign-in'
  | 'token'
  | 'call';

/** Somebody who does not get any further, and what it was that stopped them. */
export interface Stop {
  place: StopPlace;
  /** Who: the titles of clients. */
  who: readonly string[];
  /** Whether Keybridge itself, as bridge or as doctor, is among them. */
  isOwn: boolean;
  /** The answers that stopped them, the telling one first; empty where only the browser saw it. */
  exchanges: readonly ExchangeId[];
  /** What is known beside the answers: a sentence. */
  words?: string;
  /**
   * A client that goes on, to endpoints it guesses. Where nothing is known to be wrong with the server it is the
   * client that keeps to no specification, and its own way says so.
   */
  isGuess?: true;
  /** The rule that knows why, by the walk. Of one answer it has to rest on that; of several on any. */
  code?: string;
  /** Rules that speak of it although they rest on other answers. */
  codes: readonly string[];
}

/**
 * Rules about what works and could be better, or about clients in browsers and other networks: that one of them
 * rests on the same answer says nothing of why somebody is stopped there.
 */
const BESIDE: ReadonlySet<string> = new Set(
  `NET-06 NET-09 NET-12 NET-16 URL-05 URL-06 URL-08 CHL-02 CHL-06 CHL-09 CHL-11 CHL-12 CHL-14 PRM-02 PRM-18 PRM-19
  PRM-20 PRM-23 PRM-25 ASM-17 ASM-19 ASM-20 ASM-24 ASM-25 ASM-26 REG-06 REG-07 REG-08 REG-11 REG-15 AZ-11 AZ-15
  TOK-10 TOK-11 TOK-17 TOK-20 MCP-05 MCP-11 MCP-12`.split(/\s+/),
);

/** Whether a rule can be why somebody is stopped. */
export function canStop(code: string): boolean {
  return !BESIDE.has(code);
}
