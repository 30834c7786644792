import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
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

// Loaded into a broker before its own program; whoever started it asks over IPC.
process.on('message', async () => {
  // What ended in this turn is let go of in the next.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise(resolve => setImmediate(resolve));
    collect();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const descriptors = process.platform === 'linux' ? readdirSync('/proc/self/fd').length : Number.NaN;
  const holdings: Holdings = { heap: heapUsed, buffers: external, resident: rss, descriptors, resources };
  process.send?.(holdings);
});
