import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createProgress } from '../../src/cli/output/progress.ts'
import { hasCommand, skipWithout } from '../support/tools.ts'
import { runShell } from './cli-registry.ts'

const CLEAR = '\r\x1b[K'

describe('progress', () => {
  let written: string

  const isTerminal = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY')
  const pretend = (value: boolean) => Object.defineProperty(process.stderr, 'isTTY', { value, configurable: true })

  // The test sets the clock, so nothing waits.
  beforeEach(() => {
    pretend(false)
    written = ''
    vi.useFakeTimers({ toFake: ['performance'] })
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written += text
      return true
    })
  })

  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
    if (isTerminal) Object.defineProperty(process.stderr, 'isTTY', isTerminal)
    else Reflect.deleteProperty(process.stderr, 'isTTY')
  })

  test('progress is printed as a plain line from time to time, with the rate and the remaining time', () => {
    const progress = createProgress({ isQuiet: false })
    progress.next('importing:')
    for (let second = 1; second <= 12; second++) {
      vi.advanceTimersByTime(1_000)
      progress.report(second * 1_000, second / 20)
    }
    progress.end()
    expect(written).toBe(
      'importing: 5,000 records, 1,000/s, 15 s left\nimporting: 10,000 records, 1,000/s, 10 s left\n',
    )
  })

  test('progress has no remaining time if the total is unknown', () => {
    const progress = createProgress({ isQuiet: false })
    progress.next('reading:')
    vi.advanceTimersByTime(10_000)
    progress.report(2_000, undefined)
    expect(written).toBe('reading: 2,000 records, 200/s\n')
  })

  test('progress counts the rate of each piece of work from its own start', () => {
    const progress = createProgress({ isQuiet: false })
    progress.next('reading:')
    vi.advanceTimersByTime(60_000)
    progress.next('importing:')
    vi.advanceTimersByTime(6_000)
    progress.report(6_000, 0.5)
    expect(written).toBe('importing: 6,000 records, 1,000/s, 6 s left\n')
  })

  test('progress on a terminal is one line that is cleared for reports of refused records and at the end', () => {
    pretend(true)
    const progress = createProgress({ isQuiet: false })
    progress.next('importing:')
    for (let step = 1; step <= 3; step++) {
      vi.advanceTimersByTime(100)
      progress.report(step * 100, step / 10)
    }
    progress.say('line 3: bad')
    progress.end()
    expect(written).toBe(`${CLEAR}importing: 200 records, 1,000/s, 1 s left${CLEAR}line 3: bad\n${CLEAR}`)
  })

  test('progress with --quiet is only the reports of refused records', () => {
    const progress = createProgress({ isQuiet: true })
    progress.next('reading:')
    vi.advanceTimersByTime(60_000)
    progress.report(2_000, 0.5)
    progress.say('line 3: bad')
    progress.end()
    expect(written).toBe('line 3: bad\n')
  })
})

const reason = skipWithout(hasCommand('script'), 'the terminal of util-linux, script, is not there')

describe.skipIf(reason)(`progress on a terminal${reason ? ` (${reason})` : ''}`, () => {
  let folder: string
  // An import of these takes several times as long as a line of progress stays.
  const RECORDS = 20_000
  const SUMMARY = `added ${RECORDS - 1}, changed 0, already there 0, kept 0, skipped 0, refused 1`

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waypost-progress-'))
    const line = (index: number) =>
      JSON.stringify({
        model: 'django_twined.servicerevision',
        fields: {
          namespace: 'a',
          name: `b${index % 50}`,
          tag: `1.0.${index}`,
          is_default: false,
          created: '2024-05-06T07:08:09Z',
        },
      })
    const lines = Array.from({ length: RECORDS }, (_, index) => (index === RECORDS / 2 ? 'bad' : line(index)))
    await writeFile(join(folder, 'many.ndjson'), `${lines.join('\n')}\n`)
  })

  afterAll(() => rm(folder, { recursive: true }))

  const onTerminal = (...flags: readonly string[]) => {
    const command = [
      'import',
      join(folder, 'many.ndjson'),
      '--store',
      `sqlite:${join(folder, `${flags}.db`)}`,
      ...flags,
    ]
    // `script` accepts the whole command as one word. No word of the command contains a quote.
    return runShell('script -qec "$*" /dev/null', command)
  }

  test('a terminal shows progress as one line that is separate from reports and counts', async () => {
    const { exitCode, stdout } = await onTerminal()
    const [refusal = '', last = ''] = stdout.replaceAll('\r\n', '\n').split('\n')
    expect(exitCode).toBe(4)
    const shown = stdout.split(CLEAR).filter((text) => /records/.test(text))
    expect(shown.length).toBeGreaterThan(0)
    for (const text of shown) expect(text).toMatch(/^[a-z]+: [\d,]+ records, [\d,]+\/s(, \d+ s left)?$/)
    // A person sees only the text after the last clearing of a line.
    expect(refusal.split(CLEAR).at(-1)).toMatch(new RegExp(`^record ${RECORDS / 2 + 1} \\(line .*JSON`))
    expect(last.split(CLEAR).at(-1)).toBe(SUMMARY)
  })

  test('a terminal shows only the reports of refused records with --quiet', async () => {
    const { stdout } = await onTerminal('--quiet')
    expect(stdout).not.toContain('\x1b')
    expect(stdout).toMatch(new RegExp(`^record .*\r\n${SUMMARY}\r\n$`))
  })
})
