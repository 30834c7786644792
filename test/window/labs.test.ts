import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { Labs } from '../../src/window/labs.ts';
import { installation } from '../support/installation.ts';

function shelf(start?: () => Promise<never>) {
  const closed: string[] = [];
  const started: string[] = [];
  const taken = new Set<number>();
  let ports = 4000;
  const lab = {
    list: async () => [{ name: 'right', title: 'Right', codes: [] }],
    start:
      start ??
      (async (name: string, wished?: { port: number; issuerPort: number }) => {
        started.push(name);
        await Promise.resolve();
        const port = wished?.port ?? ports++;
        if (taken.has(port)) throw new Fault('net.failed', 'The port is taken.');
        return {
          url: `http://127.0.0.1:${port}/mcp`,
          ports: { port, issuerPort: wished?.issuerPort ?? port + 1000 },
          close: async () => void closed.push(name),
        };
      }),
  };
  let changes = 0;
  let drawn = 0;
  const { files } = installation().world;
  let now = 1_000;
  const world = { files, now: () => now, random: (bytes: number) => new Uint8Array(bytes).fill(drawn++) };
  const gone: string[] = [];
  const open = () =>
    new Labs(
      { lab, world } as never,
      () => changes++,
      async urls => void gone.push(...urls),
    );
  const pass = (ms: number) => {
    now += ms;
  };
  return {
    labs: open(),
    open,
    pass,
    lab,
    world,
    closed,
    started,
    taken,
    gone,
    files,
    changes: () => changes,
  };
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

  test('come back with the next broker at the same addresses, but for those that were stopped', async () => {
    const { labs, open, gone } = shelf();
    const one = await labs.start('right');
    const other = await labs.start('html-200');
    await labs.stop(one.id);
    expect(gone).toEqual([one.url]);
    await labs.close();
    const next = open();
    await next.revive();
    await next.revive();
    expect(next.running.map(({ name, url }) => [name, url])).toEqual([['html-200', other.url]]);
    expect(gone).toEqual([one.url]);
    await next.close();
    const third = open();
    await third.revive();
    expect(third.running.map(({ url }) => url)).toEqual([other.url]);
  });

  test('come back when one of their addresses is asked for, each once', async () => {
    const { labs, open, started } = shelf();
    const one = await labs.start('right');
    await labs.start('html-200');
    await labs.close();
    started.length = 0;
    const next = open();
    await next.readyFor(new URL('http://127.0.0.1:9/mcp'));
    expect(next.running).toEqual([]);
    const url = new URL(one.url);
    const issuer = new URL(`http://127.0.0.1:${Number(url.port) + 1000}/`);
    await Promise.all([next.readyFor(url), next.readyFor(issuer), next.readyFor(url)]);
    expect(started).toEqual(['right']);
    expect(next.running.map(each => each.url)).toEqual([one.url]);
  });

  test('stay in the list where their port is taken, and are tried again a little later', async () => {
    const { labs, open, taken, gone, started, pass } = shelf();
    const one = await labs.start('right');
    await labs.close();
    taken.add(Number(new URL(one.url).port));
    const next = open();
    await next.revive();
    expect([next.running, gone]).toEqual([[], []]);
    taken.clear();
    started.length = 0;
    await next.readyFor(new URL(one.url));
    expect(started).toEqual([]);
    pass(10_000);
    await next.readyFor(new URL(one.url));
    expect(next.running.map(each => each.url)).toEqual([one.url]);
  });

  test('of an older version are forgotten although that asks them once more', async () => {
    const { lab, world, files } = shelf();
    const url = 'http://127.0.0.1:4242/mcp';
    await files.replace('practice.json', new TextEncoder().encode(JSON.stringify([url])));
    const forgotten = Promise.withResolvers<readonly string[]>();
    const labs: Labs = new Labs(
      { lab, world } as never,
      () => {},
      async urls => {
        // A sign-out dials the server, and every dial waits for the practice servers.
        await labs.readyFor(new URL(url));
        forgotten.resolve(urls);
      },
    );
    expect(await forgotten.promise).toEqual([url]);
  });

  test('are not taken from a file that says what cannot be', async () => {
    const { open, files, started, gone } = shelf();
    const ports = { port: 5000, issuerPort: 5001 };
    const wrong = [
      { name: 'right', url: 'http://127.0.0.1:5002/mcp', ports },
      { name: 'right', url: 'https://mcp.example/mcp', ports },
      { name: 1, url: 'http://127.0.0.1:5000/mcp', ports },
      { name: 'right', url: 'http://127.0.0.1:5000/mcp', ports: { ...ports, issuerPort: -1 } },
      null,
      // As an older version wrote it.
      'http://127.0.0.1:4242/mcp',
    ];
    await files.replace('practice.json', new TextEncoder().encode(JSON.stringify(wrong)));
    await open().revive();
    expect([started, gone]).toEqual([[], ['http://127.0.0.1:4242/mcp']]);
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
