import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Installation, install } from '../support/keybridge.ts';

let installation: Installation;

beforeEach(() => {
  installation = install();
});

afterEach(() => installation.close());

test.each([
  ['nobody listens', 'http://127.0.0.1:1/mcp', 'NET-15'],
  ['the name does not resolve', 'https://no-such-name.invalid/mcp', 'NET-01'],
])('where %s the doctor says so within ten seconds and ends with 3', async (_, url, code) => {
  const since = performance.now();
  const { stdout, stderr, ...ended } = await installation.run(['doctor', url, '--json']);
  expect(performance.now() - since).toBeLessThan(10_000);
  expect(ended.code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ unreachable: true, findings: [{ code, severity: 'broken' }] });
  // Progress is for terminals.
  expect(stderr).toBe('');
});
