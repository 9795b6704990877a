import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mongoSkipReason, mongoStorage } from '../support/mongo-storage.ts'
import { openRawLog, type RawEntry, type RawLog } from '../support/raw-log.ts'
import { DAMAGED, expectDamageIsNoticed, problemsOf, type SoundStore, soundStore } from './damaged-store.ts'

/** A field of a document, such as `registration.at`, and a generation that has it. */
interface Field {
  readonly path: string
  readonly generation: number
  /** Whether an index finds the document by it, so that an earlier state may show. */
  readonly isKey?: boolean
  /** The value after the change. Default: a value of the same type. */
  readonly to?: unknown
}

const fields: readonly Field[] = [
  { path: '_id', generation: 12 },
  { path: 'service', generation: 12, isKey: true },
  { path: 'service', generation: 1, isKey: true },
  { path: 'service', generation: 5, isKey: true, to: 5 },
  { path: 'generation', generation: 12, isKey: true },
  { path: 'generation', generation: 3, isKey: true, to: 'a' },
  { path: 'generation', generation: 12, isKey: true, to: '12' },
  { path: 'time', generation: 12 },
  { path: 'time', generation: 5, to: 'now' },
  { path: 'opens', generation: 1, isKey: true },
  { path: 'opens', generation: 1, isKey: true, to: 'my-org/zzz' },
  { path: 'requestOf', generation: 11, isKey: true },
  { path: 'registration', generation: 5, isKey: true },
  { path: 'registration.service', generation: 5, isKey: true, to: 'my-org/zzz' },
  { path: 'registration.at', generation: 5, isKey: true },
  { path: 'registration.at', generation: 5, isKey: true, to: 'now' },
  { path: 'registration.version', generation: 5, isKey: true },
  { path: 'registration.ordinal', generation: 5, isKey: true },
  { path: 'releaseOf', generation: 5, isKey: true, to: 'my-org/zzz' },
  { path: 'v', generation: 12 },
  { path: 'v', generation: 5, to: 2 },
  { path: 'event', generation: 5 },
  { path: 'revision', generation: 12, isKey: true },
  { path: 'revision.tag', generation: 12, isKey: true },
  { path: 'request', generation: 11, isKey: true },
  { path: 'request.id', generation: 11, isKey: true },
  { path: 'body', generation: 12 },
  { path: 'crc', generation: 12 },
  { path: 'crc', generation: 5, to: null },
  { path: 'parts', generation: 8 },
  { path: 'parts.aliases', generation: 8 },
  { path: 'parts.registration', generation: 7 },
  { path: 'parts.info', generation: 7 },
  { path: 'points.default', generation: 5 },
  { path: 'points.names', generation: 8, to: [] },
  { path: 'points.tags', generation: 8, to: [] },
  { path: 'points.moves', generation: 8, to: [] },
  { path: 'extra', generation: 5, to: 1 },
]

describe.skipIf(mongoSkipReason)('a field of a document of MongoDB that changes', () => {
  let sound: SoundStore
  let raw: RawLog

  beforeAll(async () => {
    sound = await soundStore(mongoStorage)
    raw = await openRawLog(sound.storage)
  })

  afterAll(async () => {
    await raw.close()
    await sound.close()
  })

  test('every field of every document is in the list of this test', async () => {
    const names = new Set((await raw.read(DAMAGED)).flatMap((document) => pathsOf(document)))
    expect(
      [...names].filter((name) => !fields.some(({ path }) => path === name || path.startsWith(`${name}.`))),
    ).toEqual([])
  })

  test.for(fields)('a changed $path of generation $generation ($to) is noticed', async (field) => {
    const { path, generation, isKey = false } = field
    const document = (await raw.read(DAMAGED)).find((each) => each.generation === generation) as RawEntry
    const changed = withChange(document, path.split('.'), field)
    await raw.remove(document)
    await raw.insert(changed)
    try {
      const service = typeof changed.service === 'string' ? changed.service : JSON.stringify(changed.service)
      await expectDamageIsNoticed(sound, {
        services: [DAMAGED, service],
        generations: [generation, changed.generation, Number(changed.generation) || 0],
        mayBeEarlier: isKey,
        about: path,
      })
    } finally {
      await raw.remove(changed)
      await raw.insert(document)
    }
    expect(await problemsOf(sound.store), 'the change was taken back').toEqual([])
  })
})

function pathsOf(document: RawEntry): string[] {
  return Object.entries(document).flatMap(([name, value]) =>
    isPart(value) ? Object.keys(value).map((inner) => `${name}.${inner}`) : [name],
  )
}

function isPart(value: unknown): value is RawEntry {
  return typeof value === 'object' && value !== null && !(value instanceof Date)
}

// Without another value, a text gets another letter, a number another value, and a part is removed.
function withChange(document: RawEntry, [name = '', ...rest]: readonly string[], field: Field): RawEntry {
  const value = document[name]
  if (rest.length > 0) return { ...document, [name]: withChange(value as RawEntry, rest, field) }
  if (field.to !== undefined) return { ...document, [name]: field.to }
  const { [name]: _, ...others } = document
  if (isPart(value)) return others
  return { ...document, [name]: another(value) }
}

function another(value: unknown): unknown {
  if (typeof value === 'string') return `${value.slice(0, -1)}${value.endsWith('x') ? 'y' : 'x'}`
  return value instanceof Date ? new Date(value.getTime() + 1) : Number(value) + 1
}
