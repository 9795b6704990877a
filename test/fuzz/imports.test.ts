import { expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { RegistryError } from '../../src/domain/errors.ts'
import { parseRevisionTag } from '../../src/domain/revision-tag.ts'
import { parseServiceId } from '../../src/domain/sruid.ts'
import { newId, newSalt } from '../../src/identifiers.ts'
import type { UpgradableStore } from '../../src/store/forms/upgradable-store.ts'
import { formatEntry } from '../../src/transfer/history/entry-line.ts'
import { importInput } from '../../src/transfer/import-input.ts'
import type { Counts } from '../../src/transfer/outcome.ts'
import type { Fields } from '../support/api.ts'
import { verifiedLog } from '../support/histories.ts'
import { seedFrom } from '../support/seed.ts'
import { sqliteStorage } from '../support/storage.ts'
import { problemsIn } from '../support/verified.ts'
import { exportHistoryText, withStore } from '../transfer/support.ts'
import { type Dump, makeDump, mutate } from './dumps.ts'
import { type Random, randomFrom } from './random.ts'

// `npm run fuzz` is the long form. To repeat a run that failed, set WAYPOST_FUZZ_SEED to the seed that it printed.
const SEED = seedFrom('WAYPOST_FUZZ_SEED')
const INPUTS = Number(process.env.WAYPOST_FUZZ_INPUTS ?? 2_000) / 2
const AT_ONCE = 10
const MODEL = 'django_twined.servicerevision'

test(`no mutated dump ends an import without an error unless every record is in the store (seed ${SEED})`, async () => {
  const results: Record<string, number> = { imported: 0, refused: 0, failed: 0 }
  await withStore(sqliteStorage, async (store, { location }) => {
    const random = randomFrom(SEED)
    for (let begun = 0; begun < INPUTS; begun += AT_ONCE) {
      const dumps = Array.from({ length: AT_ONCE }, (_, index) => makeDump(random, `fuzz-${begun + index}`))
      for (const result of await Promise.all(dumps.map((dump) => tryDump(store, dump, random)))) {
        results[result] = (results[result] ?? 0) + 1
      }
    }
    expect(await problemsIn(location)).toEqual([])
  })
  expect(Math.min(...Object.values(results)), JSON.stringify(results)).toBeGreaterThan(INPUTS / 20)
})

test(`no mutated history ends an import without an error unless every entry is in the store (seed ${SEED})`, async () => {
  const random = randomFrom(SEED)
  const lines = ['a', 'b'].flatMap((name) => verifiedLog(name).entries.map(formatEntry))
  const whole = [`{"kind":"export","content":"history"}`, ...lines, `{"kind":"end","records":${lines.length}}`]
  const text = Buffer.from(`${whole.join('\n')}\n`)
  const ids = (some: readonly string[]) => some.map((line) => JSON.parse(line)).map(({ id: _, ...entry }) => entry)
  let store: UpgradableStore | undefined
  const storages = [await sqliteStorage()]
  for (let begun = 0; begun < INPUTS / 10; begun++) {
    store ??= await openStore(parseStore(storages.at(-1)?.location ?? ''))
    const { bytes, how } = mutate(random, text, 'history', 1)
    const result = await resultOf(store, bytes, random, how)
    const stored = await exportHistoryText(store)
    if (stored.length > 0 || typeof result !== 'string') {
      // The hash of an entry does not cover its id.
      expect(ids(stored), how).toEqual(ids(lines))
      await store.close()
      store = undefined
      storages.push(await sqliteStorage())
    }
  }
  await store?.close()
  for (const storage of storages) await storage.remove()
})

/** Imports a dump, checks that nothing is missing, and returns the result. */
async function tryDump(store: UpgradableStore, dump: Dump, random: Random): Promise<string> {
  const { bytes, how, mustFail } = dump
  const result = await resultOf(store, bytes, random, how)
  if (typeof result === 'string') return result
  expect(mustFail, how).toBe(false)
  const records = parse(bytes, how)
  const { added, changed, kept, alreadyThere, skipped } = result
  expect(added + changed + kept + alreadyThere + skipped, how).toBe(records.length)
  for (const record of records) await requireStored(store, record, { records, how })
  return 'imported'
}

async function resultOf(
  store: UpgradableStore,
  bytes: Buffer,
  random: Random,
  how: string,
): Promise<Counts | 'refused' | 'failed'> {
  const size = 1 + random.below(400)
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const deps = { store, isUpgraded: true, now: Date.now, newId, newSalt, onRefused: () => {} }
  try {
    const counts = await importInput(deps, chunks())
    return counts.refused > 0 ? 'refused' : counts
  } catch (error) {
    // Anything else would be a crash.
    expect(error, `${how}: ${error}`).toBeInstanceOf(RegistryError)
    return 'failed'
  }
}

// Reads the input with the decoder and the parser of the platform. Fails if it is no text or no JSON.
function parse(bytes: Buffer, how: string): Fields[] {
  try {
    const encoding =
      bytes.readUInt16LE() === 0xfeff ? 'utf-16le' : bytes.readUInt16BE() === 0xfeff ? 'utf-16be' : 'utf-8'
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes).trim()
    const lines = text.split('\n').filter((line) => /[^ \t\r]/.test(line))
    const values = text.startsWith('[') ? JSON.parse(text) : lines.map((line) => JSON.parse(line))
    return values.filter(({ kind }: Fields) => kind !== 'export' && kind !== 'end')
  } catch (cause) {
    throw new Error(`an input was imported that is damaged: ${how}`, { cause })
  }
}

interface Context {
  readonly records: readonly Fields[]
  readonly how: string
}

async function requireStored(store: UpgradableStore, record: Fields, { records, how }: Context): Promise<void> {
  if ('model' in record && record.model !== MODEL) return
  const fields = (record.model === MODEL ? record.fields : record) as Fields
  const service = parseServiceId(String(fields.namespace), String(fields.name))
  const { tag = fields.revision_tag } = fields
  if (tag === undefined) {
    const head = (await store.readHead(service))?.head
    const isOnly = records.filter((each) => each.kind === 'service').length === 1
    if (isOnly && fields.default_revision_tag !== undefined)
      expect(head?.defaultTag, how).toBe(fields.default_revision_tag)
    const names = ((fields.aliases ?? []) as Fields[]).map(({ alias }) => alias)
    if (isOnly) expect(head?.aliases.map(({ name }) => name) ?? [], how).toEqual(expect.arrayContaining(names))
    return
  }
  const found = (await store.lookupForChange(service, { by: 'tag', tag: parseRevisionTag(String(tag)) }))?.revision
  expect(found, how).toBeTruthy()
  // If a tag is in the input twice, one of the records decides.
  const same = records.filter((each) => JSON.stringify(each).includes(JSON.stringify(tag)) && each.kind !== 'service')
  if (same.length > 1) return
  const { created = fields.register_time, description = '', registered_by = 'import', labels = {}, yank } = fields
  expect(found, how).toMatchObject({
    registeredAt: Date.parse(String(created)),
    registeredBy: record.model === MODEL ? 'django-twined' : registered_by,
    info: { description, labels: Object.entries(labels as Fields) },
    lifecycle: { yank: yank === undefined ? null : { reason: (yank as Fields).reason ?? '' } },
  })
}
