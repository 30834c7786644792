import { expect, test } from 'vitest';
import { Feed } from '../../src/base/feed.ts';
import { mapped } from '../../src/window/mapped.ts';

test('What is mapped gives each item changed, ends with its source, and ends it', async () => {
  let ended = 0;
  const feed = new Feed<number>(() => ended++);
  feed.push(1);
  feed.push(2);
  for await (const item of mapped(feed, each => each * 10)) {
    if (item === 20) break;
    expect(item).toBe(10);
  }
  expect(ended).toBe(1);
  const failing = new Feed<number>();
  failing.end(new Error('over'));
  const all = async () => {
    for await (const _ of mapped(failing, each => each)) throw new Error('There is none.');
  };
  await expect(all()).rejects.toThrow('over');
});
