import { describe, expect, test } from 'vitest';
import { Feed } from '../../src/base/feed.ts';

async function all<T>(feed: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const item of feed) read.push(item);
  return read;
}

describe('a feed', () => {
  test('gives what was pushed before and after the reading began, in order', async () => {
    const feed = new Feed<number>();
    feed.push(1);
    const read = all(feed);
    feed.push(2);
    await Promise.resolve();
    feed.push(3);
    feed.end();
    expect(await read).toEqual([1, 2, 3]);
  });

  test('gives each of several readers that wait one item, in their order', async () => {
    const feed = new Feed<string>();
    const readers = [feed.next(), feed.next(), feed.next()];
    feed.push('a');
    feed.push('b');
    feed.end();
    expect(await Promise.all(readers)).toEqual([
      { value: 'a', done: false },
      { value: 'b', done: false },
      { value: undefined, done: true },
    ]);
  });

  test('gives what was pushed before it ends with an error, and then the error, once', async () => {
    const feed = new Feed<number>();
    feed.push(1);
    feed.end(new Error('broken'));
    expect(await feed.next()).toEqual({ value: 1, done: false });
    await expect(feed.next()).rejects.toThrow('broken');
    expect(await feed.next()).toEqual({ value: undefined, done: true });
  });

  test('throws its error to a reader that was waiting already', async () => {
    const feed = new Feed<number>();
    const waiting = feed.next();
    feed.end(new Error('broken'));
    await expect(waiting).rejects.toThrow('broken');
  });

  test('ended by its reader ends the read that waits, and says so to whoever fills it', async () => {
    let told = 0;
    const feed = new Feed<number>(() => told++);
    const waiting = feed.next();
    await feed.return();
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(told).toBe(1);
    feed.push(1);
    expect(await feed.next()).toEqual({ value: undefined, done: true });
  });

  test('ended by its reader gives neither what was left in it nor an error', async () => {
    const feed = new Feed<number>();
    feed.push(1);
    feed.end(new Error('broken'));
    await feed.return();
    expect(await feed.next()).toEqual({ value: undefined, done: true });
  });

  test('takes nothing after its end', async () => {
    const feed = new Feed<number>();
    feed.end();
    feed.push(1);
    feed.end(new Error('late'));
    expect(await all(feed)).toEqual([]);
  });
});
