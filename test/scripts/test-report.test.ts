import { expect, test } from 'vitest';
import { judgeTests } from '../../scripts/test-report.mjs';

const report = (...tests: [suite: string, title: string, status: string][]) =>
  JSON.stringify({
    testResults: [
      {
        assertionResults: tests.map(([suite, title, status]) => ({
          ancestorTitles: suite === '' ? [] : [suite],
          title,
          status,
        })),
      },
    ],
  });

test('whatever has neither passed nor failed was skipped, and its suite is named', () => {
  const tests = report(
    ['s', 'a', 'passed'],
    ['s', 'b', 'failed'],
    ['t', 'c', 'skipped'],
    ['t', 'd', 'todo'],
    ['', 'e', 'pending'],
  );
  expect(judgeTests(tests)).toEqual({ passed: 1, skipped: ['t (2 tests)', 'e'] });
});
