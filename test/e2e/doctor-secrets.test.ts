import { randomBytes } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FORMS } from '../../src/doctor/output/report.ts';
import { startLab } from '../../src/lab/lab.ts';
import { serve } from '../support/http-server.ts';
import { violations } from '../support/json-schema.ts';
import { type Installation, install } from '../support/keybridge.ts';
import { leaks } from '../support/leaks.ts';
import { parseXml } from '../support/xml.ts';

/** Characters that need encoding are part of it, so that every spelling of a secret is a different one. */
const invented = () => `${randomBytes(9).toString('base64')}+/=&? ${randomBytes(9).toString('base64')}`;

const ends: (() => Promise<unknown>)[] = [];
let installation: Installation;

beforeEach(() => {
  installation = install();
  ends.push(() => installation.close());
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const SCHEMAS = {
  '--json': 'docs/doctor.schema.json',
  '--sarif': 'test/support/schemas/sarif-2.1.0.json',
  '--har': 'test/support/schemas/har-1.2.json',
};
/** Every form a report can be written in, and what is kept for a later baseline. */
const WRITTEN = [...FORMS.map(form => `--${form}`), '--save'];

/** Runs the doctor with every form of its report, and answers all that it wrote. */
async function everyForm(
  args: readonly string[],
  env: Record<string, string>,
): Promise<Record<string, string>> {
  const file = (form: string) => join(installation.env.HOME ?? '', `report${form}`);
  const forms = WRITTEN.flatMap(form => [form, file(form)]);
  const { code, stdout, stderr } = await installation.run(['doctor', ...args, '--verbose', ...forms], {
    env,
  });
  expect([0, 1]).toContain(code);
  return {
    stdout,
    stderr,
    ...Object.fromEntries(WRITTEN.map(form => [form, readFileSync(file(form), 'utf8')])),
  };
}

test('row 4.12: no form of a report has a token, code, verifier, secret or cookie that the lab issued, or a header of the user’s', async () => {
  const lab = await startLab();
  ends.push(() => lab.close());
  const own = { API_KEY: invented(), OTHER: randomBytes(18).toString('hex') };
  const canary = `canary-${randomBytes(6).toString('hex')}`;
  const args = [
    lab.serverUrl,
    ...['--active', '--login', '--header', `X-Api-Key:\${API_KEY}`, '--user-agent', canary],
  ];
  const places = await everyForm(args, { ...own, KEYBRIDGE_DOCTOR_OTHER_TOKEN: own.OTHER });
  // The sign-in was whole, and tokens were issued and used.
  expect(lab.authorization.counters.codeExchanges).toBe(1);
  const secrets = [...lab.issuedSecrets(), ...Object.values(own)];
  expect(secrets.length).toBeGreaterThan(8);
  expect(leaks(secrets, places)).toEqual([]);
  // A whole report, with trials and a sign-in, keeps to the schemas too.
  for (const [form, path] of Object.entries(SCHEMAS)) {
    const schema = JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
    expect(violations(JSON.parse(places[form] ?? ''), schema)).toEqual([]);
  }
  parseXml(places['--junit'] ?? '');
  // What may be shown is found by the same search.
  expect(leaks([canary], places)).toEqual(['--curl', '--har', '--json', 'stdout']);
});

test('nor has one beside its baseline, or one without all the words, or of one client', async () => {
  const lab = await startLab();
  ends.push(() => lab.close());
  const own = { API_KEY: invented() };
  const [file, baseline] = ['report--save', 'baseline.json'].map(name =>
    join(installation.env.HOME ?? '', name),
  );
  if (!file || !baseline) throw new Error('unreachable');
  const args = [lab.serverUrl, '--login', '--header', `X-Api-Key:\${API_KEY}`];
  const places: Record<string, string> = {};
  const put = (name: string, more: Record<string, string>) =>
    Object.assign(
      places,
      Object.fromEntries(Object.entries(more).map(([key, text]) => [`${name} ${key}`, text])),
    );
  put('first', await everyForm(args, own));
  copyFileSync(file, baseline);
  put('second', await everyForm([...args, '--baseline', baseline], own));
  expect(JSON.parse(places['second --json'] ?? '').since).toBeDefined();
  for (const more of [[], ['--as-client', 'vscode'], ['--only', 'prm']]) {
    const words = await installation.run(['doctor', ...args.filter(each => each !== '--login'), ...more], {
      env: own,
    });
    put(`words ${more}`, { stdout: words.stdout, stderr: words.stderr });
  }
  expect(lab.authorization.counters.codeExchanges).toBe(2);
  const secrets = [...lab.issuedSecrets(), ...Object.values(own)];
  expect(secrets.length).toBeGreaterThan(8);
  expect(leaks(secrets, places)).toEqual([]);
});

test('nor one of a sign-in that fails with a secret in its Authorization, and overrides with keys in them', async () => {
  const lab = await startLab();
  ends.push(() => lab.close());
  const own = { SECRET: invented(), KEY: randomBytes(18).toString('base64url') };
  const issuer = new URL(lab.issuer);
  const args = [
    ...[lab.serverUrl, '--active', '--login', '--client-credentials', '--scope', 'mcp'],
    ...['--static-oauth-client-info', `{"client_id":"my-client","client_secret":"\${SECRET}"}`],
    ...['--authorization-endpoint', `${issuer.origin}/auth?key=${own.KEY}`],
  ];
  const places = await everyForm(args, own);
  const { examination } = JSON.parse(places['--json'] ?? '');
  // The token endpoint knows no such client, which it was told in Authorization.
  expect(examination.flow.failure.code).toBe('registration.stale');
  const sent = JSON.stringify(examination.exchanges);
  expect(sent).toMatch(/"authorization","Basic \[redacted/i);
  expect(leaks([...lab.issuedSecrets(), ...Object.values(own)], places)).toEqual([]);
  for (const form of WRITTEN.filter(each => each !== '--save'))
    expect([form, places[form]?.includes('/auth')]).toEqual([form, true]);
});

test('nor one of what another program recorded', async () => {
  const own = {
    token: invented(),
    refresh: randomBytes(24).toString('base64url'),
    sid: randomBytes(18).toString('hex'),
  };
  const request = (url: string, text: string) => ({
    ...{ method: 'POST', url },
    headers: [
      { name: 'Authorization', value: `Bearer ${own.token}` },
      { name: 'Cookie', value: `sid=${own.sid}` },
    ],
    postData: { mimeType: 'application/x-www-form-urlencoded', text },
  });
  const entry = (asked: ReturnType<typeof request>, status: number, text: string) => ({
    ...{ startedDateTime: '2026-01-01T00:00:00Z', time: 5, request: asked },
    response: {
      status,
      headers: [{ name: 'Set-Cookie', value: `sid=${own.sid}; Path=/` }],
      content: { text },
    },
  });
  const token = request('https://as.example/token', `grant_type=refresh_token&refresh_token=${own.refresh}`);
  const call = request('https://mcp.example/mcp', '{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
  const entries = [
    entry(call, 200, '{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}'),
    entry(token, 200, JSON.stringify({ access_token: own.token, refresh_token: own.refresh })),
    entry(token, 400, '{"error":"invalid_grant"}'),
  ];
  const archive = join(installation.env.HOME ?? '', 'other.har');
  writeFileSync(archive, JSON.stringify({ log: { version: '1.2', entries } }));
  const places = await everyForm(['--from-trace', archive], {});
  expect(places['--har']).toContain('https://as.example/token');
  expect(leaks(Object.values(own), places)).toEqual([]);
});

test('a server that repeats everything it is told cannot make a report say it', async () => {
  const server = await serve(({ path, headers, body }, res) => {
    const heard = JSON.stringify({ path, headers, body });
    const quoted = String(headers.authorization ?? '').replace(/[^\x20-\x7e]|["\\]/g, '');
    const key = String(headers['x-api-key'] ?? '').replace(/[^\x20-\x7e]|["\\]/g, '');
    res.setHeader('set-cookie', `sid=${sid}; Path=/`);
    res.setHeader('x-heard', `${quoted} ${key}`);
    if (path.startsWith('/.well-known/oauth-protected-resource')) {
      res.setHeader('content-type', 'application/json');
      return res.end(
        JSON.stringify({
          resource: `${server.url}/${encodeURIComponent(quoted)}?k=${encodeURIComponent(key)}`,
          authorization_servers: [`${server.url}/${encodeURIComponent(key)}`],
          resource_name: `${heard} ${sid}`,
        }),
      );
    }
    res.setHeader(
      'www-authenticate',
      `Bearer realm="${quoted}", error_description="${key}", scope="${quoted}", resource_metadata="${server.url}/.well-known/oauth-protected-resource/mcp?heard=${encodeURIComponent(quoted)}"`,
    );
    return res.writeHead(401, { 'content-type': 'text/html' }).end(`<p>${heard} ${quoted} ${key}`);
  }, '/mcp');
  ends.push(() => server.close());
  const sid = randomBytes(18).toString('hex');
  const own = {
    TOKEN: randomBytes(24).toString('base64url'),
    API_KEY: randomBytes(18).toString('base64url'),
  };
  const inUrl = randomBytes(18).toString('hex');
  const headers = ['--header', `Authorization: Bearer \${TOKEN}`, '--header', `X-Api-Key:\${API_KEY}`];
  const places = await everyForm([`${server.url}?q=${inUrl}`, ...headers], own);
  expect(leaks([...Object.values(own), inUrl, sid], places)).toEqual([]);
  for (const text of Object.values(places).slice(2)) expect(text).toContain('127.0.0.1');
  // What stands in a secret's place leaves an address an address.
  const { entries } = JSON.parse(places['--har'] ?? '').log as { entries: { request: { url: string } }[] };
  for (const { request } of entries) expect(request.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[!-~]*$/);
});
