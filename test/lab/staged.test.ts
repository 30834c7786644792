import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/checks/catalogue.ts';
import { flat } from '../../src/checks/judge.ts';
import { STAGED } from '../../src/lab/staged/all.ts';
import { findings } from '../support/examination.ts';
import { examinedThere, signedInThere, started, triedThere } from '../support/staged-lab.ts';

test.for(STAGED.map(({ name, shows }) => [name, shows.join(' ') || 'nothing'] as const))(
  '%s shows %s above a note, and nothing else',
  async ([name, shows]) => {
    const { url } = await started(name);
    const found = findings(await examinedThere(url));
    const above = flat(found).filter(({ severity }) => severity !== 'note');
    const codes = shows === 'nothing' ? [] : shows.split(' ');
    expect([...new Set(above.map(({ code }) => code))].sort()).toEqual(codes.toSorted());
    // One fault has one root, which is the first thing that is said.
    const roots = found.filter(({ severity }) => severity !== 'note').map(({ code }) => code);
    expect([...new Set(roots)]).toEqual(codes.slice(0, 1));
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

const LOOKED = { '--active': triedThere, '--login': signedInThere };

test.for(
  STAGED.flatMap(({ name, further }) =>
    further ? [[name, further.flag, [...further.shows].sort().join(' ') || 'nothing'] as const] : [],
  ),
)('%s with %s shows %s, and nothing else', async ([name, flag, shows]) => {
  const { url } = await started(name);
  const above = flat(findings(await LOOKED[flag](url))).filter(({ severity }) => severity !== 'note');
  expect([...new Set(above.map(({ code }) => code))].sort().join(' ') || 'nothing').toBe(shows);
});

test.each(['right', 'subpath-three-ingresses'])(
  'a whole sign-in and an active look at %s show nothing above a note',
  async name => {
    const { url } = await started(name);
    const signedIn = await signedInThere(url);
    expect(signedIn.flow?.token).toBeDefined();
    const all = [...findings(signedIn), ...findings(await triedThere(url))];
    expect(all.filter(({ severity }) => severity !== 'note')).toEqual([]);
  },
);
