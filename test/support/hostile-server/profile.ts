import type { Profiler } from 'node:inspector';
import { basename } from 'node:path';
import type { Turn } from './watch-main.ts';

const MOST = 12;

/**
 * The functions that took longest in a turn, worst first: their share by themselves, and with whatever they called.
 * Without a turn, in all of the profile.
 */
export function hottest(
  { nodes, samples = [], timeDeltas = [], startTime }: Profiler.Profile,
  turn?: Turn,
): string[] {
  const byId = new Map(nodes.map(node => [node.id, node]));
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id] as const)),
  );
  const own = new Map<string, number>();
  const whole = new Map<string, number>();
  const add = (to: Map<string, number>, name: string, time: number) =>
    to.set(name, (to.get(name) ?? 0) + time);
  const name = (id: number) => {
    const frame = byId.get(id)?.callFrame;
    if (!frame) return '?';
    const where = frame.url === '' ? '' : ` ${basename(frame.url)}:${frame.lineNumber + 1}`;
    return `${frame.functionName || '(anonymous)'}${where}`;
  };
  let at = startTime;
  let all = 0;
  for (const [index, sample] of samples.entries()) {
    const time = timeDeltas[index] ?? 0;
    at += time;
    if (turn && (at / 1000 < turn.at || at / 1000 > turn.at + turn.took)) continue;
    all += time;
    add(own, name(sample), time);
    const seen = new Set<string>();
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const each = name(id);
      if (!seen.has(each)) add(whole, each, time);
      seen.add(each);
    }
  }
  const share = (time: number) => `${Math.round((time / Math.max(1, all)) * 100)} %`;
  const line = ([each, time]: [string, number]) => `${share(time)} ${each}`;
  const sorted = (times: Map<string, number>) => [...times].sort((a, b) => b[1] - a[1]).slice(0, MOST);
  return [`by itself: ${sorted(own).map(line).join(', ')}`, `in all: ${sorted(whole).map(line).join(', ')}`];
}
