import { writeFileSync } from 'node:fs';
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
  const { stdout } = await run(['fix', '--from', report, '--config']);
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
