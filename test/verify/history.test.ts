import { expect, test } from 'vitest'
import type { Entry } from '../../src/domain/log.ts'
import { auditHistory } from '../../src/transfer/history/audit-history.ts'
import { formatEntry } from '../../src/transfer/history/entry-line.ts'
import { splitRecords } from '../../src/transfer/input/split-records.ts'
import type { Problem } from '../../src/verify/problems.ts'
import { verifyHistory } from '../../src/verify/verify.ts'
import { randomFrom } from '../fuzz/random.ts'
import { everyKind, everyNewKind, service } from './every-kind.ts'

const [one, two] = [everyKind(service('my-org/one')).entries, everyNewKind(service('my-org/two')).entries] as const
const lines = [...one, ...two].map(formatEntry)

/** The problems in a history: the service and the generation of each, its code, or its message if it has no place. */
async function problemsIn(text: string | Buffer): Promise<string[]> {
  const found: Problem[] = []
  async function* input() {
    yield Buffer.from(text)
  }
  await verifyHistory((onUnreadable) => auditHistory(splitRecords(input()), onUnreadable), {
    ...{ now: () => 1_700_000_000_000, onProblem: (problem) => found.push(problem), onNote: () => {} },
  })
  return found.map((each) => (each.service ? `${each.service} ${each.generation} ${each.code}` : each.message))
}

const joined = (some: readonly string[]) => some.map((line) => `${line}\n`).join('')

test('a sound history has no problems, and neither has an empty one', async () => {
  expect(await problemsIn(joined(lines))).toEqual([])
  expect(await problemsIn('[]')).toEqual([])
})

test('a history that begins with entries of form 2 has no problems', async () => {
  const old = one.map((entry): Entry => ({ ...entry, link: null }))
  expect(await problemsIn(joined(old.map(formatEntry)))).toEqual([])
})

test('each line that was left out is found, except the last one of a service', async () => {
  for (let at = 0; at < 11; at++) {
    expect(await problemsIn(joined(lines.toSpliced(at, 1)))).toEqual([`my-org/one ${at + 1} ENTRY_MISSING`])
  }
})

test('a line that comes twice, or too late, is found', async () => {
  expect(await problemsIn(joined(lines.toSpliced(4, 0, lines[3] as string)))).toEqual(['my-org/one 4 OUT_OF_ORDER'])
  const late = [...lines.slice(0, 11), ...lines.slice(12), lines[11] as string]
  expect(await problemsIn(joined(late))).toEqual(['my-org/one 12 OUT_OF_ORDER', 'my-org/one 1 ENTRY_MISSING'])
})

test('an entry that was moved to another service is found by its hash', async () => {
  const moved = (lines[5] as string).replace('my-org/one', 'my-org/two')
  const found = await problemsIn(joined(lines.toSpliced(17, 1, moved)))
  expect(found).toContain('my-org/two 6 WRONG_HASH')
})

test('an entry of a newer form is no damage', async () => {
  const newer = (lines[5] as string).replace('"v":3', '"v":4')
  expect(await problemsIn(joined(lines.toSpliced(5, 1, newer)))).toEqual(['my-org/one 6 NEWER_FORM'])
})

test('a line that cannot be read is a problem, and the others are verified', async () => {
  const found = await problemsIn(joined(lines.toSpliced(5, 1, '{"kind":"entry",')))
  expect(found).toEqual([expect.stringMatching(/^line 6 cannot be read: .*JSON/), 'my-org/one 6 ENTRY_MISSING'])
  const long = await problemsIn(joined(lines.toSpliced(5, 1, `{"kind":"entry","x":"${'x'.repeat(1024 ** 2)}"}`)))
  expect(long[0]).toBe('line 6 cannot be read: it is longer than 1048576 bytes.')
})

test('an input that is no history is refused', async () => {
  await expect(problemsIn('{"kind":"revision"}\n')).rejects.toMatchObject({
    ...{ code: 'invalid_argument', message: 'line 1 is no entry; use the output of `waypost export --history`.' },
  })
})

// The hash does not cover the id. It is part of etags, which a history does not contain.
test('a changed byte of a line is found, wherever it is except in the id', async () => {
  const random = randomFrom(1)
  for (let count = 0; count < 200; count++) {
    const line = 1 + random.below(lines.length - 1)
    const bytes = Buffer.from(lines[line] as string)
    const at = random.below(bytes.length)
    const id = bytes.indexOf('"id":"')
    if (at >= id && at < id + 43) continue
    bytes[at] = (bytes[at] as number) ^ (1 << random.below(7))
    const changed = Buffer.concat([
      Buffer.from(joined(lines.slice(0, line))),
      bytes,
      Buffer.from(`\n${joined(lines.slice(line + 1))}`),
    ])
    expect(await problemsIn(changed), `byte ${at} of line ${line}: ${bytes}`).not.toEqual([])
  }
})
