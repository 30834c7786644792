import { readdirSync } from 'node:fs';
import { getHeapSnapshot, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a broker holds, once its garbage is gone. */
export interface Holdings {
  /** Bytes of objects, and of buffers beside them. */
  heap: number;
  buffers: number;
  resident: number;
  /** Open files and sockets; NaN where the system does not show them. */
  descriptors: number;
  /** What keeps its event loop going, by kind: timers, sockets, servers. */
  resources: Record<string, number>;
}

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** What may be asked of it. */
export type ProbeQuestion = 'holdings' | 'instances';

async function holdings(): Promise<Holdings> {
  // What ended in this turn is let go of in the next.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise(resolve => setImmediate(resolve));
    collect();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : Number.NaN;
  return { heap: heapUsed, buffers: external, resident: rss, descriptors, resources };
}

interface Snapshot {
  snapshot: { meta: { node_fields: string[]; node_types: [string[]] } };
  nodes: number[];
  strings: string[];
}

/** How many objects of each class are alive. */
async function instances(): Promise<Record<string, number>> {
  const parts: Buffer[] = [];
  for await (const part of getHeapSnapshot()) parts.push(Buffer.from(part));
  const { snapshot, nodes, strings } = JSON.parse(Buffer.concat(parts).toString()) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const isObject = types[0].indexOf('object');
  const [type, name] = [fields.indexOf('type'), fields.indexOf('name')];
  const counts: Record<string, number> = Object.create(null);
  for (let at = 0; at < nodes.length; at += fields.length) {
    if (nodes[at + type] !== isObject) continue;
    const each = strings[nodes[at + name] ?? 0] ?? '';
    counts[each] = (counts[each] ?? 0) + 1;
  }
  return counts;
}

// Loaded into a broker before its own program; whoever started it asks over IPC.
process.on('message', async (question: ProbeQuestion) => {
  process.send?.(question === 'holdings' ? await holdings() : await instances());
});
