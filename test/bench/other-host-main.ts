import { parentPort, workerData } from 'node:worker_threads';
import { initialize, initialized } from './greeting.ts';
import { type Command, end, run } from './pipe.ts';

/** Another host, in a thread of its own: asks for large answers when it is told to, and looks at nothing. */
export interface OtherHost {
  command: Command;
  bytes: number;
}

const { command, bytes } = workerData as OtherHost;
const child = run(command);
const say = (message: object) => child.stdin?.write(`${JSON.stringify(message)}\n`);

/** Resolves with the length of the next line. */
function line(): Promise<number> {
  return new Promise(resolve => {
    let length = 0;
    const take = (chunk: Buffer) => {
      length += chunk.length;
      // Nothing stands behind the end of a line here: one request is under way at a time.
      if (chunk.at(-1) !== 10) return;
      child.stdout?.off('data', take);
      resolve(length);
    };
    child.stdout?.on('data', take);
  });
}

say(initialize);
await line();
say(initialized);
parentPort?.on('message', async (told: 'ask' | 'end') => {
  if (told === 'end') {
    await end(child);
    process.exit();
  }
  const params = { name: 'big', arguments: { bytes } };
  say({ jsonrpc: '2.0', id: 2, method: 'tools/call', params });
  parentPort?.postMessage(await line());
});
parentPort?.postMessage('ready');
