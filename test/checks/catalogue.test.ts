import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CHECKS } from '../../src/checks/all.ts';
import { CATALOGUE, type Detection, type Entry } from '../../src/checks/catalogue.ts';
import { STAGED } from '../../src/lab/staged/all.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const rules = new Set(CHECKS.map(({ code }) => code));

/** The codes that the files of a folder name in quotes. */
function named(folder: string, pattern: RegExp): Set<string> {
  let files: string[];
  try {
    files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter(name =>
      pattern.test(name),
    );
  } catch {
    return new Set();
  }
  const texts = files.map(name => readFileSync(join(root, folder, name), 'utf8'));
  return new Set(texts.flatMap(text => text.match(/(?<=['"`])[A-Z]{2,4}-\d\d(?=['"`])/g) ?? []));
}

/** What of a test file names codes for another purpose is none of these. */
const tests = [
  named('test/checks', /^(?!(?:catalogue|judge)\.).*\.test\.ts$/),
  named('test/doctor', /^(?!output).*\.test\.ts$/),
];
const staged = new Set(tests.flatMap(codes => [...codes]));
const linted = named('src/mend', /\.ts$/);

const DETECTIONS: readonly Detection[] = ['P', 'A', 'F', 'L', 'R', 'config'];

function state({ code, why }: Entry): string {
  if (rules.has(code)) return staged.has(code) ? 'rule, staged' : 'rule';
  if (linted.has(code)) return '`keybridge lint nginx`';
  return `no rule: ${cell(why ?? '')}`;
}

/** The lab's servers on which a code is the first thing that is found. */
const labs = (code: string) =>
  STAGED.filter(({ shows, further }) => shows[0] === code || further?.shows[0] === code).map(
    ({ name }) => `\`${name}\``,
  );

/** A cell of a table; its words are ours. */
const cell = (text: string) => text.replace(/[\\|<>*_[\]]/g, sign => `\\${sign}`);

function table(): string {
  const judged = CATALOGUE.filter(({ code }) => rules.has(code)).length;
  return [
    '# The catalogue',
    '',
    `${CATALOGUE.length} ways in which remote MCP servers fail; the doctor has a rule for ${judged} of them. \`keybridge explain CODE\` tells more of each.`,
    '',
    'Seen by: P asking without signing in; A with `--active`; F with `--login`; L on this machine; R with `--from-trace`, in what a bridge recorded; config in the server’s configuration only. *Staged*: the tests of the rules set it up. *In the lab*: `keybridge lab NAME` starts a server on which it is found.',
    '',
    'Made by `vitest run test/checks/catalogue.test.ts -u`, and held to what there is by the same test.',
    '',
    '| code | name | severity | seen by | state | in the lab | what it means |',
    '|---|---|---|---|---|---|---|',
    ...CATALOGUE.map(
      entry =>
        `| ${entry.code} | ${cell(entry.name)} | ${entry.severity} | ${entry.detection.join(' ')} | ${state(entry)} | ${labs(entry.code).join(' ')} | ${cell(entry.words)} |`,
    ),
    '',
  ].join('\n');
}

describe('the catalogue', () => {
  test('has 196 entries, each complete and of its own', () => {
    expect(CATALOGUE).toHaveLength(196);
    expect(new Set(CATALOGUE.map(({ code }) => code)).size).toBe(196);
    expect(new Set(CATALOGUE.map(({ words }) => words)).size).toBe(196);
    for (const { code, name, severity, detection, words, mend } of CATALOGUE) {
      expect(code).toMatch(/^(?:NET|URL|CHL|PRM|ASM|REG|AZ|CB|TOK|MCP|LIFE|OPS)-\d\d$/);
      expect(name).toMatch(/^[A-Za-z0-9]\S*( .+)?$/);
      expect(['broken', 'fragile', 'unsafe', 'note']).toContain(severity);
      for (const each of detection) expect(DETECTIONS).toContain(each);
      for (const text of [words, mend]) expect(text).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('has every rule under its name and with its severity', () => {
    const entries = new Map(CATALOGUE.map(({ code, name, severity }) => [code, `${name} ${severity}`]));
    const others = CHECKS.filter(({ code, name, severity }) => entries.get(code) !== `${name} ${severity}`);
    expect(others.map(({ code }) => code)).toEqual([]);
    expect(rules.size).toBe(CHECKS.length);
  });

  test('says of what has no rule why not', () => {
    const silent = CATALOGUE.filter(({ code, why }) => !rules.has(code) && !linted.has(code) && !why);
    expect(silent.map(({ code }) => code)).toEqual([]);
    expect(CATALOGUE.filter(({ code, why }) => rules.has(code) && why)).toEqual([]);
    expect(rules.size).toBeGreaterThanOrEqual(150);
  });

  test('is printed in docs/catalogue.md as it is', async () => {
    await expect(table()).toMatchFileSnapshot('../../docs/catalogue.md');
  });
});
