import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Row } from './arena.ts';
import { figure, quantile, spread } from './statistics.ts';
import { table } from './table.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

function bench(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [MAIN, ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

it('everybody signs in, answers, and is compared in one run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keybridge-bench-'));
  try {
    const file = join(folder, 'rows.json');
    const { code, stdout, stderr } = await bench('--quick', '--only', 'start', '--json', file);
    const rows = JSON.parse(readFileSync(file, 'utf8')) as Row[];
    expect(rows.map(({ name }) => name)).toEqual(['start', 'start-list', 'requests']);
    expect(rows[0]?.ours, stderr).toMatch(/^[\d.]+ ms \([\d.]+–[\d.]+\)$/);
    expect(rows[2]?.ours).toContain('POST initialize');
    // Neither of them signed in again.
    expect(`${rows[2]?.ours} ${rows[2]?.theirs}`).not.toMatch(/token|reg|auth /);
    for (const { what } of rows) expect(stdout).toContain(`| ${what} |`);
    expect(code).toBe(rows.some(({ worse }) => worse) ? 1 : 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);

it('a name that is none of the measurements is refused, and those there are named', async () => {
  expect(await bench('--only', 'nothing')).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('flight'),
  });
});

it('a row that misses its aim says so', () => {
  const row: Row = {
    name: 'x',
    what: 'the x',
    ours: '1 ms',
    theirs: '2 ms',
    result: '0.5 ×',
    aim: '0.4 ×',
    met: false,
    worse: false,
    samples: '3 rounds',
  };
  expect(table([row])).toContain('| the x | 1 ms | 2 ms |  | 0.5 × | 0.4 ×, not met | 3 rounds |');
  expect(table([{ ...row, met: true }])).toContain('| 0.4 ×, met |');
});

it('figures have three digits that count, and quantiles lie between their neighbours', () => {
  expect([0.1234, 12.34, 123.4, Number.NaN].map(figure)).toEqual(['0.12', '12.3', '123', '–']);
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
  expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9);
  expect(spread([3, 1, 2], 'ms')).toBe('2.00 ms (1.50–2.50)');
});
