import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CHECKS } from '../../../src/checks/all.ts';
import { toSarif } from '../../../src/doctor/output/sarif.ts';
import { diagnosed, finding, nasty, several } from '../../support/diagnosis.ts';
import { examined } from '../../support/examination.ts';
import { type Schema, violations } from '../../support/json-schema.ts';

const SARIF: Schema = JSON.parse(
  readFileSync(new URL('../../support/schemas/sarif-2.1.0.json', import.meta.url), 'utf8'),
);

const options = { checks: CHECKS, version: '1.2.3', places: [] };

const place = (line: number) => ({ line, column: 3, endColumn: 26 });

describe('SARIF', () => {
  test('keeps to version 2.1.0', async () => {
    const log = JSON.parse(toSarif(await several(), options));
    expect(violations(log, SARIF)).toEqual([]);
    const [run] = log.runs;
    expect(run.results.length).toBeGreaterThan(2);
    for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
    const hashes = run.results.map(({ partialFingerprints }: { partialFingerprints: object }) =>
      JSON.stringify(partialFingerprints),
    );
    expect(new Set(hashes).size).toBeGreaterThan(2);
    const told: { level: string }[] = run.invocations[0].toolExecutionNotifications;
    expect(told.filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(told.filter(({ level }) => level === 'note')).toHaveLength(3);
  });

  test('places a result in its line of the targets file, or of one that the report carries', async () => {
    const [right, wrong] = await several();
    if (!right || !wrong) throw new Error('unreachable');
    const [own] = JSON.parse(toSarif([right, wrong], options)).runs;
    expect(own.artifacts[0].contents.text.split('\n')[1]).toBe('https://mcp.example/mcp');
    expect(own.results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: own.artifacts[0].location.uri },
      region: { startLine: 2, startColumn: 1, endLine: 2, endColumn: 'https://mcp.example/mcp'.length + 1 },
    });
    const file = { ...options, targetsFile: 'ops/our servers.txt', places: [place(3), place(7)] };
    const log = JSON.parse(toSarif([right, wrong], file));
    expect(violations(log, SARIF)).toEqual([]);
    expect(log.runs[0].results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'ops/our%20servers.txt' },
      region: { startLine: 7, startColumn: 3, endLine: 7, endColumn: 26 },
    });
  });

  test('a link that a server wrote is no link', async () => {
    const [run] = JSON.parse(toSarif([await nasty()], options)).runs;
    for (const { message } of run.results) expect(message.text).not.toMatch(/\]\(/);
  });

  test('an alert stays the same one when its line moves', async () => {
    const [, wrong] = await several();
    if (!wrong) throw new Error('unreachable');
    const prints = (line: number) =>
      JSON.parse(
        toSarif([wrong], { ...options, targetsFile: 'a', places: [place(line)] }),
      ).runs[0].results.map((each: { partialFingerprints: unknown }) => each.partialFingerprints);
    expect(prints(1)).toEqual(prints(2));
  });
});

/** What GitHub's documentation of SARIF asks for beyond the schema: "SARIF support for code scanning". */
describe('code scanning finds', () => {
  test('every rule with all it shows, within its limits', async () => {
    const [run] = JSON.parse(toSarif([diagnosed(await examined())], options)).runs;
    const { rules } = run.tool.driver;
    expect(rules).toHaveLength(CHECKS.length);
    expect(new Set(rules.map(({ id }: { id: string }) => id)).size).toBe(rules.length);
    expect(rules.length).toBeLessThanOrEqual(25_000);
    for (const { id, name, shortDescription, fullDescription, help, properties } of rules) {
      expect([id, name.length > 0 && name.length <= 255]).toEqual([id, true]);
      for (const { text } of [shortDescription, fullDescription])
        expect([id, text.length > 0 && text.length <= 1024]).toEqual([id, true]);
      expect(help.text).not.toBe('');
      expect(properties.tags.length).toBeLessThanOrEqual(10);
      expect(properties.tags.includes('security')).toBe(properties['security-severity'] !== undefined);
    }
  });

  test('each result with its rule, one place in a file of the repository, a level and a fingerprint', async () => {
    for (const targetsFile of [undefined, 'ops/our servers.txt']) {
      const [run] = JSON.parse(toSarif(await several(), { ...options, targetsFile })).runs;
      for (const { ruleId, ruleIndex, level, message, locations, partialFingerprints } of run.results) {
        expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
        expect(['error', 'warning', 'note']).toContain(level);
        expect(message.text.trim()).not.toBe('');
        expect(locations).toHaveLength(1);
        const { artifactLocation, region } = locations[0].physicalLocation;
        // A path from the repository's root: no scheme, no way out of it.
        expect(artifactLocation.uri).toMatch(/^(?![/.])[^:\\]+$/);
        expect(region.endColumn).toBeGreaterThan(region.startColumn);
        expect(partialFingerprints.primaryLocationLineHash).toMatch(/^[0-9a-f]{16}:\d+$/);
      }
      const prints = run.results.map((each: { partialFingerprints: object }) =>
        JSON.stringify(each.partialFingerprints),
      );
      expect(new Set(prints).size).toBe(prints.length);
    }
  });

  test('a category of its own, however often it is run', async () => {
    const [run] = JSON.parse(toSarif(await several(), options)).runs;
    expect(run.automationDetails.id).toBe('keybridge-doctor/');
  });

  test('the worst 25,000 results where there are more, in less than 10 MB', async () => {
    const examination = await examined();
    const note = finding({ severity: 'note', title: 'A note.' });
    const broken = finding({ code: 'ASM-10', title: `Broken: ${'long '.repeat(100)}` });
    const diagnosis = diagnosed(examination, [...Array(24_000).fill(note), ...Array(2_000).fill(broken)]);
    const text = toSarif([diagnosis], options);
    const [run] = JSON.parse(text).runs;
    expect(run.results).toHaveLength(25_000);
    expect(run.results.filter(({ level }: { level: string }) => level === 'error')).toHaveLength(2_000);
    expect(run.invocations[0].toolExecutionNotifications.at(-1).message.text).toContain('26000');
    expect(gzipSync(text).byteLength).toBeLessThan(10_000_000);
  });
});
