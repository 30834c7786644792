import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHECKS } from '../../../src/checks/all.ts';
import { toJunit } from '../../../src/doctor/output/junit.ts';
import { nasty, several } from '../../support/diagnosis.ts';
import { type Element, parseXml } from '../../support/xml.ts';
import { type Dialect, xmlViolations } from '../../support/xml-schema.ts';

const DIALECTS: Record<'ant' | 'jenkins', Dialect> = JSON.parse(
  readFileSync(new URL('../../support/schemas/junit.json', import.meta.url), 'utf8'),
);

const count = (element: Element, name: string) => Number(element.attributes[name]);
const within = (element: Element, name: string) => element.children.filter(each => each.name === name);

describe('a JUnit report', () => {
  test.each(['ant', 'jenkins'] as const)('keeps to the schema of %s, whatever a server says', async name => {
    const [first, ...rest] = await several();
    if (!first) throw new Error('unreachable');
    const overridden = [{ what: 'token_endpoint', value: 'https://as.example/<"token">' }];
    const examination = { ...first.examination, overridden };
    for (const threshold of ['broken', 'fragile'] as const) {
      const root = parseXml(toJunit([{ ...first, examination }, ...rest], CHECKS, threshold));
      expect(xmlViolations(root, DIALECTS[name])).toEqual([]);
    }
  });

  test('counts in its suites what is in them', async () => {
    const all = await several();
    const root = parseXml(toJunit(all, CHECKS, 'broken'));
    expect(root.children.map(({ attributes }) => attributes.id)).toEqual(all.map((_, index) => `${index}`));
    for (const suite of root.children) {
      const cases = within(suite, 'testcase');
      expect(count(suite, 'tests')).toBe(cases.length);
      expect(cases.length).toBeGreaterThanOrEqual(CHECKS.length);
      expect(count(suite, 'failures')).toBe(cases.flatMap(each => within(each, 'failure')).length);
      expect(count(suite, 'errors')).toBe(cases.flatMap(each => within(each, 'error')).length);
    }
    expect(root.children.map(each => count(each, 'errors'))).toEqual([0, 0, 0, 1, 0]);
  });

  test('fails what is at the threshold or worse, and tells the rest', async () => {
    const diagnosis = await nasty();
    const suiteAt = (threshold: 'broken' | 'fragile') =>
      parseXml(toJunit([diagnosis], CHECKS, threshold)).children[0] as Element;
    const told = (threshold: 'broken' | 'fragile') => within(suiteAt(threshold), 'system-out')[0]?.text ?? '';
    expect(count(suiteAt('broken'), 'failures')).toBe(1);
    expect(told('broken')).toMatch(/^ASM-10 fragile: /);
    expect(count(suiteAt('fragile'), 'failures')).toBe(2);
    expect(told('fragile')).toMatch(/^Nothing after this was looked at[^\n]*--login$/);
  });
});
