import { expect, test } from 'vitest';
import type { Check } from '../../src/checks/check.ts';
import { judge } from '../../src/checks/judge.ts';
import type { Stop } from '../../src/checks/stop.ts';
import { status } from '../support/discovery.ts';
import { examined } from '../support/examination.ts';

const general: Check = {
  code: 'G',
  name: 'g',
  severity: 'broken',
  references: [],
  find: () => [],
  last: {
    place: 'call',
    speak: ({ who, exchanges }) => ({ title: who.join(), detail: '', evidence: exchanges }),
  },
};
const rule = (code: string, severity: Check['severity'], evidence: readonly string[]): Check => ({
  code,
  name: code,
  severity,
  references: [],
  find: () => [{ title: code, detail: '', evidence }],
});

async function judged(rules: (id: string, other: string) => readonly Check[], more: Partial<Stop> = {}) {
  const examination = await examined({ '/mcp': status(500) });
  const all = Object.values(examination.exchanges);
  const { id = '' } = all.find(({ request }) => request.method === 'POST') ?? {};
  const { id: other = '' } = all.find(({ request }) => request.url.includes('.well-known')) ?? {};
  const stop: Stop = { place: 'call', who: ['A'], isOwn: true, exchanges: [id], codes: [], ...more };
  const found = judge(examination, [...rules(id, other), general], undefined, {
    stops: [stop, { ...stop, who: ['B'] }],
    isIgnored: code => code === 'IGNORED',
  });
  return found.map(({ code, stops, title }) => ({ code, stops, title }));
}

test('what stops somebody and no rule speaks of is said once, of all whom it stops', async () => {
  expect(await judged(() => [])).toEqual([{ code: 'G', stops: ['A', 'B'], title: 'A,B' }]);
});

test('a rule that rests on the same answer speaks of it, and says whom it stops', async () => {
  expect(await judged(id => [rule('R', 'fragile', [id])])).toEqual([
    { code: 'R', stops: ['A', 'B'], title: 'R' },
  ]);
});

test.each<[string, (id: string, other: string) => readonly Check[]]>([
  ['only notes it', id => [rule('R', 'note', [id])]],
  ['rests on another answer', (_, other) => [rule('R', 'broken', [other])]],
  // Clients in browsers.
  ['is about others', id => [rule('NET-12', 'fragile', [id])]],
])('a rule that %s does not', async (_, rules) => {
  expect((await judged(rules)).map(({ code }) => code)).toContain('G');
});

test('a rule that is ignored speaks of it all the same, and is left out', async () => {
  expect(await judged(id => [rule('IGNORED', 'broken', [id])])).toEqual([]);
});

test('a client that guesses where nothing is wrong is no finding', async () => {
  expect(await judged(() => [], { isGuess: true })).toEqual([]);
});
