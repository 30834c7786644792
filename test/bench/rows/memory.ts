import { type ChildProcess, spawn } from 'node:child_process';
import { type Arena, first, inTurns, type Measurement, type Row, rest } from '../arena.ts';
import type { Bridge, Connection } from '../contestants.ts';
import { echoes, flight, IN_FLIGHT, LARGE, large } from '../load.ts';
import { type Memory, memoryOf } from '../memory.ts';
import { end } from '../pipe.ts';
import { each, figure, median, spread } from '../statistics.ts';

/** MiB that a bridge of ours may hold beyond what Node does by itself. */
const AIM = 5;

/** What a bridge goes through before it is looked at again. */
async function load(connection: Connection, quick: boolean): Promise<void> {
  await echoes(connection, single(quick));
  await flight(connection, together(quick));
  await large(connection, LARGE);
}

const single = (quick: boolean) => (quick ? 20 : 100);
const together = (quick: boolean) => IN_FLIGHT * (quick ? 2 : 10);

const pid = (child: ChildProcess | undefined) => child?.pid ?? 0;

/** What one bridge holds. */
export const oneMemory: Measurement = {
  name: 'memory',
  async run(arena) {
    const { ours, theirs, quick } = arena;
    const url = first(arena.server.sse);
    const rounds = quick ? 1 : 5;
    const contestants = [
      { name: ours.name, measure: () => oneBridge(arena, ours, url) },
      { name: theirs.name, measure: () => oneBridge(arena, theirs, url) },
      { name: 'node', measure: () => bareNode(arena) },
    ];
    // With the broker there beforehand, nobody pays for its start.
    const resident = await ours.connect(url);
    const found = await inTurns(contestants, rounds, ({ measure }) => measure());
    await resident.close();
    const row = (name: string, what: string, at: 0 | 1): Row => {
      const of = (contestant: string) => found(contestant).map(pair => pair[at].rss);
      const [mine, bare] = [of('Keybridge'), of('node')];
      const more = median(each(mine, bare, (a, b) => a - b));
      return {
        name,
        what,
        ours: spread(mine, 'MiB'),
        theirs: spread(of('mcp-remote'), 'MiB'),
        direct: `bare Node ${spread(bare, 'MiB')}`,
        result: `${more < 0 ? '−' : '+'}${figure(Math.abs(more))} MiB to bare Node`,
        aim: `+${AIM} MiB`,
        met: more <= AIM,
        worse: median(mine) > median(of('mcp-remote')),
        samples: `${rounds} processes each`,
      };
    };
    return [
      row('memory', 'resident memory of one bridge after `initialize`', 0),
      row('memory-load', `and after ${single(quick) + together(quick)} echoes and a result of 10 MB`, 1),
    ];
  },
};

async function oneBridge(arena: Arena, bridge: Bridge, url: string): Promise<[Memory, Memory]> {
  const connection = await bridge.connect(url);
  await rest(arena);
  const before = memoryOf([pid(connection.child)]);
  await load(connection, arena.quick);
  await rest(arena);
  const after = memoryOf([pid(connection.child)]);
  await connection.close();
  return [before, after];
}

/** A Node that does nothing. */
async function bareNode(arena: Arena): Promise<[Memory, Memory]> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)'], { stdio: 'ignore' });
  await rest(arena);
  const memory = memoryOf([pid(child)]);
  child.kill();
  await end(child);
  return [memory, memory];
}

const MANY = 10;

/** Many servers at once: what all the bridges hold, with whatever serves them. */
export const manyMemory: Measurement = {
  name: 'many',
  servers: MANY,
  async run(arena) {
    const { ours, theirs, quick } = arena;
    const rounds = quick ? 1 : 3;
    const found = await inTurns([ours, theirs], rounds, bridge => manyBridges(arena, bridge));
    const row = (name: string, what: string, at: keyof Memory): Row => {
      const [mine, others] = [ours, theirs].map(bridge => found(bridge.name).map(memory => memory[at]));
      const ratio = median(each(mine ?? [], others ?? [], (a, b) => a / b));
      return {
        name,
        what,
        ours: spread(mine ?? [], 'MiB'),
        theirs: spread(others ?? [], 'MiB'),
        result: `${figure(ratio)} × mcp-remote`,
        aim: '0.4 ×',
        met: ratio <= 0.4,
        worse: ratio > 1,
        samples: `${rounds} times ${MANY} bridges each`,
      };
    };
    return [
      row('many-rss', `${MANY} servers after the same load each, broker included, resident`, 'rss'),
      row('many-pss', 'the same, what is shared counted once (PSS)', 'pss'),
    ].filter(({ ours }) => !ours.startsWith('–'));
  },
};

async function manyBridges(arena: Arena, bridge: Bridge): Promise<Memory> {
  await bridge.startOver();
  const connections: Connection[] = [];
  for (const url of arena.server.sse.slice(0, MANY)) connections.push(await bridge.connect(url));
  for (const connection of connections) await load(connection, arena.quick);
  await rest(arena);
  const pids = [...connections.map(({ child }) => pid(child)), ...(await bridge.shared())];
  const memory = memoryOf(pids);
  await Promise.all(connections.map(connection => connection.close()));
  return memory;
}
