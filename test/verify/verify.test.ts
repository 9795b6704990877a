import { describe, expect, test } from 'vitest'
import { hashOf } from '../../src/domain/entries/chain.ts'
import { defaultEntry } from '../../src/domain/entries/new-entry.ts'
import { withDefault } from '../../src/domain/head.ts'
import { active, deleted } from '../../src/domain/lifecycle.ts'
import type { Entry, Link } from '../../src/domain/log.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import { Log } from '../../src/store/contract/log.ts'
import { writer } from '../../src/store/contract/support.ts'
import { audited, problemsOf, unreadable, verify, withoutState } from './audited.ts'
import { everyKind, everyNewKind, service } from './every-kind.ts'

const yanked = { ...active, yank: { reason: 'r' } }
/** The problems with the entries of a store, each with its message. */
async function found(entries: readonly Entry[]): Promise<(readonly [string, string])[]> {
  return (await verify(entries.map(audited))).found.map(({ code, message }) => [code, message])
}

/** The entries of a log. One of them is changed. */
function withEntry(log: Log, generation: number, change: (entry: Entry) => Partial<Entry>) {
  return log.entries.map((entry) =>
    audited(entry.generation === generation ? ({ ...entry, ...change(entry) } as Entry) : entry),
  )
}

const withLink = (change: Partial<Link>) => (entry: Entry) => ({ link: { ...(entry.link as Link), ...change } })

/** The same log as writers of form 2 have written it. */
function inForm2(entries: readonly Entry[]): Entry[] {
  return entries.map((entry) => ({ ...entry, link: null }))
}

describe('a sound log', () => {
  test('a log with every kind of entry has no problems, with and without the states after its entries', async () => {
    const entries = [...everyNewKind(service('a/a')).entries, ...everyNewKind(service('a/b')).entries]
    const clean = { services: 2, entries: 40, problems: 0, notes: 0, found: [], noted: [] }
    expect(await verify(entries.map(audited))).toEqual(clean)
    expect(await verify(entries.map(withoutState), { hasStates: false })).toEqual(clean)
  })

  test('a log whose first entries are of form 2 has no problems, and its chain begins after them', async () => {
    const old = inForm2(everyKind().entries)
    const log = new Log(old).register('2.0.0').change('1.0.0', active).setAlias('beta', '2.0.0')
    expect(log.entries[12]?.link?.prev).toBe('')
    expect(await problemsOf(log.entries.map(audited))).toEqual([])
    const exported = log.entries.map((entry) => (entry.link ? withoutState(entry) : audited(entry)))
    expect(await problemsOf(exported, { hasStates: false })).toEqual([])
  })

  test('a time in the future is a note, because the changes of the service go on with it', async () => {
    const log = new Log().register('1.0.0')
    const { time } = log.newest
    const { found, noted, notes } = await verify(log.entries.map(audited), { now: () => time - 6 * 60_000 })
    expect([found, notes, noted]).toEqual([
      [],
      1,
      [expect.objectContaining({ code: 'FUTURE_TIME', service: 'my-org/my-service', generation: 1 })],
    ])
    expect(await verify(log.entries.map(audited), { now: () => time - 4 * 60_000 })).toMatchObject({ notes: 0 })
  })
})

