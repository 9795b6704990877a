import { expect } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { formatServiceId } from '../../src/domain/sruid.ts'
import type { AuditedStore } from '../../src/store/store.ts'
import { verifyStore } from '../../src/verify/verify.ts'
import type { CreateStorage } from '../support/each-store.ts'
import type { Storage } from '../support/storage.ts'
import { type Answers, answersOf, isDamage, statesIn, statesOf } from './answers.ts'
import { everyKind, service } from './every-kind.ts'

/** The service that a test damages. */
export const DAMAGED = 'my-org/damaged'
const others = [service('my-org/aaa'), service('my-org/zzz')]

/** A store with sound services, and the answers that it gives. */
export interface SoundStore {
  readonly storage: Storage
  readonly store: AuditedStore
  readonly answers: Answers
  readonly otherAnswers: readonly Answers[]
  /** The states that the service had at any generation. */
  readonly states: ReadonlySet<string>
  close(): Promise<void>
}

/** The damage of one entry. */
export interface DamagedPlace {
  /** The services and the generations that an error or a problem may name: those before and after the damage. */
  readonly services: readonly string[]
  readonly generations: readonly unknown[]
  /** Whether an earlier state may show, because a key was changed that finds the entry. */
  readonly mayBeEarlier: boolean
  /** For the messages of the test. */
  readonly about: string
}

export async function soundStore(createStorage: CreateStorage): Promise<SoundStore> {
  const storage = await createStorage()
  const store = await openStore(parseStore(storage.location))
  for (const each of others) await store.appendAll(everyKind(each).entries)
  const history: Answers[] = []
  for (const entry of everyKind(service(DAMAGED)).entries) {
    await store.append(entry)
    history.push(await answersOf(store, service(DAMAGED)))
  }
  const close = async () => {
    await store.close()
    await storage.remove()
  }
  const otherAnswers = await Promise.all(others.map((each) => answersOf(store, each)))
  return { storage, store, answers: history.at(-1) as Answers, otherAnswers, states: statesIn(history), close }
}

/** Expects every read and a verification to notice the damage, and the answers of the other services to be as ever. */
export async function expectDamageIsNoticed(sound: SoundStore, place: DamagedPlace): Promise<void> {
  const { services, generations, about } = place
  await expectAnswers(sound, place)
  for (const [index, other] of others.entries()) {
    expect(await answersOf(sound.store, other), about).toEqual(sound.otherAnswers[index])
  }
  const found = await problemsOf(sound.store)
  expect(found, about).toContainEqual([expect.toBeOneOf([...services]), expect.toBeOneOf([...generations])])
  for (const [name] of found) expect(services, about).toContain(name)
}

/** The places of all problems in a store. */
export async function problemsOf(store: AuditedStore): Promise<(readonly [string | null, number | null])[]> {
  const found: (readonly [string | null, number | null])[] = []
  await verifyStore(store, {
    onProblem: ({ service: name, generation }) => found.push([name, generation]),
    onNote: () => {},
  })
  return found
}

async function expectAnswers({ store, answers, states }: SoundStore, place: DamagedPlace): Promise<void> {
  const { services, generations, mayBeEarlier, about } = place
  const isNoticed = (answer: unknown) => isDamage(answer, services, generations)
  const now = await answersOf(store, service(DAMAGED))
  for (const [read, answer] of now) {
    const isSame = answer === answers.get(read)
    const isEarlier = mayBeEarlier && typeof answer === 'string' && statesOf(answer).every((state) => states.has(state))
    expect(isSame || isEarlier || isNoticed(answer), `${about}: ${read} gave ${answer}`).toBe(true)
  }
  if (!mayBeEarlier) expect(isNoticed(now.get('log')), `${about}: the log was read`).toBe(true)
  const listed = await listServices(store).catch((error: unknown) => error)
  if (isNoticed(listed)) return
  // A page of the list begins after the last service of the one before, so the order matters.
  expect(listed, `${about}: the list of services`).toEqual([...(listed as string[])].sort())
  expect((listed as string[]).filter((name) => name !== DAMAGED)).toEqual(others.map(formatServiceId))
}

async function listServices(store: AuditedStore): Promise<string[]> {
  return (await store.readServices({ limit: 10 })).services.map((each) => formatServiceId(each.service))
}
