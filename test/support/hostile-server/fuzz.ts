import fc from 'fast-check';
import { conversations } from './arbitrary.ts';
import type { Scale } from './arbitrary-values.ts';
import type { Conversation } from './conversation.ts';
import { type Failure, shown } from './numbers.ts';
import { simpler } from './simpler.ts';
import type { PlayOptions, Stage, Verdict } from './stage.ts';

export interface FuzzOptions {
  scale: Scale;
  /** Milliseconds that a conversation lasts. */
  lasts: number;
  /** Milliseconds within which open requests are answered when the server is gone; without it nobody waits for that. */
  hears?: number;
  /** Milliseconds to look for a smaller conversation that fails too. */
  shrinks: number;
  say?(line: string): void;
}

/** A conversation in which a number did not hold, twice. */
export interface Found {
  conversation: Conversation;
  /** The first time, beside whatever was before; the second time with a new broker, looked at closely. */
  verdicts: [Verdict, Verdict];
}

/**
 * Holds a conversation. What does not hold must not hold a second time either, with a new broker, before it counts:
 * a machine has moods. `undefined` when the numbers held.
 */
export async function hold(
  stage: Stage,
  conversation: Conversation,
  options: PlayOptions,
  say: (line: string) => void = () => {},
): Promise<Found | undefined> {
  const first = await stage.play(conversation, options);
  if (first.numbers) say(shown(first.numbers));
  if (first.failures.length === 0) return undefined;
  await stage.startOver();
  const second = await stage.play(conversation, { ...options, profile: true });
  if (!second.numbers) await stage.startOver();
  if (haveCommon(first.failures, second.failures)) return { conversation, verdicts: [first, second] };
  say(`Once, and not again: ${words(first)}`);
  return undefined;
}

function haveCommon(some: readonly Failure[], others: readonly Failure[]): boolean {
  return some.some(each => others.some(({ number }) => number === each.number));
}

/**
 * Holds the conversation of a seed; where it fails, looks for a smaller one that fails in the same number, each
 * with a broker of its own. `undefined` when the numbers held.
 */
export async function fuzz(stage: Stage, seed: number, options: FuzzOptions): Promise<Found | undefined> {
  const { scale, lasts, shrinks, hears, say } = options;
  const play: PlayOptions = { lasts, ...(hears === undefined ? {} : { hears: true, grace: hears }) };
  const [made] = fc.sample(conversations(scale), { seed, numRuns: 1 });
  let found = made && (await hold(stage, made, play, line => say?.(`seed ${seed}: ${line}`)));
  const until = performance.now() + shrinks;
  for (let next = found; next; ) {
    found = next;
    next = await findSmaller(stage, next, play, until);
  }
  if (found) await stage.startOver();
  return found;
}

async function findSmaller(
  stage: Stage,
  { conversation, verdicts: [first] }: Found,
  play: PlayOptions,
  until: number,
): Promise<Found | undefined> {
  for (const each of simpler(conversation)) {
    if (performance.now() > until) return undefined;
    await stage.startOver();
    const verdict = await stage.play(each, { ...play, profile: true });
    if (haveCommon(verdict.failures, first.failures))
      return { conversation: each, verdicts: [first, verdict] };
  }
  return undefined;
}

const words = ({ failures }: Verdict) =>
  failures.map(({ number, words }) => `${number}: ${words}`).join('; ');

/** What was found, for whoever is to close it. */
export function report({ conversation, verdicts: [first, last] }: Found): string {
  return [
    words(first),
    `in the smallest: ${words(last)}`,
    ...(last.numbers ? [shown(last.numbers)] : []),
    ...(last.hottest ?? []),
    JSON.stringify(conversation),
  ].join('\n  ');
}
