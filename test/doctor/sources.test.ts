import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHECKS } from '../../src/checks/all.ts';
import type { Examination } from '../../src/checks/examination.ts';
import { flat } from '../../src/checks/judge.ts';
import { View } from '../../src/checks/view.ts';
import { toCurlScript } from '../../src/doctor/output/curl.ts';
import { explain } from '../../src/doctor/output/explain.ts';
import { findings } from '../support/examination.ts';
import { loggedIn } from '../support/login.ts';
import { examinedThere, signedInThere, started } from '../support/staged-lab.ts';

/** A file under `test`, and words of the name of a test in it. */
type Holder = readonly [file: string, words: string];

const here = (words: string): Holder => ['doctor/sources.test.ts', words];

/** Every row of the four sources, and the tests that hold it. */
const ROWS: Readonly<Record<string, readonly Holder[]>> = {
  '1.1': [['checks/url.test.ts', '(row 1.1)'], here('rows 1.1 to 1.4')],
  '1.2': [['checks/url.test.ts', 'row 1.2'], here('rows 1.1 to 1.4')],
  '1.3': [here('rows 1.1 to 1.4')],
  '1.4': [here('rows 1.1 to 1.4')],
  '1.5': [
    ['doctor/output/requests.test.ts', 'row 1.5: a script has every question with its reason'],
    ['checks/net.test.ts', 'the hint for Kubernetes (row 1.5)'],
    here('row 1.5'),
  ],
  '1.6': [
    ['checks/behind-proxies.test.ts', 'row 1.6: one ingress before FastMCP'],
    here('rows 1.6 and 1.15'),
  ],
  '1.7': [
    ['mend/fix.test.ts', 'row 1.7: the table'],
    ['mend/fix.test.ts', 'row 1.7: three Ingresses'],
    ['mend/fix.test.ts', 'row 1.7: there is a configuration for every proxy'],
  ],
  '1.8': [
    ['lab/staged.test.ts', 'shows %s above a note, and nothing else'],
    ['lab/nginx.test.ts', 'row 1.8'],
    ['lab/main.test.ts', 'row 1.8: --list'],
    ['mend/real-nginx.test.ts', 'row 1.8'],
  ],
  '1.9': [here('row 1.9')],
  '1.11': [
    ['e2e/main-job.test.ts', 'row 1.11'],
    ['e2e/hosts.test.ts', 'row 1.11'],
    ['broker/incumbent.test.ts', 'hosts refused at the same time do not spend one refresh token twice'],
  ],
  // Detected; what mcp-remote keeps is not imported yet.
  '1.12': [['checks/machine.test.ts', '(row 1.12)']],
  '1.13': [['doctor/walk.test.ts', 'row 1.13']],
  '1.14': [['checks/authorize.test.ts', '(row 1.14)']],
  '1.15': [here('rows 1.6 and 1.15'), ['doctor/baseline.test.ts', 'rows 1.15 and 2.7']],
  '1.16': [
    ['checks/net-machine.test.ts', '(row 1.16)'],
    ['node/doctor-tls.test.ts', '(row 1.16)'],
  ],
  '2.1': [['doctor/two-doors.test.ts', 'row 2.1']],
  '2.2': [['doctor/two-doors.test.ts', 'row 2.2']],
  '2.3': [['doctor/two-doors.test.ts', 'row 2.3']],
  '2.4': [['doctor/two-doors.test.ts', 'row 2.4']],
  '2.5': [here('row 2.5')],
  '2.6': [['e2e/doctor-issuer.test.ts', 'row 2.6']],
  '2.7': [
    ['doctor/baseline.test.ts', 'rows 1.15 and 2.7'],
    ['e2e/doctor-command.test.ts', 'row 2.7'],
  ],
  '2.8': [['doctor/output/text.test.ts', 'row 2.8'], here('row 2.8')],
  '3.1': [['checks/behind-proxies.test.ts', 'rows 3.1 and 3.2']],
  '3.2': [['checks/behind-proxies.test.ts', 'rows 3.1 and 3.2']],
  '3.3': [['checks/token.test.ts', '(row 3.3)'], here('rows 3.3 to 3.5')],
  '3.4': [['checks/authorize.test.ts', '(row 3.4)'], here('rows 3.3 to 3.5')],
  '3.5': [here('rows 3.3 to 3.5')],
  '3.6': [
    [
      'lab/relay.test.ts',
      'row 3.6: the relay sends code and state back to the client, and a state is good once',
    ],
    ['lab/relay.test.ts', 'row 3.6: the relay forwards an error, and refuses a state it does not know'],
    ['lab/relay.test.ts', 'row 3.6: the relay that redeems the code itself'],
    here('row 3.6'),
  ],
  '3.7': [['lab/relay.test.ts', 'row 3.7'], here('row 3.7')],
  '3.8': [here('row 3.8')],
  '3.9': [['doctor/walk.test.ts', 'row 3.9']],
  '4.1': [
    ['checks/net.test.ts', '(row 4.1)'],
    ['mend/nginx-lint.test.ts', 'row 4.1'],
  ],
  '4.2': [
    ['checks/resource-document.test.ts', '(row 4.2)'],
    ['doctor/output/compare.test.ts', 'row 4.2: two almost equal URLs stand one under the other'],
    ['checks/token.test.ts', '(row 4.2)'],
    ['mend/nginx-lint.test.ts', 'row 4.2'],
  ],
  '4.3': [['checks/token.test.ts', '(row 4.3)'], here('row 4.3')],
  '4.4': [
    ['checks/registration.test.ts', '(row 4.4)'],
    ['mend/nginx-lint.test.ts', 'rows 4.3 and 4.4'],
  ],
  '4.5': [['mend/nginx-lint.test.ts', 'row 4.5']],
  '4.6': [['mend/nginx-lint.test.ts', 'row 4.6']],
  '4.7': [
    ['checks/challenge.test.ts', '(row 4.7)'],
    ['mend/nginx-lint.test.ts', 'row 4.7'],
  ],
  '4.8': [['checks/resource-document.test.ts', '(row 4.8)']],
  '4.9': [
    here('rows 4.9 and 4.10'),
    ['node/arguments-secrets.test.ts', 'secrets stay out of argument lists (row 4.9)'],
  ],
  '4.10': [here('rows 4.9 and 4.10'), ['mend/nginx-lint.test.ts', 'row 4.10']],
  '4.11': [here('row 4.11')],
  '4.12': [
    ['e2e/doctor-secrets.test.ts', 'row 4.12: no form of a report has a token'],
    ['e2e/secrets.test.ts', 'file or argument list, whatever happens (row 4.12)'],
  ],
  '4.13': [here('row 4.13')],
};

