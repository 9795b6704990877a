import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { PolicyContext } from '../../src/domain/policies/default-policy.ts'
import { parseSruid } from '../../src/domain/sruid.ts'
import { type LoadedPolicy, loadPolicy } from '../../src/policy/load-policy.ts'
import { askPolicy } from '../../src/registry/core/ask-policy.ts'
import { eventually } from '../support/eventually.ts'
import { isRunning } from '../support/processes.ts'
import { type LoggedLine, recordingLogger } from '../support/recording-logger.ts'
import { run } from '../support/tools.ts'

// Each module does its worst for the tag "bad", and accepts every other tag.

const context: PolicyContext = { currentDefault: null, highestSemver: null, highestRelease: null }
const PATIENCE_MS = 300
const LOADER = new URL('../../src/policy/load-policy.ts', import.meta.url).href

let folder = ''
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-hostile-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function load(source: string): Promise<{ policy: LoadedPolicy; lines: readonly LoggedLine[] }> {
  const path = join(folder, `policy-${++files}.mjs`)
  await writeFile(path, `import fs from 'node:fs'\n${source}`)
  const { log, lines } = recordingLogger()
  const policy = await loadPolicy(path, log)
  onTestFinished(() => policy.close())
  return { policy, lines }
}

function decide(policy: LoadedPolicy, tag: string, signal = new AbortController().signal) {
  return Promise.resolve(policy.decide(parseSruid(`my-org/my-service:${tag}`), context, signal))
}

/** The outcome of a decision as a text: the answer, the message of the error, or `no answer`. */
async function outcomeOf(policy: LoadedPolicy, patienceMs = PATIENCE_MS): Promise<string> {
  const controller = new AbortController()
  const { promise, resolve } = Promise.withResolvers<string>()
  const decided = decide(policy, 'bad', controller.signal).then(String, ({ message }: Error) => message)
  const timer = setTimeout(() => {
    controller.abort()
    resolve('no answer')
  }, patienceMs)
  const outcome = await Promise.race([decided, promise])
  clearTimeout(timer)
  return outcome
}

const LONG_MS = 50_000

