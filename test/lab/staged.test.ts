import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/checks/catalogue.ts';
import { flat } from '../../src/checks/judge.ts';
import { STAGED } from '../../src/lab/staged/all.ts';
import { findings } from '../support/examination.ts';
import { examinedThere, signedInThere, started } from '../support/staged-lab.ts';

test.for(STAGED.map(({ name, shows }) => [name, shows.join(' ') || 'nothing'] as const))(
  '%s shows %s above a note, and nothing else',
  async ([name, shows]) => {
    const { url } = await started(name);
    const found = flat(findings(await examinedThere(url)));
    const above = found.filter(({ severity }) => severity !== 'note').map(({ code }) => code);
    expect([...new Set(above)].sort()).toEqual(shows === 'nothing' ? [] : shows.split(' ').sort());
  },
);

test('every name is one of its own, is written as in a command, and shows codes of the catalogue', () => {
  const names = STAGED.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  const known = CATALOGUE.map(({ code }) => code);
  expect(STAGED.flatMap(({ shows }) => shows).filter(code => !known.includes(code))).toEqual([]);
});

test('a server of the lab answers to its own name only, and to no page of another origin', async () => {
  const { url } = await started('right');
  const answer = await fetch(url, {
    method: 'POST',
    body: '{}',
    headers: { origin: 'https://evil.example' },
  });
  expect(answer.status).toBe(421);
});

test.each([
  ['right', []],
  ['subpath-three-ingresses', []],
  ['relay-right', []],
  ['aks-mcp-paths', []],
  ['jwt', []],
  ['introspection', []],
  ['aud-string', []],
  ['aud-array', ['TOK-15']],
  ['relay-redeems-itself', ['CB-04']],
  ['relay-redirects-listed', ['AZ-04']],
])('a whole sign-in at %s shows %j', async (name, shows) => {
  const { url } = await started(name);
  const examination = await signedInThere(url);
  const above = findings(examination).filter(({ severity }) => severity !== 'note');
  expect(above.map(({ code }) => code)).toEqual(shows);
  expect(examination.flow?.failure === undefined).toBe(!name.startsWith('relay-re'));
});
