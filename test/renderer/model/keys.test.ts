import { describe, expect, test } from 'vitest';
import { keyReader, keysOf } from '../../../app/renderer/model/keys.ts';

const plain = { control: false, other: false, typing: false };
const press = (read: ReturnType<typeof keyReader>, keys: string, gap = 100) =>
  [...keys].map((key, index) => read({ ...plain, key, at: index * gap })).at(-1);

describe('keys', () => {
  test('G and a letter lead to a screen', () => {
    expect(press(keyReader(), 'gt')).toEqual({ kind: 'go', place: { screen: 'trace' } });
    expect(press(keyReader(), 'GS')).toEqual({ kind: 'go', place: { screen: 'servers' } });
    expect(keysOf('trace')).toEqual(['G', 'T']);
  });

  test('mean nothing when they come late, alone, or to a field', () => {
    expect(press(keyReader(), 'gt', 2_000)).toBeUndefined();
    expect(press(keyReader(), 'gxt')).toBeUndefined();
    const read = keyReader();
    read({ ...plain, key: 'g', at: 0 });
    expect(read({ ...plain, key: 't', at: 10, typing: true })).toBeUndefined();
    expect(read({ ...plain, key: 't', at: 20 })).toBeUndefined();
  });

  test('Control with K opens the commands, from a field too', () => {
    const stroke = { key: 'k', at: 0, control: true, other: false, typing: true };
    expect(keyReader()(stroke)).toEqual({ kind: 'commands' });
    expect(keyReader()({ ...stroke, other: true })).toBeUndefined();
  });
});
