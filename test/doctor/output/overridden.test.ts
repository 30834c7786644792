import { expect, test } from 'vitest';
import { CHECKS } from '../../../src/checks/all.ts';
import { toCurlScript } from '../../../src/doctor/output/curl.ts';
import { toDoctorHar } from '../../../src/doctor/output/har.ts';
import { toJson } from '../../../src/doctor/output/json.ts';
import { toJunit } from '../../../src/doctor/output/junit.ts';
import { toMarkdown } from '../../../src/doctor/output/markdown.ts';
import { toSarif } from '../../../src/doctor/output/sarif.ts';
import { toText } from '../../../src/doctor/output/text.ts';
import { overridden } from '../../../src/doctor/overrides.ts';
import { diagnosed } from '../../support/diagnosis.ts';
import { examined } from '../../support/examination.ts';

const SECRET = 'a-key-in-a-query';

test('every form of a report tells what was overridden, and of header fields and queries no value', async () => {
  const said = overridden(
    {
      endpoints: { token_endpoint: `https://as.example/my-token?key=${SECRET}` },
      clientId: 'my-client',
      scope: 'a b',
      resource: 'https://mcp.example/',
    },
    {
      resourceMetadata: 'https://mcp.example/my-metadata',
      issuers: ['https://as.example'],
      headers: [['X-Api-Key', SECRET]],
      userAgent: 'mine',
    },
  );
  const examination = { ...(await examined()), overridden: said };
  const diagnosis = diagnosed(examination);
  const forms = {
    text: toText(diagnosis, { colour: false, width: 400 }),
    client: toText(diagnosis, { colour: false, width: 400, asClient: 'vscode' }),
    markdown: toMarkdown(diagnosis),
    json: toJson([diagnosis], false),
    junit: toJunit([diagnosis], CHECKS, 'broken'),
    sarif: toSarif([diagnosis], { checks: CHECKS, version: '1', places: [] }),
    har: JSON.stringify(toDoctorHar([examination], '1')),
    curl: toCurlScript(examination),
  };
  for (const [form, text] of Object.entries(forms)) {
    for (const each of ['https://as.example/my-token', 'my-client', 'my-metadata', 'X-Api-Key', 'User-Agent'])
      expect([form, each, text.includes(each)]).toEqual([form, each, true]);
    expect([form, text.includes(SECRET)]).toEqual([form, false]);
  }
});

test('nothing is said where the servers were believed', async () => {
  const diagnosis = diagnosed(await examined());
  expect(overridden({}, {})).toEqual([]);
  expect(toText(diagnosis, { colour: false })).not.toContain('verridden');
  expect(toJunit([diagnosis], CHECKS, 'broken')).not.toContain('verridden');
});
