import type { Holdings } from '../support/broker-probe-main.ts';
import { type Installation, install, until } from '../support/keybridge.ts';
import { type ProbedBroker, startProbedBroker } from '../support/probed-broker.ts';
import { median } from './statistics.ts';
import { startTraffic, type Tally, type Traffic } from './traffic.ts';

/** What the broker held when it was quiet. */
export interface Sample extends Holdings {
  /** Requests and renewals of tokens so far. */
  requests: number;
  refreshes: number;
}

export interface SoakOptions {
  /** Asked before each round. */
  goesOn(rounds: number): boolean;
  /** Seconds an access token lives. */
  tokenLife: number;
  say?(line: string): void;
}

export interface SoakResult {
  tally: Tally;
  /** Before the traffic, after each round, and when all is over; the same hosts are connected in each. */
  before: Sample;
  samples: Sample[];
  after: Sample;
  /** Objects by class, before and after. */
  alive: [before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>];
  /** Events of the trace in the end. */
  events: number;
}

/** Requests after which the trace drops its oldest events, so that only what leaks makes memory grow. */
const FILL = 22_500;
const MIB = 1024 * 1024;

/** Puts traffic on one broker, round by round, and looks after each at what it holds. */
export async function soak({ goesOn, tokenLife, say = () => {} }: SoakOptions): Promise<SoakResult> {
  const installation = install();
  let opened: Traffic | undefined;
  try {
    const broker = await startProbedBroker(installation);
    const traffic = await startTraffic(installation, tokenLife);
    opened = traffic;
    const look = async (): Promise<Sample> => ({
      requests: traffic.tally.requests,
      refreshes: traffic.refreshes(),
      ...(await broker.holdings()),
    });
    const before = await look();
    say(`before: ${words(before)}`);
    const aliveBefore = await broker.instances();
    await traffic.plenty(FILL);
    const samples: Sample[] = [];
    for (let rounds = 0; goesOn(rounds); rounds++) {
      await traffic.round();
      samples.push(await look());
      say(words(samples.at(-1) ?? before));
    }
    await rested(broker, before).catch(() => {});
    const after = await look();
    say(`after: ${words(after)}`);
    const alive: SoakResult['alive'] = [aliveBefore, await broker.instances()];
    return { tally: traffic.tally, before, samples, after, alive, events: await eventsOf(installation) };
  } finally {
    await opened?.close();
    await installation.close();
  }
}

/** Files and sockets that come and go. */
const SOME = 10;

/** Waits until the connections that were kept in case of more requests are closed. */
function rested(broker: ProbedBroker, before: Holdings): Promise<boolean> {
  return until(
    'connections are closed',
    async () => !((await broker.holdings()).descriptors > before.descriptors + SOME),
    15_000,
  );
}

async function eventsOf(installation: Installation): Promise<number> {
  const { stdout } = await installation.run(['trace']);
  return stdout.trim().split('\n').length;
}

function words({ requests, refreshes, heap, buffers, resident, descriptors, resources }: Sample): string {
  const [used, beside, all] = [heap, buffers, resident].map(bytes => (bytes / MIB).toFixed(1));
  const memory = `heap ${used} MiB, buffers ${beside} MiB, resident ${all} MiB`;
  const timers = resources.Timeout ?? 0;
  return `${requests} requests, ${refreshes} renewals: ${memory}; ${descriptors} descriptors, ${timers} timers`;
}

/** Bytes the heap may have grown by once the trace is full: by itself, and for each renewal. */
const GROWTH = 2 * MIB;
/** Tokens are remembered in every spelling, so that none gets into the trace; up to a bound. */
const RENEWAL = 24 * 1024;
const MOST_RENEWALS = 1_000;
/** What the trace, its listeners and the secrets are made of. */
const PLAIN = new Set(['Object', 'Array', 'Map', 'Set', 'String']);
/** How many more objects of one class there may be: a few that come and go, and their share of many. */
const FEW = 20;
const SHARE = 1.5;
const MOST_TIMERS = 50;
const MOST_EVENTS = 50_000;
/** Samples that are taken together, for one may be in the middle of something. */
const TOGETHER = 3;

/** What is wrong with how a soak went; nothing, when all is well. */
export function complaints({ tally, before, samples, after, alive, events }: SoakResult): string[] {
  const found = tally.lost.slice(0, 10);
  // Once all of the trace is of the same mixture it weighs the same.
  const even = samples.filter(({ requests }) => requests > 2 * FILL);
  const counted = even.length >= 2 * TOGETHER ? even : samples;
  const [early, late] = [counted.slice(0, TOGETHER), counted.slice(-TOGETHER)];
  const grown = (what: 'heap' | 'buffers') =>
    median(late.map(each => each[what])) - median(early.map(each => each[what]));
  const renewals = Math.min(after.refreshes - (early[0]?.refreshes ?? 0), MOST_RENEWALS);
  if (grown('heap') > GROWTH + renewals * RENEWAL)
    found.push(`the heap has grown by ${Math.round(grown('heap') / 1024)} KiB`);
  if (grown('buffers') > GROWTH)
    found.push(`buffers have grown by ${Math.round(grown('buffers') / 1024)} KiB`);
  if (after.descriptors > before.descriptors + SOME)
    found.push(`${after.descriptors} descriptors are open, where ${before.descriptors} were`);
  for (const [name, count] of Object.entries(alive[1])) {
    const were = alive[0][name] ?? 0;
    if (!PLAIN.has(name) && count > were * SHARE + FEW)
      found.push(`there are ${count} objects ${name}, where ${were} were`);
  }
  const timers = Math.max(...samples.map(({ resources }) => resources.Timeout ?? 0));
  if (timers > MOST_TIMERS) found.push(`${timers} timers ran at once`);
  if (events > MOST_EVENTS) found.push(`the trace holds ${events} events`);
  return found;
}
