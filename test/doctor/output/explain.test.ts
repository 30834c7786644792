import { expect, test } from 'vitest';
import { CHECKS } from '../../../src/checks/all.ts';
import { CATALOGUE } from '../../../src/checks/catalogue.ts';
import { explain } from '../../../src/doctor/output/explain.ts';

test('a code is explained: what it means, how it is mended, how bad it is, where more stands', () => {
  const text = explain('prm-05', CHECKS, 80) ?? '';
  expect(text).toMatch(/^PRM-05 html-200\n\nA web page stands where metadata is due\.\n\nMend: Route /);
  expect(text).toContain('It is broken: clients that follow the specification fail. Seen by asking');
  expect(text).toContain('  RFC 9728 §3.2: https://www.rfc-editor.org/rfc/rfc9728.html#section-3.2');
  expect(text).not.toContain('has no rule');
});

test('every code of the catalogue is explained, with a rule or without', () => {
  const empty = CATALOGUE.filter(({ code }) => !/\n\n.{15,}\n/.test(explain(code, [], 200) ?? ''));
  expect(empty).toEqual([]);
  expect(explain('PRM-05', [], 80)).toContain('The doctor has no rule for it.');
});

test('what follows from a code is told both ways', () => {
  const base = { name: 'x', severity: 'note' as const, references: [], *find() {} };
  const checks = [
    { ...base, code: 'PRM-05' },
    { ...base, code: 'ASM-10', follows: ['PRM-05'] },
  ];
  expect(explain('PRM-05', checks, 80)).toContain('From it may follow ASM-10.');
  expect(explain('ASM-10', checks, 80)).toContain('It may follow from PRM-05.');
});

test('an area lists its codes, no word lists all, and what is neither is nothing', () => {
  expect(explain('life', CHECKS, 80)?.split('\n')).toHaveLength(6);
  expect(explain('PRM-*', CHECKS, 80)?.split('\n')[0]).toBe('PRM-01  broken   path-variant-404');
  expect(explain(undefined, CHECKS, 80)?.trim().split('\n')).toHaveLength(196);
  for (const word of ['PRM-99', 'P', 'everything', '']) expect(explain(word, CHECKS, 80)).toBeUndefined();
});