/** Rows that nothing holds yet, and whose they are. */
const OPEN: Readonly<Record<string, string>> = {
  '1.10': 'the window, which writes the configuration of hosts',
};

const FIRST = '/mcp-o365';
const RESOURCE = '/.well-known/oauth-protected-resource';
const OAUTH = '/.well-known/oauth-authorization-server';

test('every row of the four sources is held by a test that exists, or said to be open', () => {
  const counts = [16, 8, 9, 13];
  const all = counts.flatMap((count, index) =>
    Array.from({ length: count }, (_, row) => `${index + 1}.${row + 1}`),
  );
  expect([...Object.keys(ROWS), ...Object.keys(OPEN)].sort()).toEqual(all.sort());
  const missing = Object.entries(ROWS).flatMap(([row, holders]) =>
    holders
      .filter(([file, words]) => !names(file).some(name => name.includes(words)))
      .map(each => [row, ...each]),
  );
  expect(missing).toEqual([]);
  const unnamed = Object.entries(ROWS).filter(
    ([row, holders]) =>
      !holders.some(([file, words]) => names(file).some(name => name.includes(words) && isFor(name, row))),
  );
  expect(unnamed.map(([row]) => row)).toEqual([]);
});

/** Whether the name of a test has a row by its number: "row 1.5", "rows 1.6 and 1.15", "rows 1.1 to 1.4". */
function isFor(name: string, row: string): boolean {
  const [source, number] = row.split('.').map(Number);
  return [...name.matchAll(/\brows? (\d)\.(\d+)(?: (and|to) (\d)\.(\d+))?/g)].some(match => {
    const [from, , to] = [1, 3, 4].map(at => match[at]);
    const [first, last] = [Number(match[2]), Number(match[5])];
    if (match[3] === 'to' && from === to)
      return Number(from) === source && first <= Number(number) && Number(number) <= last;
    return row === `${from}.${first}` || row === `${to}.${last}`;
  });
}