describe('damage', () => {
  test.for(['damaged', 'newer-form'] as const)(
    'each entry that cannot be read (%s) is the only problem, wherever it is',
    async (damage) => {
      const { entries } = everyNewKind()
      const code = damage === 'damaged' ? 'ENTRY_DAMAGED' : 'NEWER_FORM'
      for (const { generation } of entries) {
        const some = entries.map((entry) =>
          entry.generation === generation ? unreadable(entry, damage) : audited(entry),
        )
        expect(await problemsOf(some)).toEqual([[generation, code]])
      }
    },
  )

  test('an entry that is found by wrong values is a problem, and the entries after it are checked', async () => {
    const some = everyKind().entries.map((entry) => ({
      ...audited(entry),
      damage: entry.generation === 2 ? ('wrong-keys' as const) : null,
    }))
    expect(await problemsOf(some)).toEqual([[2, 'WRONG_KEYS']])
  })

  test('each entry that was left out is a problem with its generation, except the last one', async () => {
    const { entries } = everyNewKind()
    for (const { generation } of entries.slice(0, -1)) {
      const rest = entries.filter((entry) => entry.generation !== generation)
      expect(await problemsOf(rest.map(audited))).toEqual([[generation, 'ENTRY_MISSING']])
      expect(await problemsOf(rest.map(withoutState), { hasStates: false })).toEqual([[generation, 'ENTRY_MISSING']])
    }
  })

  test('several entries that were left out are one problem, whose message has the last generation', async () => {
    const some = everyKind().entries.toSpliced(3, 4).map(audited)
    expect((await verify(some)).found).toEqual([
      {
        code: 'ENTRY_MISSING',
        service: 'my-org/my-service',
        generation: 4,
        message: 'the entries up to generation 7 are missing.',
      },
    ])
  })

  test('after damage, the next entry whose state can be read is trusted, and a later wrong one is found', async () => {
    const log = everyKind()
    const some = withEntry(log, 11, ({ head }) => ({ head: { ...head, revisionCount: 9 } }))
    const broken = some.map((each) => (each.generation === 4 ? unreadable(each.entry as Entry) : each))
    expect(await problemsOf(broken)).toEqual([
      [4, 'ENTRY_DAMAGED'],
      [11, 'WRONG_STATE'],
      // It does not follow from the wrong state.
      [12, 'WRONG_STATE'],
    ])
  })

  test('entries whose large parts were lost with a damaged entry are no problems of their own', async () => {
    const log = everyKind()
    const some = log.entries.map((entry) => (entry.generation === 4 ? unreadable(entry) : audited(entry)))
    const lost = some.map((each) => ([5, 6, 7, 8].includes(each.generation) ? { ...each, entry: null } : each))
    expect(await problemsOf(lost)).toEqual([[4, 'ENTRY_DAMAGED']])
  })

  test('an entry that names large parts that are nowhere, although nothing is damaged, is a problem', async () => {
    const some = everyKind().entries.map((entry) => (entry.generation === 5 ? withoutState(entry) : audited(entry)))
    expect(await problemsOf(some)).toEqual([[5, 'WRONG_STATE']])
  })
})

describe('the chain', () => {
  test.for([
    ['another hash', withLink({ hash: 'x' }), '7 WRONG_HASH, 8 WRONG_CHAIN'],
    ['another hash before it', withLink({ prev: 'x' }), '7 WRONG_CHAIN'],
    ['no hash before it', withLink({ prev: '' }), '7 WRONG_CHAIN'],
    ['another salt', withLink({ salt: 'x' }), '7 WRONG_HASH'],
    ['another principal', () => ({ principal: { name: 'x' } }), '7 WRONG_HASH'],
    ['another time', ({ time }: Entry) => ({ time: time + 1 }), '7 WRONG_HASH, 8 WRONG_TIME'],
    ['another request', () => ({ request: { id: 'x', fingerprint: 'f' } }), '7 WRONG_HASH'],
  ] as const)('an entry with %s is a problem, with and without states', async ([, change, expected]) => {
    const changed = withEntry(everyKind(), 7, change)
    const stateless = changed.map((each) => ({ ...each, entry: null }))
    for (const found of [await problemsOf(changed), await problemsOf(stateless, { hasStates: false })]) {
      const texts = found.map(([generation, code]) => `${generation} ${code}`)
      expect(texts.filter((text) => !text.endsWith('STATE')).join(', ')).toBe(expected)
    }
  })

  test('an entry that another writer has inserted, with hashes made anew for it only, breaks the chain', async () => {
    const { entries } = everyKind()
    const theirs = new Log(entries.slice(0, 5)).register('9.9.9').newest
    const some = [...entries.slice(0, 5), theirs, ...entries.slice(6)]
    expect(await problemsOf(some.map(audited))).toContainEqual([7, 'WRONG_CHAIN'])
  })

  test('an entry of another service is a problem, even in the same generation', async () => {
    const { entries } = everyKind()
    const moved = { ...everyKind(service('a/b')).entries[5], service: service('my-org/my-service') } as Entry
    expect(await problemsOf(entries.toSpliced(5, 1, moved).map(audited))).toContainEqual([6, 'WRONG_HASH'])
  })

  test('an entry of form 2 after one of form 3 is a problem', async () => {
    const { entries } = everyKind()
    const some = [...entries.slice(0, 5), ...inForm2(entries.slice(5, 6)), ...entries.slice(6)]
    expect(await problemsOf(some.map(audited))).toEqual([
      [6, 'OLD_FORM'],
      [7, 'WRONG_CHAIN'],
    ])
  })
})

