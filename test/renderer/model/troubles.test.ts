import { expect, test } from 'vitest';
import { createTroubles } from '../../../app/renderer/model/troubles.ts';
import { Fault } from '../../../src/base/fault.ts';

const said = ({ now }: ReturnType<typeof createTroubles>) => now.get().map(({ fault }) => fault.message);

test('what fails is told in order, the same failure once, until it is closed', () => {
  const troubles = createTroubles();
  troubles.tell(new Fault('store.unwritable', 'The disk is full.'));
  troubles.tell(new Fault('store.unwritable', 'The disk is full.'));
  troubles.tell(new TypeError('x is not a function'));
  troubles.tell('thrown as it is');
  expect(said(troubles)).toEqual(['The disk is full.', 'x is not a function', 'thrown as it is']);
  troubles.close(troubles.now.get()[0]?.id ?? -1);
  expect(said(troubles)).toEqual(['x is not a function', 'thrown as it is']);
  troubles.tell(new Fault('store.unwritable', 'The disk is full.'));
  expect(said(troubles)).toHaveLength(3);
});

test('many failures do not fill the window: the newest stay', () => {
  const troubles = createTroubles();
  for (let count = 0; count < 50; count++) troubles.tell(new Error(`failure ${count}`));
  expect(said(troubles)).toEqual(['failure 47', 'failure 48', 'failure 49']);
  expect(new Set(troubles.now.get().map(({ id }) => id)).size).toBe(3);
});

test('another screen begins without them', () => {
  const troubles = createTroubles();
  troubles.tell(new Error('gone'));
  troubles.clear();
  expect(said(troubles)).toEqual([]);
});
