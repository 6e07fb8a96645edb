// Reads how many tests passed, failed and were skipped out of the test runners' JSON reports. A run that broke before
// or beside its tests (no report, a file that does not load, an error between tests, no test at all) counts as failed:
// a green line must mean that everything ran.

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @param {Counts} counts @param {number} exitCode @returns {Counts} */
const withExit = (counts, exitCode) => {
  const nothingRan = counts.passed + counts.failed + counts.skipped === 0;
  return counts.failed === 0 && (exitCode !== 0 || nothingRan) ? { ...counts, failed: 1 } : counts;
};

/**
 * @param {string | undefined} report Vitest's JSON report
 * @param {number} exitCode
 * @returns {Counts}
 */
export function vitestCounts(report, exitCode) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  /** @type {{ testResults: { status: string, assertionResults: { status: string }[] }[] }} */
  const { testResults } = JSON.parse(report);
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of testResults) {
    const before = counts.failed;
    for (const { status } of file.assertionResults)
      counts[status === 'passed' ? 'passed' : status === 'failed' ? 'failed' : 'skipped'] += 1;
    if (file.status === 'failed' && counts.failed === before) counts.failed += 1; // it did not load
  }
  return withExit(counts, exitCode);
}

/**
 * @param {string | undefined} report Playwright's JSON report
 * @param {number} exitCode
 * @returns {Counts}
 */
export function playwrightCounts(report, exitCode) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const { stats } = JSON.parse(report);
  const counts = { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped };
  return withExit(counts, exitCode);
}

/** @param {number} exitCode @returns {Counts} */
export const exitCounts = (exitCode) => ({
  passed: exitCode === 0 ? 1 : 0,
  failed: exitCode === 0 ? 0 : 1,
  skipped: 0,
});
