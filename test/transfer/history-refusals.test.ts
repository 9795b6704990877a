import { describe, expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { defaultEntry, rolloutEntry } from '../../src/domain/entries/new-entry.ts'
import { withDefault } from '../../src/domain/head.ts'
import type { Entry } from '../../src/domain/log.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import { parseServiceReference } from '../../src/domain/sruid.ts'
import { Log } from '../../src/store/contract/log.ts'
import { writer } from '../../src/store/contract/support.ts'
import type { UpgradableStore } from '../../src/store/forms/upgradable-store.ts'
import { formatEntry } from '../../src/transfer/history/entry-line.ts'
import { randomFrom } from '../fuzz/random.ts'
import type { Fields } from '../support/api.ts'
import { keptInForm2 } from '../support/form-2.ts'
import { makeForm2File, verifiedLog } from '../support/histories.ts'
import { sqliteStorage } from '../support/storage.ts'
import { everyNewKind, service } from '../verify/every-kind.ts'
import { importText, withStore } from './support.ts'

// Lines 1 to 7 are the entries of my-org/a, and lines 8 to 14 those of my-org/b.
const logs = [verifiedLog('a'), verifiedLog('b')]
const lines = logs.flatMap(({ entries }) => entries.map(formatEntry))
const [ofA, ofB] = [lines.slice(0, 7), lines.slice(7)]

/** Imports lines into an empty store, requires that nothing is stored, and returns the refusals. */
async function refusalsOf(text: string): Promise<string[]> {
  let refusals: string[] = []
  await withStore(sqliteStorage, async (store) => {
    const { refusals: found, added } = await importText(store, text)
    expect(added).toBe(0)
    await requireEmpty(store)
    refusals = found
  })
  return refusals
}

async function requireEmpty(store: UpgradableStore): Promise<void> {
  expect((await store.readServices({ limit: 1 })).services).toEqual([])
}

const change = (line: string, changes: Fields) => JSON.stringify({ ...JSON.parse(line), ...changes })
const at = (index: number, line: string) => lines.with(index, line).join('\n')

describe('a history that is not as it was written is refused with the position of its first wrong entry', () => {
  const delta = JSON.parse(lines[2] as string).delta
  const principal = JSON.parse(lines[0] as string).principal
  const wrong = 'entry 3 of my-org/a'
  const otherHash = 'which is not the hash of its content; export the history again.'

  test.for([
    ['a line was left out', lines.toSpliced(2, 1), [`3: entry 4 of my-org/a comes in the place of entry 3`]],
    ['the first line was left out', lines.slice(1), ['1: entry 2 of my-org/a comes in the place of entry 1']],
    [
      'two lines were swapped',
      [...ofA.slice(0, 2), ofA[3], ofA[2], ...ofA.slice(4), ...ofB],
      ['3: entry 4 of my-org/a comes in the place of entry 3'],
    ],
    ['a line is there twice', [ofA[0], ofA[0]], ['2: entry 1 of my-org/a comes in the place of entry 2']],
    [
      'a line was moved to another service',
      [...ofA.slice(0, 2), change(ofB[2] ?? '', { service: 'my-org/a' }), ...ofA.slice(3)],
      [`3: ${wrong} has prev "`],
    ],
    [
      'a line of another service was inserted',
      [...ofA.slice(0, 2), ofB[3], ...ofA.slice(2), ...ofB],
      ['3: entry 4 of my-org/b comes in the place of entry 1'],
    ],
    ['the last line was cut off', [...ofA.slice(0, 6), ofA[6]?.slice(0, -30)], ['7: ']],
  ] as const)('%s', async ([, some, expected]) => {
    const refusals = await refusalsOf(some.join('\n'))
    expect(refusals).toHaveLength(expected.length)
    for (const [index, text] of expected.entries()) expect(refusals[index]).toContain(text)
  })

  test.for<readonly [string, Fields, string]>([
    ['time', { time: 1_700_000_000_001 }, otherHash],
    ['time', { time: 1 }, 'has time 1, and the entry before it 1700000000000'],
    ['generation', { generation: 4 }, 'entry 4 of my-org/a comes in the place of entry 3'],
    ['tag', { tag: '9.9.9' }, 'has tag "9.9.9", and changes no revision'],
    ['tag', { tag: '-' }, 'tag "-" is not valid'],
    ['delta', { delta: { ...delta, reason: 'another' } }, otherHash],
    ['delta', { delta: { ...delta, highestSemver: '1.0.0' } }, 'has a delta that does not follow'],
    ['delta', { delta: { ...delta, unknown: 1 } }, 'has a delta that does not follow'],
    ['delta', { delta: { ...delta, event: 'revision-yanked' } }, 'tag is empty, and the entry changes a revision'],
    ['delta', { delta: { ...delta, alias: undefined } }, 'cannot follow the entries before it'],
    ['writer', { writer: 'import' }, otherHash],
    ['request', { request: { id: 'a', fingerprint: 'b' } }, otherHash],
    ['principal', { principal: { name: 'another' } }, otherHash],
    ['principal', { principal: { ...principal, claims: {} } }, otherHash],
    [
      'principal',
      { principal: { name: 'contract', role: 'admin' } },
      'principal.role is not known; use a newer Waypost',
    ],
    ['salt', { salt: 'another' }, otherHash],
    ['prev', { prev: '' }, 'has prev "", which is not the hash of the entry before it'],
    ['hash', { hash: 'x' }, `has hash "x", ${otherHash}`],
    ['v', { v: 2 }, 'delta is no key of an entry of form 2'],
    ['v', { v: 1 }, 'v is 1; use 2 or 3.'],
    ['another key', { sign: 1 }, 'sign is no key of an entry of form 3; use a newer Waypost.'],
    ['service', { service: 'my-org/a:1.0.0' }, 'service is "my-org/a:1.0.0"; use namespace/name.'],
  ])('an entry with another %s (%o)', async ([, changes, expected]) => {
    const refusals = await refusalsOf(at(2, change(ofA[2] as string, changes)))
    expect(refusals[0]).toMatch(/^3: /)
    expect(refusals[0]).toContain(expected)
  })

  test('any changed character, except in the id of an entry, which its hash does not cover', async () => {
    const random = randomFrom(1)
    // Half of them are of kinds that only form 3 has.
    const all = [...lines, ...everyNewKind(service('my-org/c')).entries.map(formatEntry)]
    for (let round = 0; round < 200; round++) {
      const line = all[random.below(2) === 0 ? random.below(all.length) : all.length - 1 - random.below(8)] as string
      const position = random.below(line.length)
      const { id } = JSON.parse(line)
      const idAt = line.indexOf(id)
      if (position >= idAt && position < idAt + id.length) continue
      const changed = `${line.slice(0, position)}${line[position] === '0' ? '1' : '0'}${line.slice(position + 1)}`
      const refusals = await refusalsOf(all.with(all.indexOf(line), changed).join('\n'))
      expect(refusals[0], changed).toMatch(new RegExp(`^${all.indexOf(line) + 1}: `))
    }
  })

  test('an entry of form 2 after one of form 3, or with a body that is not as it was written', async () => {
    const form2 = logs[0]?.entries.map((entry) => formatEntry({ ...entry, link: null })) ?? []
    expect(await refusalsOf([...ofA.slice(0, 3), form2[3]].join('\n'))).toEqual([
      '4: entry 4 of my-org/a has form 2, and the entry before it form 3; export the history again.',
    ])
    const { body } = JSON.parse(form2[0] as string)
    for (const wrong of [{ ...body, unknown: 1 }, { ...body, revision: undefined }, { ...body, head: null }, {}]) {
      expect(await refusalsOf(change(form2[0] as string, { body: wrong }))).toEqual([
        '1: entry 1 of my-org/a has a body that is not as it was written; export the history again.',
      ])
    }
  })

  test.for([
    ['a default', 'the default is "9.9.9"', () => withDefaultTo('9.9.9')],
    ['an alias', 'alias "beta" points to "9.9.9"', () => newLog().register('1.0.0').setAlias('beta', '9.9.9').entries],
  ] as const)('%s that names a revision that does not exist, in either form', async ([, problem, makeEntries]) => {
    for (const asForm of [(entry: Entry) => entry, keptInForm2]) {
      const text = makeEntries().map((entry) => formatEntry(asForm(entry)))
      const refusal = `2: entry 2 of my-org/a is wrong: ${problem}, which does not exist; export the history again.`
      expect(await refusalsOf(text.join('\n'))).toEqual([refusal])
    }
  })

  test('a rollout whose candidate is the default, or whose buckets do not fit its weight', async () => {
    const log = newLog().register('1.0.0').register('2.0.0', { becomesDefault: false })
    const { entries } = new Log(log.entries, log.service).setRollout('1.0.0')
    expect(await refusalsOf(entries.map(formatEntry).join('\n'))).toEqual([
      '3: entry 3 of my-org/a is wrong: candidate "1.0.0" is the default; export the history again.',
    ])
    const { snapshot, newest } = new Log(log.entries, log.service).setRollout('2.0.0')
    const candidates = newest.head.rollout?.candidates.map((candidate) => ({ ...candidate, weight: 5 })) ?? []
    const head = { ...snapshot.head, rollout: newest.head.rollout && { ...newest.head.rollout, candidates } }
    const wrong = rolloutEntry(log.snapshot, { service: log.service, event: 'rollout-set', head }, writer())
    expect(await refusalsOf([...log.entries, wrong].map(formatEntry).join('\n'))).toEqual([
      expect.stringContaining('3: entry 3 of my-org/a is wrong: candidate "2.0.0" has weight 5 and 10000 buckets;'),
    ])
  })

  test('an id that another entry has, or none', async () => {
    const { id } = JSON.parse(ofA[0] as string)
    const taken = `9: id "${id}" belongs to another entry, too; export the history again.`
    expect(await refusalsOf(at(8, change(ofB[1] as string, { id })))).toEqual([taken])
    expect(await refusalsOf(at(8, change(ofB[1] as string, { id: '' })))).toEqual([
      expect.stringContaining('9: id is empty'),
      expect.stringContaining('10: entry 3 of my-org/b'),
    ])
  })

  test('of each service, the first wrong entry, and the others are checked, too', async () => {
    const some = [...ofA.slice(0, 2), ...ofA.slice(3), ...ofB.slice(0, 4), ...ofB.slice(5)]
    expect(await refusalsOf(some.join('\n'))).toEqual([
      '3: entry 4 of my-org/a comes in the place of entry 3; export the history again.',
      '11: entry 6 of my-org/b comes in the place of entry 5; export the history again.',
    ])
  })
})

describe('an import of a history ends as a whole', () => {
  const refused = (message: string) => ({ code: 'failed_precondition', reason: 'IMPORT_REFUSED', message })

  test('if the store is not empty', async () => {
    await withStore(sqliteStorage, async (store) => {
      await importText(store, ofA.join('\n'))
      const message = 'the store has entries already, such as those of my-org/a; import a history into an empty store.'
      for (const some of [ofA, ofB]) {
        await expect(importText(store, some.join('\n'))).rejects.toMatchObject(refused(message))
      }
      expect((await store.readServices({ limit: 10 })).services).toHaveLength(1)
    })
  })

  test('if the store is still written in form 2', async () => {
    const storage = await sqliteStorage()
    makeForm2File(storage)
    await withStore(
      async () => storage,
      async (store) => {
        const message = 'the store is still written in form 2; run waypost upgrade --finish first.'
        await expect(importText(store, lines.join('\n'))).rejects.toMatchObject(refused(message))
        await requireEmpty(store)
      },
    )
  })

  test.for([
    [
      'an entry has a newer form',
      at(13, change(ofB[6] as string, { v: 4, more: 1 })),
      14,
      'the entry has form 4, and this version knows forms up to 3; use a newer Waypost.',
    ],
    [
      'records are followed by an entry',
      `{"model":"x"}\n${ofA[0]}`,
      2,
      'the record is an entry, and the file began with others; import entries from a file of their own.',
    ],
  ] as const)('if %s', async ([, text, line, problem]) => {
    await withStore(sqliteStorage, async (store) => {
      await expect(importText(store, text)).rejects.toMatchObject(refused(`line ${line}: ${problem}`))
      await requireEmpty(store)
    })
  })

  test('if entries are followed by other records', async () => {
    expect(await refusalsOf(`${lines.join('\n')}\n{"kind":"revision"}`)).toEqual([
      '15: kind is "revision", and the file began with an entry; use a file of their own.',
    ])
  })

  test('if another writer changes a service meanwhile', async () => {
    const storage = await sqliteStorage()
    await withStore(
      async () => storage,
      async (store) => {
        const other = await openStore(parseStore(storage.location))
        const slow = new Proxy(store, {
          get: (target, name) => {
            const method = Reflect.get(target, name, target)
            if (name !== 'appendAll') return typeof method === 'function' ? method.bind(target) : method
            return async (entries: Parameters<typeof store.appendAll>[0]) => {
              const [first] = verifiedLog('b').entries
              if (first) await other.append(first)
              return target.appendAll(entries)
            }
          },
        })
        const message = 'another writer has changed my-org/b; stop all servers, and import into an empty store.'
        await expect(importText(slow, lines.join('\n'))).rejects.toMatchObject(refused(message))
        await other.close()
      },
    )
  })
})

function newLog(): Log {
  return new Log([], parseServiceReference('my-org/a').service)
}

function withDefaultTo(tag: string): Entry[] {
  const { snapshot, entries, service } = newLog().register('1.0.0')
  const head = withDefault(snapshot.head, tag as RevisionTag, null)
  const change = { event: 'default-set', head, service } as const
  return [...entries, defaultEntry(snapshot, change, writer())]
}
