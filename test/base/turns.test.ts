import { expect, test } from 'vitest';
import { Turns } from '../../src/base/turns.ts';

/** Work that waits until it is let go. */
function work<T>(name: string, order: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const run = () => {
    order.push(name);
    return promise;
  };
  return { run, resolve, reject };
}

const settle = () => new Promise(resolve => setImmediate(resolve));

test('work for one key begins when the one before it is over', async () => {
  const [turns, order] = [new Turns(), [] as string[]];
  const [first, second] = [work<number>('first', order), work<number>('second', order)];
  const outcomes = [turns.run('key', first.run), turns.run('key', second.run)];
  await settle();
  expect(order).toEqual(['first']);
  first.resolve(1);
  await settle();
  expect(order).toEqual(['first', 'second']);
  second.resolve(2);
  expect(await Promise.all(outcomes)).toEqual([1, 2]);
});

test('work that fails fails for its own caller only, and the next begins', async () => {
  const [turns, order] = [new Turns(), [] as string[]];
  const first = work<number>('first', order);
  const failed = turns.run('key', first.run);
  const next = turns.run('key', async () => 'done');
  first.reject(new Error('broken'));
  await expect(failed).rejects.toThrow('broken');
  expect(await next).toBe('done');
});

test('work for another key does not wait', async () => {
  const [turns, order] = [new Turns(), [] as string[]];
  const first = work<number>('first', order);
  void turns.run('one', first.run);
  expect(await turns.run('other', async () => 'done')).toBe('done');
  first.resolve(1);
});

test('work asked for by work of the same key comes after it', async () => {
  const [turns, order] = [new Turns(), [] as string[]];
  let inner: Promise<void> | undefined;
  await turns.run('key', async () => {
    inner = turns.run('key', async () => void order.push('inner'));
    await settle();
    order.push('outer');
  });
  await inner;
  expect(order).toEqual(['outer', 'inner']);
});
