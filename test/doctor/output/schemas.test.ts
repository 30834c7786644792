import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHECKS } from '../../../src/checks/all.ts';
import type { Diagnosis } from '../../../src/doctor/diagnosis.ts';
import { toDoctorHar } from '../../../src/doctor/output/har.ts';
import { toJunit } from '../../../src/doctor/output/junit.ts';
import { toSarif } from '../../../src/doctor/output/sarif.ts';
import { diagnosed, nasty } from '../../support/diagnosis.ts';
import { html, RESOURCE } from '../../support/discovery.ts';
import { examined } from '../../support/examination.ts';
import { type Schema, violations } from '../../support/json-schema.ts';
import { type Element, parseXml } from '../../support/xml.ts';

const schema = (path: string): Schema =>
  JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
const SARIF = schema('test/support/schemas/sarif-2.1.0.json');
const HAR = schema('test/support/schemas/har-1.2.json');

/** A right server, one with much wrong, one that says harmful things, one out of reach, an issuer. */
async function diagnoses(): Promise<Diagnosis[]> {
  return [
    diagnosed(await examined()),
    diagnosed(await examined({ [`${RESOURCE}/mcp`]: html, '/mcp': () => new Response('', { status: 401 }) })),
    await nasty(),
    diagnosed(await examined({}, {}, {}, 'https://gone.example/mcp')),
    diagnosed(await examined({}, {}, {}, 'https://as.example', { kind: 'issuer' })),
  ];
}

const options = { checks: CHECKS, version: '1.2.3', lines: [] };

describe('SARIF', () => {
  test('keeps to version 2.1.0 and to what code scanning asks for', async () => {
    const log = JSON.parse(toSarif(await diagnoses(), options));
    expect(violations(log, SARIF)).toEqual([]);
    const [run] = log.runs;
    expect(run.results.length).toBeGreaterThan(2);
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
    const hashes = run.results.map(({ partialFingerprints }: { partialFingerprints: object }) =>
      JSON.stringify(partialFingerprints),
    );
    expect(new Set(hashes).size).toBeGreaterThan(2);
    expect(run.invocations[0].toolExecutionNotifications).toHaveLength(1);
  });

  test('places a result in its line of the targets file, or of one that the report carries', async () => {
    const [right, wrong] = await diagnoses();
    if (!right || !wrong) throw new Error('unreachable');
    const [own] = JSON.parse(toSarif([right, wrong], options)).runs;
    expect(own.artifacts[0].contents.text.split('\n')[1]).toBe('https://mcp.example/mcp');
    expect(own.results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: own.artifacts[0].location.uri },
      region: { startLine: 2 },
    });
    const file = { ...options, targetsFile: 'ops/our servers.txt', lines: [3, 7] };
    const log = JSON.parse(toSarif([right, wrong], file));
    expect(violations(log, SARIF)).toEqual([]);
    expect(log.runs[0].results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'ops/our%20servers.txt' },
      region: { startLine: 7 },
    });
  });

  test('a link that a server wrote is no link', async () => {
    const [run] = JSON.parse(toSarif([await nasty()], options)).runs;
    for (const { message } of run.results) expect(message.text).not.toMatch(/\]\(/);
  });

  test('an alert stays the same one when its line moves', async () => {
    const [, wrong] = await diagnoses();
    if (!wrong) throw new Error('unreachable');
    const prints = (line: number) =>
      JSON.parse(toSarif([wrong], { ...options, targetsFile: 'a', lines: [line] })).runs[0].results.map(
        (each: { partialFingerprints: unknown }) => each.partialFingerprints,
      );
    expect(prints(1)).toEqual(prints(2));
  });
});

test('the archive of requests keeps to HAR 1.2', async () => {
  const har = toDoctorHar(
    (await diagnoses()).map(({ examination }) => examination),
    '1.2.3',
  );
  expect(violations(har, HAR)).toEqual([]);
  expect(har.log.entries.length).toBeGreaterThan(20);
});

describe('JUnit', () => {
  const count = (element: Element, name: string) => Number(element.attributes[name]);
  const within = (element: Element, name: string) => element.children.filter(each => each.name === name);

  test('is XML of suites, cases and at most one failure each, whatever a server says', async () => {
    const all = await diagnoses();
    const root = parseXml(toJunit(all, CHECKS, 'broken'));
    expect(root.name).toBe('testsuites');
    expect(root.children.map(({ name }) => name)).toEqual(all.map(() => 'testsuite'));
    for (const suite of root.children) {
      expect(Object.keys(suite.attributes).sort()).toEqual(
        ['errors', 'failures', 'hostname', 'name', 'skipped', 'tests', 'time', 'timestamp'].sort(),
      );
      expect(suite.attributes.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
      const cases = within(suite, 'testcase');
      expect(cases).toHaveLength(suite.children.length);
      expect(count(suite, 'tests')).toBe(cases.length);
      expect(count(suite, 'failures')).toBe(cases.flatMap(each => within(each, 'failure')).length);
      expect(count(suite, 'errors')).toBe(cases.flatMap(each => within(each, 'error')).length);
      for (const each of cases) {
        expect(each.attributes.classname).not.toBe('');
        expect(within(each, 'failure').length).toBeLessThanOrEqual(1);
        for (const { name } of each.children) expect(['failure', 'error', 'system-out']).toContain(name);
      }
    }
    expect(count(root, 'tests')).toBe(root.children.reduce((sum, each) => sum + count(each, 'tests'), 0));
    expect(count(root, 'errors')).toBe(1);
  });

  test('fails what is at the threshold or worse, and tells the rest', async () => {
    const diagnosis = await nasty();
    const suiteAt = (threshold: 'broken' | 'fragile') =>
      parseXml(toJunit([diagnosis], CHECKS, threshold)).children[0] as Element;
    expect(count(suiteAt('broken'), 'failures')).toBe(1);
    expect(count(suiteAt('fragile'), 'failures')).toBe(2);
    expect(suiteAt('broken').children.flatMap(each => within(each, 'system-out'))).toHaveLength(1);
  });
});
