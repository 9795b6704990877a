import { expect, test } from 'vitest'
import { addUp, type Report } from '../../tools/add-up-reports.ts'

const report = (changes: Partial<Report>): Report => ({
  ...{ numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] },
  ...changes,
})

test('the totals are the sums over all reports', () => {
  const one = report({ numPassedTests: 10, numFailedTests: 1, numPendingTests: 2, numTodoTests: 3 })
  const two = report({ numPassedTests: 5, numFailedTests: 2, numPendingTests: 1 })
  expect(addUp([one, two])).toEqual({ passed: 15, failed: 3, skipped: 6 })
})

test('a file that could not be loaded counts as one failed test', () => {
  const broken = { status: 'failed', assertionResults: [] }
  const counted = { status: 'failed', assertionResults: [{}] }
  const empty = { status: 'passed', assertionResults: [] }
  expect(addUp([report({ numFailedTests: 1, testResults: [broken, counted, empty] })])).toMatchObject({ failed: 2 })
})
