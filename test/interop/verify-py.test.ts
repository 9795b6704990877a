import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Entry } from '../../src/domain/log.ts'
import { ServiceRedaction } from '../../src/redact/service-redaction.ts'
import { formatEntry } from '../../src/transfer/history/entry-line.ts'
import type { Fields } from '../support/api.ts'
import {
  appendVerified,
  changeOverApi,
  finishUpgradeOfFile,
  makeForm2File,
  principal,
  verifiedLog,
} from '../support/histories.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { findPythonWith, skipWithout } from '../support/tools.ts'
import { exportHistoryText, withStore } from '../transfer/support.ts'
import { everyNewKind, service } from '../verify/every-kind.ts'

const PROGRAM = fileURLToPath(new URL('../../docs/verify.py', import.meta.url))
const python = findPythonWith('hashlib') ?? ''
const reason = skipWithout(python !== '', 'docs/verify.py: no Python 3')

interface Result {
  readonly exitCode: number
  readonly stdout: string
}

function verify(text: string, ...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile(python, [PROGRAM, ...args], (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout: stdout + stderr })
    })
    child.stdin?.end(text)
  })
}

const logs = [verifiedLog('a'), verifiedLog('b')]
const lines = logs.flatMap(({ entries }) => entries.map(formatEntry))
const [ofA, ofB] = [lines.slice(0, 7), lines.slice(7)]
const change = (line: string, changes: Fields) => JSON.stringify({ ...JSON.parse(line), ...changes })

