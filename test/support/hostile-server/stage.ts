import { setTimeout as sleep } from 'node:timers/promises';
import { type Installation, install, KEYBRIDGE } from '../keybridge.ts';
import { type Asked, start } from './child.ts';
import type { Conversation } from './conversation.ts';
import { type CountingHost, countingHost } from './counting-host.ts';
import type { HostileQuestion, HostileReply } from './hostile-main.ts';
import type { NeighbourQuestion, NeighbourReport } from './neighbour-main.ts';
import { type Failure, failuresIn, type Numbers, PROMISED } from './numbers.ts';
import { hottest } from './profile.ts';
import { startWatchedBroker, type WatchedBroker } from './watched-broker.ts';

export interface PlayOptions {
  /** Milliseconds from the first deed to when the server goes away, at most. */
  lasts: number;
  /** It goes away as soon as this is so of the hosts, once all their deeds are done. */
  until?: (hosts: readonly CountingHost[]) => boolean;
  /** Names the functions that took longest in the worst turn. */
  profile?: boolean;
  /** Milliseconds that open requests are given when the server is gone, before the hosts leave. */
  grace?: number;
  /** A request without an answer by then is a failure; where a sign-in may be waited for, it is not. */
  hears?: boolean;
}

export interface Verdict {
  failures: Failure[];
  /** `undefined` where the broker could not be asked any more. */
  numbers: Numbers | undefined;
  hottest?: string[];
}

