import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fitPlace, readPlace, writePlace } from '../../app/main/place.ts';
import { temporaryFolder } from '../support/temporary.ts';

const screens = [
  { x: 0, y: 25, width: 1440, height: 875 },
  { x: -1920, y: 0, width: 1920, height: 1080 },
];
const FIRST = { width: 1280, height: 800, maximized: false };
const fitted = (place: unknown) => fitPlace(JSON.stringify(place), screens);

describe('the place of the window', () => {
  test('is where it was, on whatever screen', () => {
    const place = { x: -1800, y: 40, width: 1200, height: 700, maximized: true };
    expect(fitted(place)).toEqual(place);
  });

  test.each([
    ['right of every screen', { x: 1400, y: 40 }],
    ['above', { x: 0, y: -300 }],
    ['below', { x: 0, y: 850 }],
    ['left', { x: -3100, y: 40 }],
  ])('is the middle of the screen where it would be %s', (_, position) => {
    expect(fitted({ ...position, width: 1200, height: 700 })).toEqual({
      width: 1200,
      height: 700,
      maximized: false,
    });
  });

  test('is never smaller than the window is made for', () => {
    expect(fitted({ width: 10, height: 10 })).toEqual({ width: 900, height: 600, maximized: false });
  });

  test.each(['', 'null', '[]', '{"width":"1"}', '{"width":1e9,"height":1e9}', '{"width":1.5,"height":2}'])(
    'is as at first where the file says %j',
    text => expect(fitPlace(text, screens)).toEqual(FIRST),
  );

  test('is kept in a file; none, or one that cannot be written, is no trouble', async () => {
    const path = join(await temporaryFolder(), 'place.json');
    expect(readPlace(path, screens)).toEqual(FIRST);
    const place = { x: 100, y: 100, width: 1000, height: 700, maximized: false };
    writePlace(path, place);
    expect(readPlace(path, screens)).toEqual(place);
    writePlace(join(path, 'below-a-file'), FIRST);
    writeFileSync(path, 'x');
    expect(readPlace(path, screens)).toEqual(FIRST);
    expect(readFileSync(path, 'utf8')).toBe('x');
  });
});
