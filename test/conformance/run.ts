import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { endsTogether, exitOnSignals } from '../support/ends-together.ts'
import { findTool } from '../support/tools.ts'
import { compileProtos, SUITE } from './protos.ts'

// `npm run conformance`: the official Connect conformance suite, against the server's pipeline and the client's
// transports. The exit code is 1 if a case fails or the suite cannot be run. The first run installs the suite with Go.

const HERE = fileURLToPath(new URL('.', import.meta.url))

const runs = [
  { what: 'server', mode: 'server', config: 'server.yaml', program: ['server.ts'] },
  { what: 'client for Node', mode: 'client', config: 'client-node.yaml', program: ['client.ts', 'node'] },
  { what: 'client for browsers', mode: 'client', config: 'client-web.yaml', program: ['client.ts', 'web'] },
]

exitOnSignals()
const runner = prepare()
const cases = { passed: 0, failed: 0 }
for (const { what, mode, config, program } of runs) {
  const [file = '', ...args] = program
  const command = [process.execPath, HERE + file, ...args]
  const child = endsTogether(
    spawn(runner, ['--mode', mode, '--conf', HERE + config, '--', ...command], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  )
  const [output, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>])
  const [, total, passed, failed] = /^Total cases: (\d+)\n(\d+) passed, (\d+) failed/m.exec(output) ?? []
  const isGood = exitCode === 0 && total === passed && failed === '0' && Number(total) > 0
  if (!isGood) console.log(output)
  console.log(`${what}: ${passed ?? 'no'} of ${total ?? 'no'} cases passed`)
  cases.passed += Number(passed ?? 0)
  cases.failed += isGood ? 0 : Math.max(1, Number(failed ?? 0))
}
if (cases.failed > 0) process.exitCode = 1
if (process.env.CI === 'true') report()

/** Counts the cases as vitest counts its tests, for the last line of `.ci/run`. */
function report(): void {
  const file = fileURLToPath(new URL('../../node_modules/.cache/waypost/reports/conformance.json', import.meta.url))
  const counts = { numPassedTests: cases.passed, numFailedTests: cases.failed, numPendingTests: 0, numTodoTests: 0 }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify({ ...counts, testResults: [] }))
}

function prepare(): string {
  try {
    const found = findTool('connectconformance') ?? installRunner()
    compileProtos()
    return found
  } catch (cause) {
    throw new Error('the conformance suite is not there, and could not be installed, which takes Go', { cause })
  }
}

function installRunner(): string {
  const GOBIN = fileURLToPath(new URL('../../node_modules/.cache/waypost/bin', import.meta.url))
  const [module, version] = SUITE.split('@')
  const env = { ...process.env, GOBIN }
  execFileSync('go', ['install', `${module}/cmd/connectconformance@${version}`], { env, stdio: 'inherit' })
  return `${GOBIN}/connectconformance`
}
