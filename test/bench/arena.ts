import { type Bridge, type Contestant, direct, keybridge, mcpRemote } from './contestants.ts';
import { type Server, startServer } from './server.ts';

/** Everybody who is compared, and what they are compared on. */
export interface Arena {
  readonly server: Server;
  readonly ours: Bridge;
  readonly theirs: Bridge;
  readonly direct: Contestant;
  /** Few samples: to see that it runs, not to believe the figures. */
  readonly quick: boolean;
  /** What is going on, for whoever waits. */
  say(line: string): void;
  close(): Promise<void>;
}

/** Opens an arena with one server that answers with JSON and so many that answer with event streams. */
export async function openArena(
  quick: boolean,
  servers: number,
  say: (line: string) => void,
): Promise<Arena> {
  const server = await startServer({ json: 1, sse: servers });
  const opened: { close(): Promise<void> }[] = [server];
  const close = async () => {
    for (const each of opened.reverse()) await each.close();
  };
  try {
    say('signing in …');
    const ours = await keybridge(server);
    opened.push(ours);
    const theirs = await mcpRemote(server);
    opened.push(theirs);
    return { server, ours, theirs, direct: await direct(server), quick, say, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
  readonly direct?: string;
  /** Against the aim. */
  readonly result: string;
  readonly aim: string;
  readonly met: boolean;
  /** Worse than mcp-remote. */
  readonly worse: boolean;
  /** How often it was measured. */
  readonly samples: string;
}

export interface Measurement {
  readonly name: string;
  /** How many servers with event streams it needs; one when left out. */
  readonly servers?: number;
  run(arena: Arena): Promise<Row[]>;
}

/** Everybody in turn, round by round, each round beginning with another one; what `measure` returns, by name. */
export async function inTurns<T extends { name: string }, R>(
  contestants: readonly T[],
  rounds: number,
  measure: (contestant: T, round: number) => Promise<R>,
): Promise<(name: string) => R[]> {
  const results = new Map<string, R[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(round + turn) % contestants.length];
      if (contestant) results.get(contestant.name)?.push(await measure(contestant, round));
    }
  }
  return name => results.get(name) ?? [];
}

/** Milliseconds in which processes come to rest. */
const REST = 1_500;
const QUICK_REST = 300;

export function rest({ quick }: Pick<Arena, 'quick'>): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, quick ? QUICK_REST : REST));
}

export const first = (urls: readonly string[]): string => urls[0] ?? '';
