import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** How many recommendations Electron's checklist has: https://www.electronjs.org/docs/latest/tutorial/security */
const ITEMS = 20;

test("each item of Electron's security list is answered beside the line that does it", () => {
  const folder = join(root, 'app', 'main');
  const texts = [
    ...readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8')),
    readFileSync(join(root, 'electron-builder.yml'), 'utf8'),
  ].join('\n');
  const answered = new Set(
    [...texts.matchAll(/Security (\d+)(?: and (\d+))?[:.]/g)].flatMap(([, one, other]) => [
      Number(one),
      Number(other),
    ]),
  );
  const items = Array.from({ length: ITEMS }, (_, index) => index + 1);
  expect(items.filter(item => !answered.has(item))).toEqual([]);
});

test('the version of Electron is pinned to the digit, and its types are of that version', () => {
  const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
  const { version } = read('node_modules/electron/package.json');
  expect(read('package.json').devDependencies.electron).toBe(version);
});
