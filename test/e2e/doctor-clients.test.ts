import { afterEach, expect, test } from 'vitest';
import { install } from '../support/keybridge.ts';
import { STAGES } from '../support/staged.ts';
import { serveStage } from '../support/staged-servers.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function doctor(...args: string[]) {
  const servers = await serveStage(STAGES['slash in the document']);
  ends.push(() => servers.close());
  const installation = install();
  ends.push(() => installation.close());
  return installation.run(['doctor', servers.url, ...args]);
}

test('row 3.9: the report names VS Code and MCP Inspector, the one that gets through and the one that stops', async () => {
  const { code, stdout } = await doctor();
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ {2}MCP Inspector +stops at the OAuth metadata \(ASM-06\)$/m);
  expect(stdout).toMatch(/^ {2}gets through: VS Code/m);
  expect(stdout).toMatch(/^ {2}Claude's connectors +stops before the first request, since/m);
});

test('--as-client shows exactly one way, and the report for programs has them all', async () => {
  const { stdout } = await doctor('--as-client', 'vscode');
  expect(stdout).toMatch(/^VS Code \(main, 2026\) at http:/);
  expect(stdout).toContain('gets through to a sign-in at');
  expect(stdout).not.toMatch(/BROKEN|Inspector|What was asked/);
  const { clients } = JSON.parse((await doctor('--json')).stdout);
  expect(clients).toHaveLength(15);
  expect(clients[2]).toMatchObject({ client: 'vscode', result: 'through' });
});
