/** @typedef {{ ancestorTitles: string[], title: string, status: string }} TestResult */

/**
 * What a run of the tests came to, from vitest's JSON report.
 * @param {string} json
 * @returns {{ passed: number, skipped: string[] }} `skipped` names the suites with tests that did not run
 */
export function judgeTests(json) {
  /** @type {{ testResults: { assertionResults: TestResult[] }[] }} */
  const report = JSON.parse(json);
  const tests = report.testResults.flatMap(file => file.assertionResults);
  const skipped = tests.filter(test => !['passed', 'failed'].includes(test.status));
  /** @type {Map<string, number>} */
  const suites = new Map();
  for (const { ancestorTitles, title } of skipped) {
    const suite = ancestorTitles[0] ?? title;
    suites.set(suite, (suites.get(suite) ?? 0) + 1);
  }
  return {
    passed: tests.filter(test => test.status === 'passed').length,
    skipped: [...suites].map(([name, count]) => (count > 1 ? `${name} (${count} tests)` : name)),
  };
}
