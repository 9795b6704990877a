import { existsSync, readFileSync } from 'node:fs'

// `.ci/run`: adds up the reports of its commands, and prints `N passed, N failed, N skipped` as the last line.
// node tools/add-up-reports.ts REPORT…
// A missing report counts as a failure, because its command ended before any test did.

/** The parts of a report of vitest that are read here. */
export interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

export interface Totals {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Adds up the tests of these reports. A file that could not be loaded counts as one failed test. */
export function addUp(reports: readonly Report[]): Totals {
  return {
    passed: sum(reports.map(({ numPassedTests }) => numPassedTests)),
    failed: sum(reports.map((report) => report.numFailedTests + countBrokenFiles(report))),
    skipped: sum(reports.map(({ numPendingTests, numTodoTests }) => numPendingTests + numTodoTests)),
  }
}

function countBrokenFiles({ testResults }: Report): number {
  return testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
    .length
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function main(paths: readonly string[]): void {
  const missing = paths.filter((path) => !existsSync(path))
  for (const path of missing) console.log(`no report: ${path}`)
  const reports = paths
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, 'utf8')) as Report)
  const { passed, failed, skipped } = addUp(reports)
  console.log(`${passed} passed, ${failed + missing.length} failed, ${skipped} skipped`)
  if (failed + missing.length > 0) process.exitCode = 1
}

if (import.meta.main) main(process.argv.slice(2))
