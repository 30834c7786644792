import { expect, test } from 'vitest';
import { CHECKS } from '../../src/checks/all.ts';
import { judge } from '../../src/checks/judge.ts';
import { STEPS, type Step } from '../../src/doctor/steps.ts';
import { html, OAUTH, RESOURCE } from '../support/discovery.ts';
import { examined } from '../support/examination.ts';

const rulesOf = (step: Step) => CHECKS.filter(({ code }) => code.toLowerCase().startsWith(`${step}-`));

test.each(STEPS)('on a right server one part alone finds nothing: %s', async only => {
  const examination = await examined({}, {}, {}, undefined, { only });
  expect(examination.probes.length).toBeGreaterThan(0);
  expect(judge(examination, rulesOf(only)).filter(({ severity }) => severity !== 'note')).toEqual([]);
});

test.each<[Step, Parameters<typeof examined>, string]>([
  ['chl', [{ '/mcp': () => new Response('', { status: 401 }) }], 'CHL-01'],
  ['prm', [{ [`${RESOURCE}/mcp`]: html }], 'PRM-05'],
  ['asm', [{}, { [OAUTH]: { issuer: 'https://as.example/other' } }], 'ASM-07'],
  ['url', [{ '/mcp': () => new Response('', { status: 307, headers: { location: '/mcp/' } }) }], 'URL-01'],
])('a part alone finds what the whole finds: %s', async (only, [server = {}, issuer = {}], code) => {
  const codes = async (options: { only?: Step }) =>
    judge(await examined(server, issuer, {}, undefined, options), rulesOf(only)).map(each => each.code);
  expect(await codes({})).toContain(code);
  expect(await codes({ only })).toContain(code);
});

test('a part alone asks less than the whole', async () => {
  const count = async (options: { only?: Step }) =>
    Object.keys((await examined({}, {}, {}, undefined, options)).exchanges).length;
  const whole = await count({});
  for (const only of STEPS) expect(await count({ only })).toBeLessThan(whole);
});