/** The names of the tests in a file, as they are written there. */
function names(file: string): string[] {
  const path = new URL(`../${file}`, import.meta.url);
  if (!existsSync(path)) return [];
  const written = /\b(?:test|it|describe)(?:\.\w+)?\(\s*(['"`])(.+?)\1,|\)\(\s*(['"`])(.+?)\3,/gs;
  return [...readFileSync(path, 'utf8').matchAll(written)].map(match => match[2] ?? match[4] ?? '');
}

/** The findings above a note, root causes and consequences. */
const above = (examination: Examination) =>
  flat(findings(examination)).filter(({ severity }) => severity !== 'note');

/** What one finding says, as one text. */
const said = (examination: Examination, code: string) => {
  const found = flat(findings(examination)).find(each => each.code === code);
  return `${found?.title} ${found?.detail} ${found?.remedy}`;
};

describe('FastMCP under a sub-path, over real connections', () => {
  test('rows 1.1 to 1.4: HEAD is 405, POST {} 401 with its challenge, both documents are JSON', async () => {
    const { url } = await started('subpath-three-ingresses');
    const { origin } = new URL(url);
    const view = new View(await examinedThere(url));
    expect(view.answer('head')?.status).toBe(405);
    const post = view.answer('post-empty');
    expect([post?.status, post?.bearer?.params.resource_metadata]).toEqual([
      401,
      `${origin}${RESOURCE}${FIRST}/mcp`,
    ]);
    const resource = view.answer('resource-path');
    expect([resource?.url, resource?.status]).toEqual([`${origin}${RESOURCE}${FIRST}/mcp`, 200]);
    expect(resource?.json?.resource).toBe(url);
    const server = view.answer('server-oauth');
    expect([server?.url, server?.status]).toEqual([`${origin}${OAUTH}${FIRST}`, 200]);
    expect(server?.json?.issuer).toBe(`${origin}${FIRST}`);
  });

  test('row 1.5: where nothing answers, the pods are where to look, and each check is there as curl', async () => {
    const { url } = await started('subpath-nothing-behind');
    const { origin } = new URL(url);
    const examination = await examinedThere(url);
    expect(said(examination, 'NET-15')).toContain('kubectl get pods -n');
    const script = toCurlScript(examination);
    expect(script).toContain(`--head '${url}'`);
    const post = script.split('\n').find(line => line.includes("--data-raw '{}'"));
    expect(post).toContain(` '${url}' `);
    expect(script).toContain(`'${origin}${RESOURCE}${FIRST}/mcp'`);
    expect(script).toContain(`'${origin}${OAUTH}${FIRST}'`);
  });

  test.each(['subpath-single-ingress', 'subpath-server-route-missing'])(
    'rows 1.6 and 1.15: at %s FastMCP, its three ingresses and a host name of its own are named once',
    async name => {
      const roots = findings(await examinedThere((await started(name)).url));
      const [root] = roots.filter(({ severity }) => severity !== 'note');
      expect(roots.filter(({ severity }) => severity !== 'note')).toHaveLength(1);
      expect(root?.remedy).toMatch(/FastMCP.*\/\$2.*unchanged.*rewrite-target \/\.well-known/);
      expect(root?.remedy).toContain('With a host name of its own the server needs one');
    },
  );

  test('row 1.9: the steps of the sign-in stand in order', async () => {
    const { url } = await started('subpath-three-ingresses');
    const { origin } = new URL(url);
    const { exchanges, flow } = await signedInThere(url);
    const made = Object.values(exchanges).sort((one, other) => one.startedAt - other.startedAt);
    const steps = [
      `POST ${url} 401`,
      `GET ${origin}${RESOURCE}${FIRST}/mcp 200`,
      `GET ${origin}${OAUTH}${FIRST} 200`,
      `POST ${origin}${FIRST}/register 201`,
      `GET ${origin}${FIRST}/authorize 302`,
      `POST ${origin}${FIRST}/token 200`,
      `POST ${url} 200`,
    ];
    const seen = made.map(({ request, outcome }) => {
      const status = outcome.kind === 'answered' ? outcome.status : 0;
      return `${request.method} ${request.url.split('?')[0]} ${status}`;
    });
    let from = 0;
    for (const step of steps) {
      const at = seen.indexOf(step, from);
      expect(at, `${step} in ${seen.slice(from).join(', ')}`).toBeGreaterThanOrEqual(from);
      from = at + 1;
    }
    expect(flow?.callback?.parameters).toEqual(expect.arrayContaining(['code', 'state']));
  });
});

test.each([
  'openid-alias-on',
  'openid-alias-off',
  'openid-alias-redirect-301',
  'openid-alias-redirect-302',
  'openid-alias-redirect-307',
  'openid-alias-redirect-308',
  'openid-only',
])('row 2.5: our client signs in at %s', async name => {
  const { flow } = await signedInThere((await started(name)).url);
  expect(flow?.failure).toBeUndefined();
  expect(flow?.token).toBeDefined();
});

test('row 2.8: a refusal in Hebrew, Chinese and Arabic is told in the server’s own words', async () => {
  const error_description = 'קוד האימות שגוי (code_verifier) – 授权码无效 – الرمز غير صالح';
  const refusal = () => Response.json({ error: 'invalid_grant', error_description }, { status: 400 });
  const { examination } = await loggedIn({ quirks: { token: refusal } });
  expect(said(examination, 'TOK-02')).toContain(error_description);
  expect(examination.flow?.failure?.message).toContain(error_description);
});

describe('a server that passes the sign-in on', () => {
  test('rows 3.3 to 3.5: a code it redeems itself is seen, decoded, and the right relay explained', async () => {
    const examination = await signedInThere((await started('relay-redeems-itself')).url);
    const text = said(examination, 'CB-04');
    expect(text).toContain('AADSTS9002313');
    expect(text).toContain('code_verifier');
    expect(text).toMatch(
      /state → the client’s redirect URI.*302 to that URI with code and state.*let the client redeem/,
    );
    expect(examination.flow?.callback).toBeUndefined();
  });

  test.each([
    ['relay-error-forwarded', 'CB-09', 'AADSTS65004', true],
    ['relay-state-unknown', 'CB-06', 'does not remember the sign-in', false],
  ])('row 3.6: at %s the doctor says %s', async (name, code, words, arrives) => {
    const examination = await signedInThere((await started(name)).url);
    expect(said(examination, code)).toContain(words);
    expect(examination.flow?.callback !== undefined).toBe(arrives);
    expect(examination.flow?.token).toBeUndefined();
  });

  test('row 3.7: a client signs in by the paths of aks-mcp, and nothing is found', async () => {
    const examination = await signedInThere((await started('aks-mcp-paths')).url);
    expect(new URL(examination.flow?.request?.endpoint ?? '').pathname).toBe('/oauth2/v2.0/authorize');
    expect(examination.flow?.token).toBeDefined();
    expect(above(examination)).toEqual([]);
  });

  test('row 3.8: a redirect URI that is not registered is told letter for letter, with the setting of aks-mcp', async () => {
    const examination = await signedInThere((await started('relay-redirects-listed')).url);
    const uri = examination.flow?.request?.redirectUri ?? 'none was sent';
    expect(said(examination, 'AZ-04')).toContain(uri);
    expect(said(examination, 'AZ-04')).toContain('--oauth-redirects');
  });
});

describe('nginx as a resource server', () => {
  test('row 4.3: a list of audiences that the server cannot read is found, with both directives', async () => {
    const examination = await signedInThere((await started('aud-array')).url);
    expect(said(examination, 'TOK-15')).toContain('auth_jwt_require_claim .aud[0] eq');
    expect(said(examination, 'TOK-15')).toContain('auth_jwt_require_claim aud any json=');
  });

  test.each([
    ['jwt', 'jwt', 'string'],
    ['introspection', 'opaque', 'undefined'],
    ['aud-string', 'jwt', 'string'],
    ['aud-array', 'jwt', 'object'],
  ])('row 4.13: %s has tokens of its kind', async (name, format, audience) => {
    const { flow } = await signedInThere((await started(name)).url);
    expect([flow?.token?.format, typeof flow?.token?.claims?.aud]).toEqual([format, audience]);
  });

  test('rows 4.9 and 4.10: secrets in files and short caches are explained with their settings', () => {
    expect(explain('OPS-04', CHECKS, 500)).toMatch(/MCP_CLIENT_SECRET_FILE.*600.*read-only/);
    expect(explain('OPS-05', CHECKS, 500)).toMatch(/max_ttl=60s.*MCP_INTROSPECT_CACHE_MAX_TTL/);
  });

  test('row 4.11: the explanations lead to the six documents', () => {
    const links = CHECKS.flatMap(({ references }) => references.map(({ url }) => url));
    const documents = [
      '2025-11-25/basic/authorization',
      'rfc8707',
      'rfc9728',
      'oauth-v2-1',
      'rfc7662',
      'rfc6750',
    ];
    for (const each of documents) expect(links.join('\n')).toContain(each);
  });
});
