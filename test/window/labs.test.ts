import { describe, expect, test } from 'vitest';
import { Labs } from '../../src/window/labs.ts';
import { installation } from '../support/installation.ts';

function shelf(start?: () => Promise<never>) {
  const closed: string[] = [];
  let ports = 4000;
  const lab = {
    list: async () => [{ name: 'right', title: 'Right', codes: [] }],
    start:
      start ??
      (async (name: string) => ({
        url: `http://127.0.0.1:${ports++}/mcp`,
        close: async () => void closed.push(name),
      })),
  };
  let changes = 0;
  let drawn = 0;
  const { files } = installation().world;
  const world = { files, random: (bytes: number) => new Uint8Array(bytes).fill(drawn++) };
  const gone: string[] = [];
  const open = () =>
    new Labs(
      { lab, world } as never,
      () => changes++,
      async urls => void gone.push(...urls),
    );
  return { labs: open(), open, closed, gone, changes: () => changes };
}

describe('the practice servers of the window', () => {
  test('run until they are stopped, each for itself', async () => {
    const { labs, closed, changes } = shelf();
    const one = await labs.start('right');
    const other = await labs.start('html-200');
    expect(labs.running).toEqual([one, other]);
    await labs.stop(one.id);
    await labs.stop(one.id);
    expect([labs.running, closed, changes() > 2]).toEqual([[other], ['right'], true]);
    await labs.close();
    expect([labs.running, closed]).toEqual([[], ['right', 'html-200']]);
  });

  test('are told to be gone: one that is stopped at once, those of a broker that ended to the next one', async () => {
    const { labs, open, gone } = shelf();
    const one = await labs.start('right');
    const other = await labs.start('html-200');
    await labs.stop(one.id);
    expect(gone).toEqual([one.url]);
    await labs.close();
    expect(gone).toEqual([one.url]);
    await open().start('right');
    expect(gone).toEqual([one.url, other.url]);
  });

  test('are bounded in number', async () => {
    const { labs } = shelf();
    for (let count = 0; count < 20; count++) await labs.start('right');
    await expect(labs.start('right')).rejects.toMatchObject({ code: 'usage.flag' });
  });

  test('are said to be missing where their libraries are', async () => {
    const gone = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    const { labs } = shelf(() => Promise.reject(gone));
    await expect(labs.start('right')).rejects.toMatchObject({ code: 'usage.not-built' });
    expect(labs.running).toEqual([]);
  });
});
