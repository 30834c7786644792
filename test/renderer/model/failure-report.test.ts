import { expect, test } from 'vitest';
import { reportOf } from '../../../app/renderer/model/failure-report.ts';

const about = { version: '1.2.3', screen: 'lab' };

test('a report says what was thrown, where, and in which version', () => {
  const error = new TypeError('Cannot read properties of null');
  error.stack = `TypeError: ${error.message}\n    at LabScreen (http://127.0.0.1:1/assets/index.js:1:2)\n    at x`;
  expect(
    reportOf(error, { ...about, components: '\n    at LabScreen\n    at Boundary' }).split('\n'),
  ).toEqual([
    'Keybridge 1.2.3, lab',
    'TypeError: Cannot read properties of null',
    '    at LabScreen (http://127.0.0.1:1/assets/index.js:1:2)',
    '    at x',
    '    at LabScreen',
    '    at Boundary',
  ]);
});

test.each([
  ['a key in an address', 'no answer from https://mcp.example/mcp?key=hunter2&x', 'hunter2'],
  ['a name and password in one', 'no answer from https://ada:hunter2@mcp.example/mcp', 'hunter2'],
  ['what comes after its #', 'at https://mcp.example/#access_token=hunter2', 'hunter2'],
  ['a token', `refused eyJhbGciOi.${'a1'.repeat(20)}.sig`, 'a1a1a1'],
])('it does not say %s', (_, message, secret) => {
  const error = new Error(message);
  error.stack = `Error: ${message}\n    at x`;
  const report = reportOf(error, about);
  expect(report).not.toContain(secret);
  expect(report).toContain('    at x');
});

test('what was thrown is bounded, and may be no error at all', () => {
  expect(reportOf('words', about)).toBe('Keybridge 1.2.3, lab\nError: words');
  const endless = new Error('so '.repeat(10_000));
  endless.stack = `Error: ${endless.message}\n${'    at x\n'.repeat(1000)}`;
  expect(reportOf(endless, { ...about, components: '\n    at y'.repeat(1000) }).length).toBeLessThan(2_000);
});
