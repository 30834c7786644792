import type { Connection } from './contestants.ts';

const TEXT = 'x'.repeat(64);

/** Calls the tool `echo`. Milliseconds. */
export async function echo({ client }: Connection): Promise<number> {
  const begun = performance.now();
  const { content } = await client.callTool({ name: 'echo', arguments: { text: TEXT } });
  const time = performance.now() - begun;
  if ((content as { text: string }[])[0]?.text !== TEXT) throw new Error('The echo came back wrong.');
  return time;
}

/** One echo after the other. Milliseconds each. */
export async function echoes(connection: Connection, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) times.push(await echo(connection));
  return times;
}

export const IN_FLIGHT = 64;

/** As many echoes as are to be under way at once, until all are done. Calls a second. */
export async function flight(connection: Connection, count: number): Promise<number> {
  let left = count;
  const begun = performance.now();
  const worker = async () => {
    while (left-- > 0) await echo(connection);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return (count / (performance.now() - begun)) * 1000;
}

export const LARGE = 10 * 1024 * 1024;

/** Calls the tool `big`. Milliseconds. */
export async function large({ client }: Connection, bytes: number): Promise<number> {
  const begun = performance.now();
  const { content } = await client.callTool({ name: 'big', arguments: { bytes } });
  const time = performance.now() - begun;
  const length = (content as { text: string }[])[0]?.text.length ?? 0;
  // The text has 63 characters for every 64 bytes.
  if (length < (bytes / 64) * 63) throw new Error(`The large answer came back short: ${length}.`);
  return time;
}