describe('generations and times', () => {
  test('a service without a first entry is a problem, and so is a generation that comes twice', async () => {
    const { entries } = everyKind()
    expect(await problemsOf(entries.slice(1).map(audited))).toEqual([[1, 'ENTRY_MISSING']])
    const twice = [...entries.slice(0, 3), ...entries.slice(2)]
    expect(await problemsOf(twice.map(audited))).toEqual([[3, 'OUT_OF_ORDER']])
  })

  test('a service whose entries are not together in an export is a problem', async () => {
    const [a, b] = [everyKind(service('a/a')), everyKind(service('a/b'))]
    const mixed = [...a.entries.slice(0, 4), b.entries[0] as Entry, ...a.entries.slice(4)].map(withoutState)
    expect(await problemsOf(mixed, { hasStates: false })).toContainEqual([5, 'OUT_OF_ORDER'])
  })

  test('a time that falls is a problem, and so is one beyond the year 9999', async () => {
    const log = new Log(inForm2(everyKind().entries))
    expect(await problemsOf(withEntry(log, 7, ({ time }) => ({ time: time - 1 })))).toEqual([[7, 'WRONG_TIME']])
    const last = withEntry(log, 12, () => ({ time: Date.parse('+010000-01-01T00:00:00Z') }))
    expect(await problemsOf(last)).toEqual([[12, 'WRONG_TIME']])
  })
})

describe('the state', () => {
  test('a stored head that is not the result of the changes is a problem', async () => {
    const changed = withEntry(everyKind(), 6, ({ head }) => ({ head: { ...head, etag: 'x' } }))
    expect(await problemsOf(changed)).toContainEqual([6, 'WRONG_STATE'])
  })

  test('a change that has a right hash, but no shape that any writer makes, is a problem and ends nothing', async () => {
    const { entries } = everyKind()
    const third = entries[2] as Entry
    const delta = { event: 'alias-set', aliases: { set: {} } } as unknown as Link['delta']
    const unhashed = { ...(third.link as Link), delta }
    const link = { ...unhashed, hash: hashOf(third, unhashed) }
    const some = entries.toSpliced(2, 1, { ...third, link }).map(withoutState)
    expect(await problemsOf(some, { hasStates: false })).toEqual([
      [3, 'WRONG_CHANGE'],
      [4, 'WRONG_CHAIN'],
    ])
  })

  test('a stored revision that is not the result of the changes is a problem', async () => {
    const changed = withEntry(
      everyKind(),
      7,
      ({ revision }) => ({ revision: { ...revision, registeredBy: 'x' } }) as never,
    )
    expect(await problemsOf(changed)).toContainEqual([7, 'WRONG_STATE'])
  })

  test('a change of a revision that was never registered is a problem', async () => {
    const log = new Log().register('1.0.0').register('2.0.0').change('1.0.0', yanked)
    const [first, second, third] = log.entries as [Entry, Entry, Entry]
    const other = { ...third, revision: { ...third.revision, revisionTag: '3.0.0' } } as Entry
    expect(await problemsOf([first, second, other].map(audited))).toContainEqual([3, 'WRONG_CHANGE'])
  })

  test.for([
    ['does not exist', () => new Log().register('1.0.0'), '9.9.9'],
    ['is deleted', () => new Log().register('1.0.0').register('2.0.0').change('1.0.0', deleted), '1.0.0'],
    ['is yanked', () => new Log().register('1.0.0').register('2.0.0').change('1.0.0', yanked), '1.0.0'],
  ] as const)('a default that %s is a problem, although all hashes are right', async ([why, log, tag]) => {
    const { entries, snapshot, service } = log()
    const rule = { by: 'hand', policy: null, reason: '', actor: 'a', time: snapshot.time } as const
    const head = withDefault(snapshot.head, tag as RevisionTag, rule)
    const set = defaultEntry(snapshot, { service, event: 'default-set', head }, writer())
    expect(await found([...entries, set])).toEqual([['WRONG_DEFAULT', `the default is "${tag}", which ${why}.`]])
  })

  test('a default that becomes yanked without moving is a problem, but only in form 3', async () => {
    const { entries } = new Log().register('1.0.0').change('1.0.0', yanked)
    expect(await found(entries)).toEqual([['WRONG_DEFAULT', 'the default is "1.0.0", which is yanked.']])
    expect(await found(inForm2(entries))).toEqual([])
  })

  test.for([
    ['does not exist', '9.9.9'],
    ['is deleted', '1.0.0'],
  ] as const)('an alias that points to a revision that %s is a problem', async ([why, tag]) => {
    const log = new Log().register('1.0.0').register('2.0.0').change('1.0.0', deleted).setAlias('beta', tag)
    const problem = ['WRONG_ALIAS', `alias "beta" points to "${tag}", which ${why}.`]
    expect(await found(log.register('3.0.0').entries)).toEqual([problem])
    expect(await found(inForm2(log.entries))).toEqual([problem])
  })

  test('an alias to a deleted revision is a problem, and an alias to a yanked revision is not', async () => {
    const log = new Log().register('1.0.0').register('2.0.0').setAlias('beta', '1.0.0').change('1.0.0', yanked)
    expect(await found(log.entries)).toEqual([])
    expect(await found(log.change('1.0.0', deleted).entries)).toEqual([
      ['WRONG_ALIAS', 'alias "beta" points to "1.0.0", which is deleted.'],
    ])
  })
})
