import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Arena, first, inTurns, type Measurement, type Row, rest } from '../arena.ts';
import type { Bridge, Contestant } from '../contestants.ts';
import { initialize, initialized } from '../greeting.ts';
import { end, readLines } from '../pipe.ts';
import { each, figure, median, spread } from '../statistics.ts';

const list = { jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} };

/** Milliseconds. */
interface Times {
  initialize: number;
  list: number;
}

/** From the start of the process to its answers, and what that costs the server. A broker runs already. */
export const start: Measurement = {
  name: 'start',
  async run(arena) {
    const { ours, theirs, direct } = arena;
    const url = first(arena.server.sse);
    const rounds = arena.quick ? 2 : 15;
    // A bridge that stays, as it does where a second host is started.
    const resident = await ours.connect(url);
    for (const bridge of [ours, theirs]) await timeBridge(bridge, url);
    const contestants = [
      { name: ours.name, time: () => timeBridge(ours, url) },
      { name: theirs.name, time: () => timeBridge(theirs, url) },
      { name: direct.name, time: () => timeDirect(direct, url) },
      { name: 'node', time: timeNode },
    ];
    const times = await inTurns(contestants, rounds, ({ time }) => time());
    const requests = [await requestsOf(arena, ours, url), await requestsOf(arena, theirs, url)] as const;
    await resident.close();
    const row = (name: string, what: string, at: keyof Times, aim?: number): Row => {
      const of = (contestant: string) => times(contestant).map(time => time[at]);
      const ratio = each(of('Keybridge'), of('mcp-remote'), (a, b) => a / b);
      const value = median(ratio);
      return {
        name,
        what,
        ours: spread(of('Keybridge'), 'ms'),
        theirs: spread(of('mcp-remote'), 'ms'),
        direct: `${spread(of('direct'), 'ms')}; \`node -e 0\` ${figure(median(of('node')))} ms`,
        result: `${figure(value)} × mcp-remote (${spread(ratio, '').replace(/^\S+ +\(|\)$/g, '')})`,
        aim: aim === undefined ? 'better' : `${aim} ×`,
        met: value <= (aim ?? 1),
        worse: value > 1,
        samples: `${rounds} starts each`,
      };
    };
    return [
      row('start', 'spawn → `initialize` answered', 'initialize', 0.35),
      row('start-list', 'spawn → `tools/list` answered', 'list'),
      requestRow(...requests),
    ];
  },
};

function requestRow(ours: readonly string[], theirs: readonly string[]): Row {
  return {
    name: 'requests',
    what: 'requests a start costs the server, with `initialize` and `tools/list`',
    ours: tally(ours),
    theirs: tally(theirs),
    result: `${ours.length} against ${theirs.length}`,
    aim: 'fewer',
    met: ours.length < theirs.length,
    worse: ours.length > theirs.length,
    samples: '1 start each, counted at the server',
  };
}

/** `3: POST initialize, …` */
function tally(requests: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const request of requests) counts.set(request, (counts.get(request) ?? 0) + 1);
  const list = [...counts].map(([request, count]) => (count > 1 ? `${count} × ${request}` : request));
  return `${requests.length}: ${list.join(', ')}`;
}

function timeBridge(bridge: Bridge, url: string): Promise<Times> {
  return startOnce(bridge, url, async () => {});
}

/** Whatever a start sends until it comes to rest. */
async function requestsOf(arena: Arena, bridge: Bridge, url: string): Promise<string[]> {
  await rest(arena);
  await arena.server.requests();
  let requests: string[] = [];
  await startOnce(bridge, url, async () => {
    await rest(arena);
    requests = await arena.server.requests();
  });
  return requests;
}

async function startOnce(bridge: Bridge, url: string, then: () => Promise<void>): Promise<Times> {
  const begun = performance.now();
  const child = bridge.spawn(url);
  const say = (message: object) => child.stdin?.write(`${JSON.stringify(message)}\n`);
  say(initialize);
  const times: Partial<Times> = {};
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`${bridge.name} ended before it had answered.`)));
    readLines(child, line => {
      const now = performance.now() - begun;
      const { id, result } = JSON.parse(line.toString()) as { id?: number; result?: object };
      if (id === undefined) return;
      if (!result) reject(new Error(`${bridge.name} answered: ${line}`));
      if (id === 1) {
        times.initialize = now;
        say(initialized);
        say(list);
      }
      if (id === 2) {
        times.list = now;
        resolve();
      }
    });
  });
  await then();
  await end(child);
  return { initialize: times.initialize ?? Number.NaN, list: times.list ?? Number.NaN };
}

async function timeDirect(direct: Contestant, url: string): Promise<Times> {
  const begun = performance.now();
  const { client, close } = await direct.connect(url);
  const initialize = performance.now() - begun;
  await client.listTools();
  const list = performance.now() - begun;
  await close();
  return { initialize, list };
}

/** A Node that does nothing: what no program on it can be faster than. */
async function timeNode(): Promise<Times> {
  const begun = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  const time = performance.now() - begun;
  return { initialize: time, list: time };
}
