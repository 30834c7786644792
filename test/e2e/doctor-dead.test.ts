import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
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

test('a host that takes connections and says nothing is reported within ten seconds, too', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  try {
    const url = `http://127.0.0.1:${port}/mcp`;
    const { code, stdout } = await installation.run(['doctor', url, '--json']);
    expect(code).toBe(3);
    const { unreachable, findings, examination } = JSON.parse(stdout);
    expect({ unreachable, code: findings[0]?.code }).toEqual({ unreachable: true, code: 'NET-15' });
    expect(examination.finishedAt - examination.startedAt).toBeLessThan(9_800);
  } finally {
    silent.close();
  }
}, 30_000);
