import { expect, test } from 'vitest';
import { CHECKS } from '../../src/checks/all.ts';
import type { Examination } from '../../src/checks/examination.ts';
import { judge } from '../../src/checks/judge.ts';
import { toText } from '../../src/doctor/output/text.ts';
import { OAUTH, OPENID, status } from '../support/discovery.ts';
import { examined, finding, ISSUER } from '../support/examination.ts';
import { full, moved, TENANT, withTenant } from '../support/issuers.ts';

// The rows of the second source: one issuer, two doors.

const report = (examination: Examination) =>
  toText(
    {
      schema: 1,
      version: '0',
      target: examination.target,
      unreachable: false,
      clients: [],
      findings: judge(examination, CHECKS),
      examination,
    },
    { colour: false, width: 200 },
  );

test('row 2.1: both doors stand side by side in the report, in all path forms', async () => {
  const text = report(
    await withTenant({
      [`${OAUTH}/tenant`]: full(TENANT),
      [`/tenant${OPENID}`]: moved(307, `${OAUTH}/tenant`),
      '/tenant/authorize': status(400),
    }),
  );
  const lines = text.split('\n').filter(line => line.includes('server metadata'));
  const shown = (url: string) =>
    lines
      .find(line => line.endsWith(` ${url}`))
      ?.trim()
      .split('  ')[0];
  expect(shown(`${ISSUER}${OAUTH}/tenant`)).toBe('200');
  expect(shown(`${ISSUER}${OPENID}/tenant`)).toBe('404');
  expect(shown(`${TENANT}${OPENID}`)).toBe('307 → 200');
});

test('row 2.2: one door only is told with both remedies, the application’s first', async () => {
  const examination = await examined({}, { [OPENID]: status(404) });
  expect(report(examination)).toContain('Only one of two doors answers');
  const remedy = finding(examination, 'ASM-02')?.remedy ?? '';
  expect(remedy.indexOf('in the application')).toBeGreaterThan(-1);
  expect(remedy.indexOf('in the application')).toBeLessThan(remedy.indexOf('in the proxy'));
});

test.each([301, 302, 307, 308])('row 2.3: %i is shown hop by hop with Location', async code => {
  const places = { [OPENID]: moved(code, '/hop'), '/hop': moved(302, OAUTH) };
  const text = report(await examined({}, places)).replace(/\s+/g, ' ');
  expect(text).toContain(`is answered ${code} with Location: /hop, then 302 with Location: ${OAUTH}`);
  expect(text).toContain(`${code} → 302 → 200`);
});

test('row 2.3: 302 and 308 are told apart, and that it matters little here', async () => {
  const detail = async (code: number) =>
    finding(await examined({}, { [OPENID]: moved(code, OAUTH) }), 'ASM-03')?.detail;
  expect(await detail(308)).toMatch(/^308 says for good, with method and body kept, where 302/);
  expect(await detail(302)).toMatch(/^302 says for now.*a POST to become a GET/);
  expect(await detail(308)).toContain('only ever fetched with GET');
});

test('row 2.4: that a redirect is right is one thing, that it leads to valid metadata another', async () => {
  const right = finding(await examined({}, { [OPENID]: moved(308, OAUTH) }), 'ASM-03');
  expect(right).toMatchObject({ severity: 'note' });
  expect(right?.title).toContain('leads to valid metadata of the same issuer');
  const other = { [OPENID]: moved(308, '/else'), '/else': full('https://other.example') };
  const wrong = finding(await examined({}, other), 'ASM-03');
  expect(wrong).toMatchObject({ severity: 'fragile' });
  expect(wrong?.title).toContain('leads to the metadata of another issuer, https://other.example');
});