describe('a policy module', () => {
  test.for<readonly [string, string, RegExp]>([
    [
      'posts null to its parent',
      '(await import("node:worker_threads")).parentPort?.postMessage(null); process.send?.(null)',
      /^true$/,
    ],
    ['rejects a promise that nobody handles', 'Promise.reject(new Error("stray"))', /^true$/],
    ['throws in a timer', 'setTimeout(() => { throw new Error("stray") })', /^true$/],
    ['throws null', 'throw null', /^null$/],
    [
      'throws an error that cannot be read',
      'throw Object.defineProperty(new Error(), "stack", { get() { throw 1 } })',
      /has no text$/,
    ],
    ['throws an error of 100 million characters', 'throw new Error("x".repeat(1e8))', /^Error: x{1000}/],
    ['answers with 100 million characters', 'return "x".repeat(1e8)', /^x{4000}$/],
    ['answers with an object', 'return { answer: true }', /^\[object Object\]$/],
    ['answers with a value that has no text', 'return { toString() { throw new Error("no text") } }', /no text/],
    ['answers with a promise that never settles', 'return new Promise(() => {})', /^no answer$/],
    ['never returns', 'while (true);', /^no answer$/],
    ['breaks the built-in objects', 'JSON.stringify = () => { throw new Error("broken") }', /^no answer$/],
    ['signals its process with SIGTERM', 'process.kill(process.pid, "SIGTERM")', /^true$/],
    ['closes its stdout and its stderr', 'fs.closeSync(1); fs.closeSync(2); console.log("gone")', /^true$/],
    ['exits', 'process.exit()', /^the policy module ended its process \(exit code 0\)$/],
    ['kills its process', 'process.kill(process.pid, "SIGKILL")', /\(SIGKILL\)$/],
    ['aborts', 'process.abort()', /\(SIGABRT\)$/],
    ['keeps objects in memory', 'const kept = []; while (true) kept.push({})', /^the policy module ended its process/],
    ['keeps buffers in memory', 'const kept = []; while (true) kept.push(Buffer.alloc(1e7, 1))', /\(SIGKILL\)$/],
    ['closes its channel', 'fs.closeSync(3)', /closed the channel|ended its process/],
    ['writes a line to its channel', 'fs.writeSync(3, "null\\n")', /wrote to the channel/],
    [
      'writes without end to its channel',
      'while (true) try { fs.writeSync(3, "x".repeat(1e4)) } catch {}',
      /wrote to the channel/,
    ],
    [
      'answers a question that nobody asked',
      `fs.writeSync(3, '{"kind":"answer","id":99,"answer":true}\\n')`,
      /wrote to the channel/,
    ],
    ['answers twice', `fs.writeSync(3, '{"kind":"answer","id":1,"answer":true}\\n')`, /^true$/],
    ['answers with a wrong type', `fs.writeSync(3, '{"kind":"answer","id":1,"answer":[]}\\n')`, /wrote to the channel/],
  ])('a policy module that %s fails that decision at most, and the next one is made', async ([, worst, outcome]) => {
    const isSilent = outcome.test('no answer')
    const { policy } = await load(`export default async ({ revisionTag }) => {
      if (revisionTag === 'bad') { ${worst} }
      return true
    }`)
    expect(await outcomeOf(policy, isSilent ? PATIENCE_MS : LONG_MS)).toMatch(outcome)
    // A process that has answered may still be about to end, and takes a decision with it.
    await eventually('the next decision is made', async () => (await decide(policy, '1.0.0')) === true)
  })

  test.for<readonly [string, string, RegExp]>([
    ['exits while it is loaded', 'process.exit()', /^the policy module ended its process \(exit code 0\)$/],
    [
      'keeps memory while it is loaded',
      'const kept = []; while (true) kept.push(Buffer.alloc(1e7, 1))',
      /\(SIGKILL\)$/,
    ],
    [
      'closes its channel while it is loaded',
      'fs.closeSync(3); export default () => true',
      /closed the channel|ended its process/,
    ],
  ])('a policy module that %s is refused', async ([, source, message]) => {
    await expect(load(source)).rejects.toThrow(message)
  })

  test.for([
    ['never returns', 'while (true);'],
    ['exits', 'setTimeout(() => process.exit(), 100); return new Promise(() => {})'],
  ] as const)('a decision that %s fails alone, even if others wait in the same process', async ([, worst]) => {
    const { policy } = await load(`export default async ({ revisionTag }) => {
      if (revisionTag === 'bad') { ${worst} }
      await new Promise((resolve) => setTimeout(resolve, 150))
      return true
    }`)
    const bad = outcomeOf(policy)
    const others = Promise.all(['1.0.0', '1.1.0', '1.2.0'].map((tag) => decide(policy, tag)))
    expect(await bad).toMatch(/no answer|ended its process/)
    expect(await others).toEqual([true, true, true])
  })

  test('a decision that never ends is ended in time, although its caller has gone away, so the next one is made', async () => {
    const { policy } = await load(`export default ({ revisionTag }) => {
      if (revisionTag === 'bad') while (true);
      return true
    }`)
    const ask = (tag: string, policyTimeLimitMs: number, signal: AbortSignal) =>
      askPolicy({ policy, policyTimeLimitMs }, { candidate: parseSruid(`my-org/my-service:${tag}`), signal })
    await expect(ask('bad', 500, AbortSignal.timeout(100))).rejects.toThrow(/abort/)
    expect(await ask('1.0.0', 10_000, new AbortController().signal)).toBe(true)
  })

  test('the processes and threads that a policy module starts end with it', async () => {
    const { policy } = await load(`import { spawn } from 'node:child_process'
      import { Worker } from 'node:worker_threads'
      export default async ({ revisionTag }) => {
        if (revisionTag !== 'bad') return true
        new Worker('while (true);', { eval: true })
        const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
        return pid + ' ' + process.pid
      }`)
    const pids = (await outcomeOf(policy, LONG_MS)).split(' ').map(Number)
    expect(pids.map(isRunning)).toEqual([true, true])
    policy.close()
    await eventually('both are gone', async () => !pids.some(isRunning))
  })

  test('a policy module that breaks its channel as it is loaded again is refused, and the old one decides', async () => {
    const { policy } = await load('export default () => true')
    const broken = `import fs from 'node:fs'\nfs.writeSync(3, '{"kind":"ready","context":[]}\\nnull\\n')\nexport default () => false`
    await writeFile(join(folder, `policy-${files}.mjs`), broken)
    await expect(policy.reload?.()).rejects.toThrow('ended its process')
    expect(await decide(policy, '1.0.0')).toBe(true)
  })

  test('of two reloads at once, the later one decides which module is used', async () => {
    const { policy } = await load('export default () => true')
    const write = (source: string) => writeFile(join(folder, `policy-${files}.mjs`), source)
    await write('await new Promise((resolve) => setTimeout(resolve, 1000)); export default () => true')
    const first = policy.reload?.()
    await new Promise((resolve) => setTimeout(resolve, 200))
    await write('export default () => false')
    await Promise.all([first, policy.reload?.()])
    expect(await decide(policy, '1.0.0')).toBe(false)
  })

  test('a policy module that cannot get a process is refused, and the server goes on', async () => {
    const path = join(folder, 'policy.mjs')
    await writeFile(path, 'export default () => true')
    const script = `
      import { openSync } from 'node:fs'
      import { loadPolicy } from ${JSON.stringify(LOADER)}
      try { for (;;) openSync('/dev/null') } catch {}
      await loadPolicy(process.argv[1], {}).catch(({ message }) => process.stdout.write(message))
      await new Promise((resolve) => setTimeout(resolve, 50))`
    const command = ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script, path]
    expect(await run('sh', command)).toMatch(/EMFILE/)
  })

  test('the output of a policy module goes to the log as its own, in short lines', async () => {
    const { policy, lines } = await load(`export default () => {
      console.log('hello')
      console.error('x'.repeat(1e6))
      return true
    }`)
    await decide(policy, '1.0.0')
    await eventually('both lines are in the log', async () => lines.length === 2)
    const printed = (stream: string, line: string) => ({
      level: 'info',
      message: 'the policy module printed a line',
      fields: { policy: expect.stringMatching(/policy-\d+\.mjs$/), stream, line },
    })
    expect(lines).toEqual(expect.arrayContaining([printed('stdout', 'hello'), printed('stderr', 'x'.repeat(1_000))]))
  })

  test('a policy module that prints without end fills the log with few lines, and the log counts the others', async () => {
    const { policy, lines } = await load(`export default async ({ revisionTag }) => {
      if (revisionTag === 'bad') while (true) console.log('again')
      return true
    }`)
    expect(await outcomeOf(policy, PATIENCE_MS)).toBe('no answer')
    await eventually('the dropped lines are counted', async () => lines.some(({ level }) => level === 'warn'))
    expect(lines.find(({ level }) => level === 'warn')).toEqual({
      level: 'warn',
      message: 'the policy module printed too much, so lines were dropped',
      fields: { policy: expect.any(String), lines: expect.any(Number) },
    })
    expect(lines.filter(({ level }) => level === 'info').length).toBeLessThan(100)
    expect(await decide(policy, '1.0.0')).toBe(true)
  })
})
