import { expect, test } from 'vitest';
import { fitting, walks } from '../../src/doctor/walk.ts';
import { prm, RESOURCE } from '../support/discovery.ts';
import { examined, findings, SERVER } from '../support/examination.ts';
import { examinedThere, started, triedThere } from '../support/staged-lab.ts';

/** Who does not get through at a server of the lab, with the finding beside each. */
async function noticing(name: string) {
  const { url } = await started(name);
  const examination = await examinedThere(url);
  const found = findings(examination);
  const all = fitting(walks(examination), found, examination);
  return { all, roots: found.map(({ code }) => code) };
}

test.each([
  ['dead-route', 'NET-15'],
  ['host-header-421', 'NET-08'],
  ['wrong-endpoint', 'URL-04'],
  ['subpath-prefix-kept', 'URL-09'],
  ['subpath-single-ingress', 'PRM-04'],
  ['issuer-not-there', 'PRM-15'],
  ['issuer-is-endpoint', 'PRM-16'],
  ['doubled-suffix', 'PRM-03'],
  ['under-mount-prefix', 'PRM-04'],
  ['rate-limited', 'NET-13'],
  ['login-wall', 'NET-07'],
])('at %s, what stops a client is a root cause of the report: %s', async (name, code) => {
  const { all, roots } = await noticing(name);
  const noticed = all.filter(({ result }) => result === 'stops' || result === 'guesses');
  const named = noticed.filter(({ reason }) => !reason.startsWith('before')).map(each => each.code);
  expect(named.length).toBeGreaterThan(3);
  expect(named).toContain(code);
  expect(named.filter(each => each === undefined || !roots.includes(each))).toEqual([]);
});

test('a server of the older transport stops nobody who is known to try it', async () => {
  const { all } = await noticing('sse-legacy');
  const by = Object.groupBy(all, ({ result }) => result);
  expect(by.through?.map(({ client }) => client)).toEqual([
    'vscode',
    'mcp-remote',
    'csharp-sdk',
    'keybridge',
  ]);
  // The two that come from the internet.
  expect(by.stops?.map(({ client }) => client)).toEqual(['claude', 'chatgpt']);
});

test.each([
  ['registration-forbidden', 'REG-09'],
  ['dcr-advertised-but-off', 'ASM-13'],
])(
  'where trial registrations are refused, as at %s, nobody who would register gets through: %s',
  async (name, code) => {
    const { url } = await started(name);
    const tried = await triedThere(url);
    const all = fitting(walks(tried), findings(tried), tried);
    const through = all.filter(({ result }) => result === 'through').map(({ client }) => client);
    expect(through).toEqual([]);
    expect(all.find(({ client }) => client === 'typescript-sdk-2')).toMatchObject({ result: 'stops', code });
    // VS Code may ask for a client ID.
    expect(all.find(({ client }) => client === 'vscode')?.result).toBe('unknown');
  },
);

test('where nothing was asked at an address, the only root cause stands beside the client', async () => {
  const examination = await examined({ [`${RESOURCE}/mcp`]: prm(SERVER, 'http://keycloak:8080/realms/x') });
  const all = fitting(walks(examination), findings(examination), examination);
  expect(all.find(({ client }) => client === 'keybridge')).toMatchObject({ result: 'stops', code: 'PRM-17' });
});

test('no code stands beside a client that gets through, nor one that the report does not have', async () => {
  const { url } = await started('issuer-slash');
  const examination = await examinedThere(url);
  const all = fitting(walks(examination), [], examination);
  expect(all.map(({ code }) => code).filter(code => code !== undefined)).toEqual([]);
});

test.each([
  ['open', 'through'],
  ['lazy', 'through'],
  ['dead-route', 'stops'],
  ['500-instead-of-401', 'stops'],
  ['host-header-421', 'stops'],
  ['subpath-prefix-kept', 'stops'],
  ['redirect-301', 'stops'],
  ['sse-legacy', 'through'],
  ['right', 'through'],
])('Keybridge itself, at %s: %s', async (name, result) => {
  const { all } = await noticing(name);
  expect(all.find(({ client }) => client === 'keybridge')?.result).toBe(result);
});
