import { expect } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { AuditedStore } from '../../src/store/store.ts'
import { verifyStore } from '../../src/verify/verify.ts'
import { randomFrom } from '../fuzz/random.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { type Answers, answersOf, isDamage, statesIn, statesOf } from './answers.ts'
import { everyKind, service } from './every-kind.ts'
import { type Column, flipByte } from './flips.ts'

const damaged = service('my-org/damaged')
const DAMAGED = 'my-org/damaged'
const others = [service('my-org/aaa'), service('my-org/zzz')]

// A row that is found by a changed key may be missing elsewhere, so that an earlier state shows.
const keyColumns: readonly Column[] = ['service', 'generation', 'tag', 'registered_at', 'version', 'release', 'request']

/** A SQLite file with sound services, and the answers that it gives. */
export interface SoundFile {
  readonly path: string
  readonly store: AuditedStore
  readonly answers: Answers
  readonly otherAnswers: readonly Answers[]
  /** The states that the service had at any generation. */
  readonly states: ReadonlySet<string>
  close(): Promise<void>
}

export async function soundFile(): Promise<SoundFile> {
  const storage: Storage = await sqliteStorage()
  const path = storage.location.replace('sqlite:', '')
  const store = openSqliteStore(path)
  for (const each of others) await store.appendAll(everyKind(each).entries)
  const history: Answers[] = []
  for (const entry of everyKind(damaged).entries) {
    await store.append(entry)
    history.push(await answersOf(store, damaged))
  }
  const close = async () => {
    await store.close()
    await storage.remove()
  }
  const otherAnswers = await Promise.all(others.map((each) => answersOf(store, each)))
  return { path, store, answers: history.at(-1) as Answers, otherAnswers, states: statesIn(history), close }
}

/** Changes one byte of a column, and expects every read and the verification to notice it. */
export async function expectFlipIsNoticed(file: SoundFile, column: Column, seed: number): Promise<void> {
  const flip = flipByte(file.path, DAMAGED, column, randomFrom(seed))
  const about = `${column} of generation ${flip.generation}, seed ${seed}`
  try {
    const [services, generations] = [
      [DAMAGED, flip.now.service],
      [flip.generation, flip.now.generation],
    ]
    await expectAnswers(file, (answer) => isDamage(answer, services, generations), keyColumns.includes(column), about)
    for (const [index, other] of others.entries()) {
      expect(await answersOf(file.store, other), about).toEqual(file.otherAnswers[index])
    }
    const found = await problemsOf(file.store)
    expect(found, about).toContainEqual([expect.toBeOneOf(services), expect.toBeOneOf(generations)])
    for (const [name] of found) expect(services, about).toContain(name)
  } finally {
    flip.undo()
  }
}

async function expectAnswers(
  { store, answers, states }: SoundFile,
  isNoticed: (answer: unknown) => boolean,
  mayBeEarlier: boolean,
  about: string,
): Promise<void> {
  const now = await answersOf(store, damaged)
  for (const [read, answer] of now) {
    const isSame = answer === answers.get(read)
    const isEarlier = mayBeEarlier && typeof answer === 'string' && statesOf(answer).every((state) => states.has(state))
    expect(isSame || isEarlier || isNoticed(answer), `${about}: ${read} gave ${answer}`).toBe(true)
  }
  if (!mayBeEarlier) expect(isNoticed(now.get('log')), `${about}: the log was read`).toBe(true)
}

async function problemsOf(store: AuditedStore): Promise<(readonly [string | null, number | null])[]> {
  const found: (readonly [string | null, number | null])[] = []
  await verifyStore(store, {
    onProblem: ({ service: name, generation }) => found.push([name, generation]),
    onNote: () => {},
  })
  return found
}
