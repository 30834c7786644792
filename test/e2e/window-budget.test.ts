import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parseSync } from 'rolldown/utils';
import { expect, test } from 'vitest';
import { all as en } from '../../app/renderer/texts/en/all.ts';
import { all as he } from '../../app/renderer/texts/he/all.ts';
import { all as zhHant } from '../../app/renderer/texts/zh-hant/all.ts';

const built = fileURLToPath(new URL('../../dist/window', import.meta.url));

/** Bytes of compressed JavaScript that may stand before the first screen. */
const BUDGET = 350 * 1024;

/** The files a script loads before it runs, itself included. */
function loadedBy(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const { module } = parseSync(path, readFileSync(join(built, path), 'utf8'));
  const sources = [
    ...module.staticImports.map(each => each.moduleRequest.value),
    ...module.staticExports.flatMap(each =>
      each.entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
  ];
  for (const source of sources) loadedBy(posix.join(posix.dirname(path), source), found);
  return found;
}

test('what the first screen loads of JavaScript is at most 350 KiB, compressed', () => {
  const page = readFileSync(join(built, 'index.html'), 'utf8');
  const named = [...page.matchAll(/(?:src|href)="\.?\/?([^"]+\.js)"/g)].map(([, path]) => path ?? '');
  expect(named.length).toBeGreaterThan(0);
  const loaded = new Set(named.flatMap(path => [...loadedBy(path)]));
  const bytes = [...loaded].map(path => gzipSync(readFileSync(join(built, path))).length);
  const sum = bytes.reduce((before, each) => before + each, 0);
  // React alone is more than this: less would mean that nothing was counted.
  expect(sum).toBeGreaterThan(40 * 1024);
  expect(sum).toBeLessThan(BUDGET);

  // What is not English waits until somebody asks for it.
  const scripts = [...loaded].map(path => readFileSync(join(built, path), 'utf8')).join('\n');
  expect(scripts).toContain(en.shell.lostBanner);
  expect([he, zhHant].filter(({ shell }) => scripts.includes(shell.lostBanner))).toEqual([]);
});