describe.skipIf(reason)('docs/verify.py', () => {
  let storage: Storage
  beforeAll(async () => {
    storage = await sqliteStorage()
    makeForm2File(storage)
    await changeOverApi(storage, 'both', 80)
    finishUpgradeOfFile(storage)
    await changeOverApi(storage, 'both', 81)
    await changeOverApi(storage, 'after', 200)
  })
  afterAll(() => storage.remove())

  async function written(some: readonly string[]): Promise<string> {
    const file = join(storage.location.replace('sqlite:', ''), '../history.ndjson')
    await writeFile(file, some.join('\n'))
    return file
  }

  test('docs/verify.py accepts every kind of entry, with texts of every alphabet, from a file and from standard input', async () => {
    await withStore(
      async () => ({ ...storage, remove: async () => {} }),
      async (store) => {
        await appendVerified(store, 'verified')
        const history = `${(await exportHistoryText(store)).join('\n')}\n`
        expect(history).toMatch(/"v":2.*🚀/)
        expect(history).toMatch(/"v":3.*🚀/)
        const good = { exitCode: 0, stdout: `${history.split('\n').length - 1} entries of 3 services, 0 problems\n` }
        expect(await verify(history)).toEqual(good)
        expect(await verify('', await written([history]))).toEqual(good)
      },
    )
  })

  test('docs/verify.py accepts rollouts and reverts, and refuses another weight, pinned key, bucket or alias in them', async () => {
    const { entries } = everyNewKind(service('my-org/a'))
    const texts = entries.map(formatEntry)
    expect(await verify(texts.join('\n'))).toEqual({ exitCode: 0, stdout: '20 entries of 1 services, 0 problems\n' })
    for (const [generation, from, to] of [
      [14, '"weight":10000', '"weight":20000'],
      [14, '"ünï', '"uni'],
      [14, '0-10000', '0-20000'],
      [15, ',"isHeld":true', ''],
      [18, '"name":"fixed"', '"name":"other"'],
    ] as const) {
      const text = texts[generation - 1] ?? ''
      const changed = text.replace(from, to)
      expect(changed).not.toBe(text)
      const { exitCode, stdout } = await verify(texts.with(generation - 1, changed).join('\n'))
      const problem = `my-org/a ${generation}: the hash is not that of the content`
      expect([exitCode, stdout]).toEqual([1, expect.stringContaining(problem)])
    }
  })

  test('docs/verify.py accepts redacted entries, and refuses a digest beside another name, a subject or a salt', async () => {
    const redaction = new ServiceRedaction({ name: principal.name })
    const redacted = verifiedLog('a').entries.map((entry) => formatEntry(redaction.next(entry) ?? entry))
    expect(redacted.join()).toMatch(/"digest"/)
    expect(await verify(redacted.join('\n'))).toMatchObject({ exitCode: 0 })
    const first = redacted[0] ?? ''
    const { principal: left } = JSON.parse(first)
    const changes = [{ principal: { ...left, name: 'M' } }, { principal: { ...left, subject: 'M' } }, { salt: 'M' }]
    for (const each of changes) {
      const { exitCode, stdout } = await verify([change(first, each), ...redacted.slice(1)].join('\n'))
      expect([exitCode, stdout]).toEqual([
        1,
        expect.stringContaining('my-org/a 1: the hash is not that of the content'),
      ])
    }
  })

  test('docs/verify.py accepts an export with its first and last line, and notices that entries are missing', async () => {
    const [first, last] = ['{"kind":"export","content":"history"}', '{"kind":"end","records":14}']
    expect(await verify([first, ...lines, last].join('\n'))).toEqual({
      ...{ exitCode: 0, stdout: '14 entries of 2 services, 0 problems\n' },
    })
    for (const cut of [
      [first, ...lines],
      [first, ...lines.slice(0, -1), last],
    ]) {
      const { exitCode, stdout } = await verify(cut.join('\n'))
      expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^entries are missing before the last line\n/)])
    }
  })

  test('docs/verify.py notices a cut off end if it gets the hash that the newest entry had', async () => {
    const hash = JSON.parse(ofA[6] as string).hash
    for (const name of ['-', await written(ofA)]) {
      expect(await verify(ofA.join('\n'), name, hash)).toMatchObject({ exitCode: 0 })
    }
    const cut = [...ofA.slice(0, 6), ...ofB].join('\n')
    expect(await verify(cut)).toMatchObject({ exitCode: 0 })
    expect(await verify(cut, '-', hash)).toEqual({
      ...{ exitCode: 1, stdout: `no entry has the hash ${hash}\n13 entries of 2 services, 1 problems\n` },
    })
  })

  test('docs/verify.py does not take a hash from an entry of form 2, which has no chain', async () => {
    const entry = logs[0]?.entries[0] as Entry
    const { hash } = JSON.parse(ofA[6] as string)
    const forged = change(formatEntry({ ...entry, link: null }), { hash })
    expect(await verify(forged)).toMatchObject({ exitCode: 0 })
    expect(await verify(forged, '-', hash)).toMatchObject({ exitCode: 1 })
  })

  test('docs/verify.py has at most 60 lines, so that an auditor can read it', async () => {
    expect((await readFile(PROGRAM, 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(60)
  })

  const delta = JSON.parse(ofA[2] as string).delta
  const principal = JSON.parse(ofA[0] as string).principal
  const content = 'the hash is not that of the content'

  test.for<readonly [string, Fields, string, number?]>([
    ['time', { time: 1_800_000_000_000 }, content],
    ['time', { time: 1 }, 'the time is before that of the entry before it'],
    ['generation', { generation: 4 }, 'my-org/a 4: generation 3 must be here'],
    ['tag', { tag: '9.9.9' }, content],
    ['reason', { delta: { ...delta, reason: 'another' } }, content],
    ['alias', { delta: { ...delta, alias: 'another' } }, content],
    ['writer', { writer: 'import' }, content],
    ['request', { request: { id: 'a', fingerprint: 'b' } }, content],
    ['principal', { principal: { name: 'another' } }, content],
    ['issuer', { principal: { ...principal, issuer: 'https://another.example' } }, content, 0],
    ['subject', { principal: { ...principal, subject: 'another' } }, content, 0],
    ['claim', { principal: { ...principal, claims: { ...principal.claims, '\u{1F680}': 1e22 } } }, content, 0],
    ['salt', { salt: 'another' }, content],
    ['prev', { prev: '' }, 'prev is not the hash of the entry before it'],
    ['hash', { hash: 'x' }, content],
    ['form', { v: 2 }, 'form 2 is newer than this program, or older than the entry before it'],
    ['form', { v: 4 }, 'form 4 is newer than this program, or older than the entry before it'],
  ])(
    'docs/verify.py names the generation of an entry with another %s (%o)',
    async ([, changes, problem, index = 2]) => {
      const { exitCode, stdout } = await verify(lines.with(index, change(lines[index] as string, changes)).join('\n'))
      expect(exitCode).toBe(1)
      expect(stdout).toContain(problem)
      expect(stdout).toContain(changes.generation ? 'my-org/a 4: ' : `my-org/a ${index + 1}: ${problem}\n`)
      expect(stdout).toMatch(/\n14 entries of 2 services, [12] problems\n$/)
    },
  )

  test.for([
    ['was left out', [...ofA.slice(0, 2), ...ofA.slice(3), ...ofB], 'my-org/a 4: generation 3 must be here\n'],
    ['was inserted', [...ofA.slice(0, 3), ofA[2], ...ofA.slice(3)], 'my-org/a 3: generation 4 must be here\n'],
    [
      'was moved to another service',
      [...ofA, ...ofB.slice(0, 2), change(ofA[2] ?? '', { service: 'my-org/b' }), ...ofB.slice(3)],
      'my-org/b 3: prev is not the hash of the entry before it\n',
    ],
    [
      'was added to another service',
      [...ofA, change(ofB[6] ?? '', { service: 'my-org/a', generation: 8 })],
      'my-org/a 8: ',
    ],
    ['was cut off', [...ofA.slice(0, 6), ofA[6]?.slice(0, -9)], 'line 7: cannot be read: '],
  ] as const)('docs/verify.py names the place if an entry %s', async ([, some, problem]) => {
    const { exitCode, stdout } = await verify(some.join('\n'))
    expect(exitCode).toBe(1)
    expect(stdout).toContain(problem)
  })
})
