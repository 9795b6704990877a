import { parseArgs } from 'node:util'
import { exitOnSignals } from '../support/ends-together.ts'
import { runFaults } from './run-faults.ts'
import {
  cutAnswers,
  freezePrimary,
  killAll,
  killPrimary,
  makeIndexesWithoutMember,
  rollingRestart,
} from './scenarios.ts'

// npm run faults -- [--rounds 30] [--election-timeout 2000]
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '30' },
    'election-timeout': { type: 'string', default: '2000' },
  },
})

exitOnSignals()
const print = (line: string) => process.stdout.write(`${line}\n`)
const kills = Array.from({ length: Number(values.rounds) }, (_, index) => {
  return [`kill -9 of the primary, round ${index + 1}`, killPrimary] as const
})
const start = performance.now()
const outcome = await runFaults({
  scenarios: [
    ...kills,
    ['SIGSTOP of the primary for 8 s', freezePrimary(8_000)],
    ['answers cut in the middle, 10 times', cutAnswers(10)],
    ['indexes made while a member is down', makeIndexesWithoutMember],
    ['rolling restart', rollingRestart],
    ['all members down for 10 s', killAll(10_000)],
  ],
  electionTimeoutMs: Number(values['election-timeout']),
  report: print,
})
const { violations, ...counts } = outcome
for (const violation of violations) print(`VIOLATION: ${violation}`)
print(
  `${JSON.stringify(counts)}, ${violations.length} violations in ${Math.round((performance.now() - start) / 1_000)} s`,
)
process.exitCode = violations.length === 0 ? 0 : 1
