import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isInstalled } from '../../scripts/packages.mjs';

interface Entry {
  version: string;
  integrity: string;
  optional?: boolean;
}

const a: Entry = { version: '1.0.0', integrity: 'sha512-a' };
const b: Entry = { version: '2.0.0', integrity: 'sha512-b', optional: true };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kb-packages-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A checkout with a lock file, npm's record of what it installed, and the folders of that. */
function checkout(locked: Record<string, Entry>, present: Record<string, Entry>, direct: object = {}) {
  const packages = (entries: Record<string, Entry>) =>
    Object.fromEntries(Object.entries(entries).map(([name, entry]) => [`node_modules/${name}`, entry]));
  writeFileSync(
    join(root, 'package-lock.json'),
    JSON.stringify({ packages: { '': direct, ...packages(locked) } }),
  );
  mkdirSync(join(root, 'node_modules'));
  for (const name of Object.keys(present)) {
    mkdirSync(join(root, 'node_modules', name));
    writeFileSync(join(root, 'node_modules', name, 'package.json'), '{}');
  }
  writeFileSync(
    join(root, 'node_modules', '.package-lock.json'),
    JSON.stringify({ packages: packages(present) }),
  );
}

test('nothing is to be done when every locked package is there', () => {
  checkout({ a, b }, { a, b });
  expect(isInstalled(root)).toBe(true);
});

test('packages for other systems may be absent', () => {
  checkout({ a, b }, { a });
  expect(isInstalled(root)).toBe(true);
});

test('an optional package that is asked for by name may not be absent', () => {
  checkout({ a, b }, { a }, { optionalDependencies: { b: '^2.0.0' } });
  expect(isInstalled(root)).toBe(false);
});

test.each<[string, Record<string, Entry>]>([
  ['a missing package', {}],
  ['another version', { a: { ...a, version: '1.0.1' } }],
  ['another content', { a: { ...a, integrity: 'sha512-c' } }],
])('%s asks for an install', (_, present) => {
  checkout({ a }, present);
  expect(isInstalled(root)).toBe(false);
});

test('a package whose folder was deleted asks for an install', () => {
  checkout({ a }, { a });
  rmSync(join(root, 'node_modules', 'a'), { recursive: true });
  expect(isInstalled(root)).toBe(false);
});

test('an install that broke off, which leaves no record, asks for another', () => {
  checkout({ a }, { a });
  rmSync(join(root, 'node_modules', '.package-lock.json'));
  expect(isInstalled(root)).toBe(false);
});
