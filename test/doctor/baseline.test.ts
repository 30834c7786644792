import { expect, test } from 'vitest';
import { compareWith, isFailure, readBaseline, toBaseline } from '../../src/doctor/baseline.ts';
import { toMarkdown } from '../../src/doctor/output/markdown.ts';
import { toText } from '../../src/doctor/output/text.ts';
import { diagnosed, finding } from '../support/diagnosis.ts';
import { html, OAUTH, RESOURCE } from '../support/discovery.ts';
import { examined, RIGHT, RIGHT_ISSUER } from '../support/examination.ts';

/** As `--save` writes it and `--baseline` reads it again. */
const saved = async (...of: Parameters<typeof examined>) => {
  const text = JSON.stringify(toBaseline([diagnosed(await examined(...of))], Date.UTC(2026, 0, 1)));
  const baseline = readBaseline(text);
  if (!baseline) throw new Error('It cannot be read again.');
  return baseline;
};
const since = async (baseline: Awaited<ReturnType<typeof saved>>, ...of: Parameters<typeof examined>) =>
  compareWith(diagnosed(await examined(...of)), baseline);

test('the same server has not changed, whatever the order of its lists', async () => {
  const document = RIGHT_ISSUER[OAUTH];
  const turned = { ...document, grant_types_supported: ['refresh_token', 'authorization_code'] };
  const diagnosis = await since(await saved(), {}, { [OAUTH]: turned });
  expect(diagnosis.since).toEqual({ saved: '2026-01-01T00:00:00.000Z', added: [], gone: [], changes: [] });
  expect(isFailure(diagnosis, 'broken')).toBe(false);
  expect(toText(diagnosis, { colour: false })).toContain('  nothing has changed');
});

test('rows 1.15 and 2.7: a member that is added, gone or another is a change of metadata, and a failure', async () => {
  const { scopes_supported: _, ...rest } = RIGHT[`${RESOURCE}/mcp`];
  const diagnosis = await since(
    await saved(),
    { [`${RESOURCE}/mcp`]: { ...rest, 'x/y': 1 } },
    { [OAUTH]: { ...RIGHT_ISSUER[OAUTH], token_endpoint: 'https://as.example/new' } },
  );
  const where = `resource metadata https://mcp.example${RESOURCE}/mcp`;
  // Both doors of the issuer are open in the test's server.
  const changes = diagnosis.since?.changes.filter(each => !each.where.startsWith('server-openid'));
  expect(changes).toEqual([
    { what: 'removed', where, pointer: '/scopes_supported', before: '["mcp"]' },
    { what: 'added', where, pointer: '/x~1y', after: '1' },
    {
      what: 'changed',
      where: 'server-oauth https://as.example',
      pointer: '/token_endpoint',
      before: expect.stringContaining('https://as.example/'),
      after: '"https://as.example/new"',
    },
  ]);
  expect(isFailure({ ...diagnosis, findings: [] }, 'broken')).toBe(true);
  expect(toText(diagnosis, { colour: false, width: 200 })).toContain(
    `  - ${where} /scopes_supported: ["mcp"]`,
  );
  expect(toMarkdown(diagnosis)).toContain('` `/scopes_supported`: `["mcp"]`');
});

test('a document that is gone is a change', async () => {
  const diagnosis = await since(await saved(), { [`${RESOURCE}/mcp`]: html });
  expect(diagnosis.since?.changes).toContainEqual(
    expect.objectContaining({
      what: 'removed',
      where: `resource metadata https://mcp.example${RESOURCE}/mcp`,
      pointer: '',
    }),
  );
});

test('a finding that was known counts no more, a new one does, and one that is gone is told', async () => {
  const examination = await examined();
  const known = finding({ title: 'At 12 o’clock.' });
  const baseline = toBaseline([diagnosed(examination, [known])], 0);
  const after = (...findings: ReturnType<typeof finding>[]) =>
    compareWith(diagnosed(examination, findings), baseline);

  expect(isFailure(diagnosed(examination, [known]), 'broken')).toBe(true);
  expect(isFailure(after(known), 'broken')).toBe(false);
  // The same finding with another title is the same finding.
  expect(isFailure(after(finding({ title: 'At 13 o’clock.' })), 'broken')).toBe(false);
  const twice = after(finding({ title: 'At 13 o’clock.' }), finding({ title: 'At 14 o’clock.' }));
  expect(twice.since?.added.map(({ title }) => title)).toEqual(['At 14 o’clock.']);
  expect(isFailure(twice, 'broken')).toBe(true);
  const other = after(finding({ code: 'PRM-02', severity: 'note' }));
  expect(other.since).toMatchObject({ added: [{ code: 'PRM-02' }], gone: [{ code: 'PRM-05' }] });
  expect(isFailure(other, 'broken')).toBe(false);
});

test('a target that the baseline does not know is judged by itself', async () => {
  const baseline = toBaseline([], 0);
  const diagnosis = compareWith(diagnosed(await examined(), [finding()]), baseline);
  expect(diagnosis.since).toBeUndefined();
  expect(isFailure(diagnosis, 'broken')).toBe(true);
});

test('a target out of reach is neither kept nor said to have lost everything', async () => {
  const gone = diagnosed(await examined({}, {}, {}, 'https://gone.example/mcp'));
  expect(toBaseline([gone], 0).targets).toEqual([]);
  const baseline = toBaseline([{ ...gone, unreachable: false }], 0);
  expect(compareWith(gone, baseline).since).toBeUndefined();
});

test.each(['', '{}', '[]', '{"schema":2,"saved":"","targets":[]}', '{"schema":1,"saved":"","targets":[1]}'])(
  'what --save did not write is no baseline: %j',
  text => {
    expect(readBaseline(text)).toBeUndefined();
  },
);
