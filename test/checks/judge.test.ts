import { expect, test } from 'vitest';
import { CHECKS } from '../../src/checks/all.ts';
import type { Check, Finding } from '../../src/checks/check.ts';
import { judge, judgeInTurns } from '../../src/checks/judge.ts';
import { View } from '../../src/checks/view.ts';
import { examined } from '../support/examination.ts';

const rule = (
  code: string,
  follows: readonly string[] = [],
  severity: Check['severity'] = 'broken',
): Check => ({
  code,
  name: code,
  severity,
  references: [],
  follows,
  find: () => [{ title: code, detail: '', evidence: [] }],
});

const tree = (findings: readonly Finding[]): unknown[] =>
  findings.map(({ code, consequences }) => [code, ...tree(consequences)]);

test('a consequence stands under the first of its root causes that was found too', async () => {
  const examination = await examined();
  const rules = [rule('C', ['X', 'B']), rule('B', ['A']), rule('A'), rule('N', [], 'note')];
  expect(tree(judge(examination, rules))).toEqual([['A', ['B', ['C']]], ['N']]);
});

test('what fails does not stand under what is only good to know; a note does', async () => {
  const examination = await examined();
  const note = rule('N', [], 'note');
  expect(tree(judge(examination, [note, rule('A', ['N']), rule('M', ['N'], 'note')]))).toEqual([
    ['A'],
    ['N', ['M']],
  ]);
});

test('rules that name each other as root causes are all reported, each once', async () => {
  const examination = await examined();
  const rules = [rule('A', ['B']), rule('B', ['C']), rule('C', ['A']), rule('D', ['D'])];
  expect(tree(judge(examination, rules)).flat(9).sort()).toEqual(['A', 'B', 'C', 'D']);
});

test('judging in turns pauses after each rule and says the same', async () => {
  const examination = await examined({ '/mcp': () => new Response('', { status: 500 }) });
  let pauses = 0;
  const found = await judgeInTurns(examination, CHECKS, async () => void pauses++);
  expect(found).toEqual(judge(examination, CHECKS));
  expect(found.length).toBeGreaterThan(0);
  expect(pauses).toBe(CHECKS.length);
});

test('an answer is parsed once, however many rules look at it', async () => {
  const examination = await examined();
  const read = () => new View(examination).resourceDocuments[0]?.json;
  expect(read()).toBeDefined();
  expect(read()).toBe(read());
});
