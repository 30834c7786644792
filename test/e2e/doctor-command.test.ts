import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { json, serve, type TestServer } from '../support/http-server.ts';
import { type Finished, type Installation, install } from '../support/keybridge.ts';

const ends: (() => Promise<unknown>)[] = [];
let installation: Installation;
let lab: Lab;
let wrong: TestServer;
/** What the wrong server publishes; a test changes it. */
let published: Record<string, unknown>;

beforeEach(async () => {
  installation = install();
  lab = await startLab();
  published = { resource: 'http://127.0.0.1/elsewhere', authorization_servers: [lab.issuer] };
  wrong = await serve(({ path }, res) => {
    if (path === '/.well-known/oauth-protected-resource/mcp') return json(res, published);
    return path.startsWith('/mcp') ? res.writeHead(401).end() : res.writeHead(404).end();
  });
  ends.push(
    () => installation.close(),
    () => lab.close(),
    () => wrong.close(),
  );
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const doctor = (...args: string[]): Promise<Finished> => installation.run(['doctor', ...args]);
const file = (name: string) => join(installation.env.HOME ?? '', name);

describe('the doctor ends', () => {
  test('with 1 where the sign-in that was asked for does not succeed', async () => {
    const KEYBRIDGE_BROWSER = installation.browserOf({ KEYBRIDGE_LAB_DECISION: 'deny' });
    const args = ['doctor', lab.serverUrl, '--login'];
    const { code, stderr } = await installation.run(args, { env: { KEYBRIDGE_BROWSER } });
    expect(stderr).toContain('The sign-in did not succeed');
    expect(code).toBe(1);
    expect((await installation.run(args)).code).toBe(0);
  });

  test('with 0 where nothing is at the threshold or worse, with 1 where something is', async () => {
    expect((await doctor(lab.serverUrl)).code).toBe(0);
    const { code, stdout } = await doctor(wrong.url);
    expect(code).toBe(1);
    const codes = [...stdout.matchAll(/^(?:BROKEN|UNSAFE|FRAGILE|NOTE) +([A-Z]+-\d\d) /gm)].map(
      ([, each = '']) => each,
    );
    expect(codes.length).toBeGreaterThan(0);
    const { findings } = JSON.parse((await doctor(wrong.url, '--json')).stdout);
    const all = JSON.stringify(findings).match(/(?<="code":")[A-Z]+-\d\d/g) ?? [];
    expect((await doctor(wrong.url, ...all.flatMap(each => ['--ignore', each]))).code).toBe(0);
  });

  test('with 2 for a command line that is wrong, before anything is asked', async () => {
    const { code, stdout, stderr } = await doctor(wrong.url, '--fail-on', 'everything');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--fail-on');
    expect(wrong.seen).toEqual([]);
  });

  test('with 2 where a report cannot be written', async () => {
    const { code, stderr } = await doctor(lab.serverUrl, '--sarif', file('no/such/folder'));
    expect(code).toBe(2);
    expect(stderr).toContain('--sarif');
  });

  test('with 3 where one of several is out of reach; the others are reported all the same', async () => {
    const { code, stdout } = await doctor(lab.serverUrl, 'http://127.0.0.1:1/mcp', wrong.url, '--json');
    expect(code).toBe(3);
    const reports = JSON.parse(stdout) as { target: string; unreachable: boolean }[];
    expect(reports.map(({ target, unreachable }) => [target, unreachable])).toEqual([
      [lab.serverUrl, false],
      ['http://127.0.0.1:1/mcp', true],
      [wrong.url, false],
    ]);
  });
});

test('targets come from a file; one outside the repository is named in a list that SARIF carries', async () => {
  writeFileSync(file('targets.txt'), `# servers\n${lab.serverUrl}\n${wrong.url} # to be mended\n`);
  const { code, stdout } = await doctor(
    '--targets',
    file('targets.txt'),
    '--sarif',
    file('a.sarif'),
    '--junit',
  );
  expect(code).toBe(1);
  expect(stdout).toMatch(/^<\?xml version="1\.0"/);
  const { results, artifacts } = JSON.parse(readFileSync(file('a.sarif'), 'utf8')).runs[0];
  expect(artifacts[0].contents.text).toBe(`${lab.serverUrl}\n${wrong.url}\n`);
  const lines = results.map(
    (each: { locations: [{ physicalLocation: { region: { startLine: number } } }] }) =>
      each.locations[0].physicalLocation.region.startLine,
  );
  expect(new Set(lines)).toContain(2);
  if (process.platform !== 'win32') expect(statSync(file('a.sarif')).mode & 0o777).toBe(0o600);
});

test('row 2.7: a command for CI fails when metadata changes, and not for what was known', async () => {
  expect((await doctor(wrong.url, '--save', file('base.json'))).code).toBe(1);
  const same = await doctor(wrong.url, '--baseline', file('base.json'));
  expect(same.stdout).toContain('nothing has changed');
  expect(same.code).toBe(0);
  published = { ...published, scopes_supported: ['mcp'] };
  const changed = await doctor(wrong.url, '--baseline', file('base.json'), '--save', file('base.json'));
  expect(changed.code).toBe(1);
  expect(changed.stdout).toContain('/scopes_supported: ["mcp"]');
  expect((await doctor(wrong.url, '--baseline', file('base.json'))).code).toBe(0);
});

describe('an examination can be done', () => {
  test('in one part again, which asks only what that part wants', async () => {
    const kinds = async (...args: string[]) =>
      (
        JSON.parse((await doctor(lab.serverUrl, '--json', ...args)).stdout).examination.probes as {
          kind: string;
        }[]
      ).map(({ kind }) => kind);
    expect(await kinds('--only', 'prm')).not.toContain('preflight');
    expect(await kinds('--only', 'prm')).toContain('resource-path');
    expect(await kinds('--only', 'asm')).toContain('server-oauth');
    expect(await kinds('--only', 'url')).not.toContain('server-oauth');
    const { findings } = JSON.parse((await doctor(wrong.url, '--json', '--only', 'chl')).stdout);
    expect(JSON.stringify(findings)).not.toMatch(/"code":"(?!CHL)/);
    expect(JSON.stringify(findings)).toContain('"code":"CHL-01"');
  });

  test('with metadata, issuer, header and User-Agent of one’s own choice', async () => {
    const elsewhere = await serve(({ path }, res) => json(res, path === '/doc' ? published : {}, 200), '');
    ends.push(() => elsewhere.close());
    const { stdout } = await doctor(
      ...[
        wrong.url,
        '--json',
        '--resource-metadata',
        `${elsewhere.url}/doc`,
        '--issuer',
        `${elsewhere.url}/issuer`,
      ],
      ...['--header', 'X-Team: seven', '--user-agent', 'somebody-else/1'],
    );
    const { probes } = JSON.parse(stdout).examination as {
      probes: { kind: string; url: string; about?: string }[];
    };
    expect(probes.find(({ kind }) => kind === 'resource-named')?.url).toBe(`${elsewhere.url}/doc`);
    const issuers = new Set(
      probes.filter(({ kind }) => kind.startsWith('server-')).map(({ about }) => about),
    );
    expect([...issuers]).toEqual([`${elsewhere.url}/issuer`]);
    expect(wrong.seen.every(({ headers }) => headers['x-team'] === 'seven')).toBe(true);
    expect(elsewhere.seen.some(({ headers }) => headers['x-team'] !== undefined)).toBe(false);
    expect(wrong.seen.some(({ headers }) => headers['user-agent'] === 'somebody-else/1')).toBe(true);
  });
});

test('words go to stdout beside reports in files; nothing is left in the state folder', async () => {
  const { stdout, stderr } = await doctor(wrong.url, '--markdown', file('a.md'), '--har', file('a.har'));
  expect(stdout).toMatch(/; \d+ requests in /);
  expect(stdout).not.toContain('\u001b');
  expect(stderr).toBe('');
  expect(readFileSync(file('a.md'), 'utf8')).toContain(`## \`${wrong.url}\``);
  expect(JSON.parse(readFileSync(file('a.har'), 'utf8')).log.version).toBe('1.2');
  for (const name of ['grants.sealed', 'trace.jsonl', 'broker.lock'])
    expect(existsSync(join(installation.home, name))).toBe(false);
});

test('a code is explained, what is none is refused, and the doctor has help of its own', async () => {
  const explained = await installation.run(['explain', 'asm-10']);
  expect(explained).toMatchObject({ code: 0, stderr: '' });
  expect(explained.stdout).toMatch(/^ASM-10 pkce-not-advertised\n/);
  expect(await installation.run(['explain', 'ASM-99'])).toMatchObject({ code: 2, stdout: '' });
  expect((await installation.run(['explain'])).stdout.trim().split('\n')).toHaveLength(196);
  const help = await doctor('--help');
  expect(help.code).toBe(0);
  for (const flag of ['--sarif', '--baseline', '--only', '--active', '--login', '--fail-on'])
    expect(help.stdout).toContain(flag);
});
