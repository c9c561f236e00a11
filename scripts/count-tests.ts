/** Counts what a test run really did, from vitest's JSON report. */

export interface TestReport {
  readonly testResults: readonly {
    /** Absolute path of the test file. */
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What is wrong beyond single tests, one sentence each. */
  readonly problems: readonly string[]
}

interface Run {
  /** Undefined when vitest wrote none. */
  readonly report: TestReport | undefined
  readonly exitCode: number | null
  /** Absolute paths of all test files of the repository. */
  readonly testFiles: readonly string[]
}

/**
 * A test counts as passed only when it ran and passed. A file that fell over outside of its tests (while it was loaded, or in a
 * hook) is one failure; a file that no project runs is one skipped suite; and vitest's own verdict (an error that no test
 * caught, a set-up that failed) is a failure even when each test passed.
 */
export function countTests({ report, exitCode, testFiles }: Run): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0, problems: [] as string[] }
  for (const file of report?.testResults ?? []) {
    const failedBefore = counts.failed
    for (const { status } of file.assertionResults) {
      if (status === 'passed') counts.passed += 1
      else if (status === 'failed') counts.failed += 1
      else counts.skipped += 1
    }
    if (file.status !== 'passed' && counts.failed === failedBefore) {
      counts.failed += 1
      counts.problems.push(`${file.name} failed outside of its tests: ${file.message || 'one of its hooks, see above'}`)
    }
  }
  const seen = new Set(report?.testResults.map((file) => file.name))
  for (const file of testFiles.filter((path) => !seen.has(path))) {
    counts.skipped += 1
    counts.problems.push(`${file} did not run: no project of vitest.config.ts includes it, or the run ended before it`)
  }
  if (report === undefined) {
    counts.failed += 1
    counts.problems.push('vitest wrote no report: see its output')
  } else if (exitCode !== 0 && counts.failed === 0) {
    counts.failed += 1
    counts.problems.push(`vitest ended with exit code ${exitCode}, though no test failed: see its output`)
  }
  return counts
}

/** `12 passed, 0 failed`, and how many were skipped, when any was. */
export function countsLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
