import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { looseWords } from '../../support/visible-text.ts';

const renderer = fileURLToPath(new URL('../../../app/renderer', import.meta.url));

/** Names of keys and terms of the specifications: the same in every language. */
const KNOWN = new Set(['⌘', 'Ctrl', 'K', 'id']);

test('every word the window shows comes from its catalogue', () => {
  const views = readdirSync(renderer, { recursive: true, encoding: 'utf8' }).filter(path =>
    path.endsWith('.tsx'),
  );
  expect(views.length).toBeGreaterThan(10);
  const found = views.flatMap(path => looseWords(path, readFileSync(join(renderer, path), 'utf8'), KNOWN));
  expect(found).toEqual([]);
});

test.each([
  ['<p>Words</p>', 'Words'],
  ['<>{"Words"}</>', 'Words'],
  ['<p>{isOpen ? "Open" : texts.closed}</p>', 'Open'],
  ['<p>{count && `some`}</p>', 'some'],
  ['<Button aria-label="Close" />', 'Close'],
  ['<img alt={"A " + name} />', 'A'],
  ['<Input placeholder={given ?? "Type"} />', 'Type'],
])('a word that is in none is seen: %s', (view, word) => {
  expect(looseWords('a.tsx', `const a = ${view};`)).toEqual([`a.tsx: ${word}`]);
});

test.each([
  '<p className="soft" dir="auto" lang="en">{texts.words}</p>',
  '<p>{state === "open" ? texts.open : null} · {count} %</p>',
  '<li>{all.map(each => <Row key="x" kind="primary" name={each} />)}</li>',
  '<Input name="server" placeholder="https://server.example/mcp" />',
])('what is no word of ours is let pass: %s', view => {
  expect(looseWords('a.tsx', `const a = ${view};`)).toEqual([]);
});
