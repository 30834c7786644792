import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { install } from '../support/keybridge.ts';
import { temporaryFolder } from '../support/temporary.ts';

function installed() {
  const installation = install();
  onTestFinished(() => installation.close());
  return installation;
}

const URLS = ['https://mcp.example/mcp-o365/mcp', '--upstream', 'http://mcp-o365:8000/mcp'];

test('fix prints the table and the configuration, the configuration alone, or JSON', async () => {
  const { run } = installed();
  const words = await run(['fix', ...URLS]);
  expect(words).toMatchObject({ code: 0, stderr: '' });
  expect(words.stdout).toMatch(/^ {2}POST \/mcp-o365\/mcp +main +\/mcp$/m);
  const { stdout: alone } = await run(['fix', ...URLS, '--for', 'nginx', '--config']);
  expect(alone).toMatch(/^server \{\n[\s\S]*\n\}\n$/);
  const { stdout: json } = await run(['fix', ...URLS, '--for=nginx', '--json']);
  expect(JSON.parse(json)).toMatchObject({ schema: 1, for: 'nginx', alias: 'app', configuration: alone });
});

test('fix reads a saved report, and refuses what is none', async () => {
  const { run } = installed();
  const folder = await temporaryFolder();
  const report = join(folder, 'report.json');
  const examination = { kind: 'server', exchanges: {} };
  writeFileSync(report, JSON.stringify({ schema: 1, target: URLS[0], examination }));
  const assumed = await run(['fix', '--from', report, '--config']);
  expect(assumed.stdout).toMatch(
    /^# ASSUMED: the server runs at http:\/\/127\.0\.0\.1:8000\/mcp\..*\nserver \{\n/,
  );
  expect(assumed.stderr).toContain('Where the server runs was not given');
  expect(assumed.stderr).toContain('--upstream URL');
  const { stdout } = await run(['fix', '--from', report, '--config', '--for', 'nginx-ingress']);
  expect(stdout.match(/^kind: Ingress$/gm)).toHaveLength(4);
  writeFileSync(report, '{}');
  expect(await run(['fix', '--from', report])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--from wants a report'),
  });
});

test.each([
  [[]],
  [['https://a.example/mcp', 'https://b.example/mcp']],
  [[...URLS, '--for', 'iis']],
  [[...URLS, '--what']],
])('fix %j is a command line that is wrong', async argv => {
  const { code, stdout, stderr } = await installed().run(['fix', ...argv]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('keybridge fix --help');
});

test('lint and the doctor say in their help which of them fails at what', async () => {
  const { run } = installed();
  const words = async (command: string) => (await run([command, '--help'])).stdout.replace(/\s+/g, ' ');
  expect(await words('lint')).toMatch(/unsafe \(default\).*for keybridge doctor the default is broken/);
  expect(await words('doctor')).toMatch(/broken \(default\).*for keybridge lint the default is unsafe/);
});

test('lint prints file and line, ends with 1 for what is unsafe, and takes a threshold and codes to ignore', async () => {
  const { run } = installed();
  const file = join(await temporaryFolder(), 'nginx.conf');
  writeFileSync(file, 'http {\n  log_format a $http_authorization;\n}\n');
  const words = await run(['lint', 'nginx', file]);
  expect(words).toMatchObject({ code: 1, stderr: '' });
  expect(words.stdout).toContain(`${file}:2  UNSAFE  OPS-01 authorization-in-logs`);
  const { code, stdout } = await run(['lint', 'nginx', file, '--json', '--fail-on', 'broken']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 1, findings: [{ code: 'OPS-01', file, line: 2 }] });
  expect(await run(['lint', 'nginx', file, '--ignore=OPS-01'])).toMatchObject({ code: 0 });
  expect((await run(['lint', 'nginx', '-'], { input: 'error_log x debug;' })).stdout).toContain(
    '-:1  UNSAFE',
  );
});

test.each([
  [[]],
  [['apache', 'x']],
  [['nginx']],
  [['nginx', '/nowhere/x.conf']],
  [['nginx', 'x', '--fail-on', 'note']],
])('lint %j is a command line that is wrong', async argv => {
  const { code, stdout } = await installed().run(['lint', ...argv]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test('lint follows what a file includes, and says loudly what it could not follow', async () => {
  const { run } = installed();
  const folder = await temporaryFolder();
  const main = join(folder, 'nginx.conf');
  const site = join(folder, 'site.conf');
  const snippet = join(folder, 'snippet');
  writeFileSync(main, 'http {\n  include s*.conf;\n}\n');
  writeFileSync(site, '\ninclude snippet;\n');
  writeFileSync(snippet, '\n\nerror_log x debug;\n');
  const whole = await run(['lint', 'nginx', main]);
  expect(whole).toMatchObject({ code: 1, stderr: '' });
  expect(whole.stdout).toContain(`${snippet}:3  UNSAFE  OPS-02`);
  expect(whole.stdout).toContain(`1 finding in ${main} and 2 files it includes.`);
  rmSync(snippet);
  const half = await run(['lint', 'nginx', main]);
  expect(half.stdout).toContain(`${site}:2  NOT READ  include snippet`);
  expect(half.stdout).toContain('1 include could not be followed: what stands there was not judged.');
  expect(JSON.parse((await run(['lint', 'nginx', main, '--json'])).stdout)).toMatchObject({
    unread: [{ file: site, line: 2, include: 'snippet' }],
  });
  writeFileSync(join(folder, 'other'), 'error_log x debug;');
  writeFileSync(site, 'include other;');
  expect((await run(['lint', 'nginx', main, '--prefix', '/nowhere'])).stdout).toContain('NOT READ');
});