/** A real broker, a well-behaved server with a host of its own, and place for a hostile one. */
export interface Stage {
  play(conversation: Conversation, options: PlayOptions): Promise<Verdict>;
  /** Another broker, as though nothing had been. */
  startOver(): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds a broker has to answer a question of ours; one that does not is held up. */
const HELD_UP = 20_000;
/** Milliseconds in which most requests have their answers once the server is gone. */
const BRIEF = 1_000;
/** Bridges that are started at the same time. */
const AT_ONCE = 10;
/** Milliseconds a neighbour's echo is waited for when all is over. */
const SILENT = 20_000;

interface Cast {
  installation: Installation;
  broker: WatchedBroker;
}

/** Opens a stage; `close` ends every process of it. */
export async function openStage(): Promise<Stage> {
  let hostile = startHostile();
  const neighbour = start<NeighbourQuestion, NeighbourReport | string>(
    new URL('./neighbour-main.ts', import.meta.url),
  );
  let cast = await enter(neighbour);
  const leave = async () => {
    await neighbour.ask({ leave: true });
    await cast.broker.kill();
    await cast.installation.close();
  };
  const startOver = async () => {
    await leave();
    cast = await enter(neighbour);
  };
  return {
    async play(conversation, options) {
      if (!(await isThere(hostile))) hostile = startHostile();
      const verdict = await play(cast, hostile, neighbour, conversation, options);
      // One that has more to say than it can is ended, too.
      if (!verdict.stopped) {
        hostile.child.kill('SIGKILL');
        hostile = startHostile();
      }
      return verdict;
    },
    startOver,
    async close() {
      await leave();
      for (const { child } of [hostile, neighbour]) child.kill('SIGKILL');
    },
  };
}

/** False, and it is ended, where it is still busy with what it had to say before. */
async function isThere(hostile: Asked<HostileQuestion, HostileReply>): Promise<boolean> {
  if (await hostile.ask({ stop: true }, HELD_UP)) return true;
  hostile.child.kill('SIGKILL');
  return false;
}

function startHostile(): Asked<HostileQuestion, HostileReply> {
  return start(new URL('./hostile-main.ts', import.meta.url));
}

async function enter(neighbour: Asked<NeighbourQuestion, NeighbourReport | string>): Promise<Cast> {
  const installation = install();
  const broker = await startWatchedBroker(installation);
  const args = [KEYBRIDGE];
  const begun = await neighbour.ask({ start: { args, env: installation.env, broker: broker.pid } });
  if (begun !== 'started') throw new Error(`The neighbour was not served. ${broker.said()}`);
  return { installation, broker };
}

async function play(
  { installation, broker }: Cast,
  hostile: Asked<HostileQuestion, HostileReply>,
  neighbour: Asked<NeighbourQuestion, NeighbourReport | string>,
  conversation: Conversation,
  { lasts, until, profile = false, grace = 700, hears = false }: PlayOptions,
): Promise<Verdict & { stopped: boolean }> {
  const failures: Failure[] = [];
  const fail = (number: Failure['number'], words: string) => failures.push({ number, words });
  const place = await hostile.ask({ play: conversation });
  if (!place || !('port' in place)) throw new Error('The hostile server did not start.');
  const before = broker.said().length;
  const begun = await broker.ask({ ask: 'begin', limit: PROMISED.held, profile }, HELD_UP);
  if (begun !== 'begun') throw new Error(`The broker is not to be asked. ${broker.said()}`);
  await neighbour.ask({ begin: true });

  const url = `http://127.0.0.1:${place.port}/mcp`;
  const hosts: CountingHost[] = [];
  const acting: Promise<void>[] = [];
  const began = performance.now();
  while (hosts.length < conversation.hosts) {
    const next = Array.from({ length: Math.min(AT_ONCE, conversation.hosts - hosts.length) }, () =>
      countingHost(installation, url),
    );
    hosts.push(...next);
    acting.push(...next.map(host => host.act(conversation.deeds)));
    if (hosts.length < conversation.hosts) await Promise.all(acting);
  }
  if (until) {
    await Promise.race([Promise.all(acting), sleep(lasts)]);
    while (!until(hosts) && performance.now() - began < lasts) await sleep(20);
  } else await sleep(lasts);
  const lasted = performance.now() - began;
  const answer = await hostile.ask({ stop: true }, HELD_UP);
  const requests = answer && 'requests' in answer ? answer.requests : undefined;
  const stopped = requests !== undefined;
  if (!stopped) hostile.child.kill('SIGKILL');
  // What counts is measured before the long wait, in which only the neighbour has something to say.
  await answered(hosts, hears ? BRIEF : grace);
  const told = await neighbour.ask({ report: SILENT }, SILENT + 5_000);
  const echoes = told && typeof told === 'object' ? told : { echoes: [], silent: true, wrong: 0 };
  if (echoes.silent) fail('neighbour', `an echo had no answer in ${SILENT} ms`);
  if (echoes.wrong > 0) fail('answers', `${echoes.wrong} wrong answers to the neighbour`);
  const seen = await broker.ask({ ask: 'report' }, HELD_UP);
  if (hears) await answered(hosts, grace);
  const open = hosts.reduce((sum, host) => sum + host.open, 0);
  if (hears && open > 0 && !mayWait(conversation))
    fail('answers', `${open} requests had no answer ${grace} ms after the server was gone`);
  const wrong = (await Promise.all(hosts.map(host => host.leave()))).flat();
  await Promise.all(acting);
  for (const each of wrong.slice(0, 5)) fail('answers', each);

  const said = broker.said().slice(before);
  if (/unexpected:|FATAL/.test(said)) fail('broker', `it said: ${said.slice(0, 600)}`);
  if (!seen || typeof seen !== 'object') {
    const { exitCode, signalCode } = broker.child;
    const gone = exitCode ?? signalCode;
    if (gone !== null) fail('broker', `it ended with ${gone}: ${said.slice(-600)}`);
    else fail('turn', `the broker was held up for more than ${HELD_UP} ms`);
    return { failures, numbers: undefined, stopped };
  }
  // What was done to look at memory is not the broker's doing.
  const aside = ({ at, took }: { at: number; took: number }) =>
    seen.asides.reduce(
      (sum, [from, to]) => sum + Math.max(0, Math.min(to, at + took) - Math.max(from, at)),
      0,
    );
  const numbers: Numbers = {
    ...seen,
    echoes: echoes.echoes.map(echo => ({ ...echo, late: Math.max(0, echo.late - aside(echo)) })),
    heard: {
      messages: hosts.reduce((sum, { heard }) => sum + heard.messages, 0),
      bytes: hosts.reduce((sum, { heard }) => sum + heard.bytes, 0),
      refused: hosts.reduce((sum, { heard }) => sum + heard.refused, 0),
      refusal: hosts.find(({ heard }) => heard.refusal !== undefined)?.heard.refusal,
    },
    requests: requests ?? 0,
    asked: hosts.reduce((sum, { said }) => sum + said, 0),
    lasted,
    hosts: hosts.length,
  };
  failures.push(...failuresIn(numbers));
  const hot = seen.profile ? { hottest: hottest(seen.profile, seen.turns[0]) } : {};
  return { failures, numbers, stopped, ...hot };
}

/** Waits, so many milliseconds at most, until every request of the hosts has its answer. */
async function answered(hosts: readonly CountingHost[], limit: number): Promise<void> {
  const end = performance.now() + limit;
  while (hosts.some(({ open }) => open > 0) && performance.now() < end) await sleep(20);
}

/** Whether requests may rightly wait for a person, as a server that wants a sign-in makes them. */
function mayWait({ signIn, greeting, replies, stream }: Conversation): boolean {
  return (
    signIn !== null ||
    [greeting, ...replies, stream].some(each => each?.status === 401 || each?.status === 403)
  );
}
