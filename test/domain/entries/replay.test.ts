import { expect, test } from 'vitest'
import { revisionEntry } from '../../../src/domain/entries/new-entry.ts'
import { replay, type Statement } from '../../../src/domain/entries/replay.ts'
import { active, deleted } from '../../../src/domain/lifecycle.ts'
import { type Entry, type Link, type RevisionEntry, snapshotAfter } from '../../../src/domain/log.ts'
import { noInfo } from '../../../src/domain/revision-info.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { writer } from '../../../src/store/contract/support.ts'

const info = { ...noInfo, endpoints: [{ protocol: 'grpc', uri: 'https://a.example', metadata: [] }] }

const log = new Log()
  .register('1.0.0', { info, registeredAt: 1, registeredBy: 'another', kind: 'import' })
  .setAlias('a')
  .setAlias('b', '1.0.0')
  .register('1.1.0')
  .update('1.0.0', { ...info, description: 'changed' })
  .change('1.0.0', { ...active, deprecation: { message: 'm', replacement: null } })
  .yankAndMove('1.1.0', 'a', '1.0.0')
  .clearDefault()
  .request('deploy')
  .deleteAlias('b')
  .change('1.1.0', deleted)
  .register('1.2.0', { requestedDefault: false, becomesDefault: false })
  .setRollout('1.2.0')
  .yank('1.2.0', 'broken')
  .change('1.2.0', active)
  .setAlias('c', '1.2.0')
  .endRollout('1.2.0')
  .revert(17)
  .revert(5)

test('an entry that is replayed after the entries before it is the entry that its writer made', () => {
  for (const [index, entry] of log.entries.entries()) {
    expect(replay(stateBefore(index), statementOf(entry)), entry.event).toEqual(entry)
  }
})

test('an entry whose writer made a new list of the same aliases is replayed as it was made', () => {
  const before = new Log().register('1.0.0').newest as RevisionEntry
  const { head, revision } = before
  const gone = { ...revision, lifecycle: deleted }
  const change = { event: 'revision-deleted', before: revision, revision: gone } as const
  const entry = revisionEntry(
    snapshotAfter(before),
    { ...change, head: { ...head, revisionCount: 0, aliases: [] } },
    writer(),
  )
  expect(replay({ newest: snapshotAfter(before), revision }, statementOf(entry))).toEqual(entry)
  expect(entry.head.etag).toBe(head.etag)
})

test.for([
  ['an unknown key', { surprise: 1 }],
  ['another reason than its entry', { reason: 'why' }],
  ['a candidate whose buckets are written in another way', { buckets: '00-10000' }],
] as const)('a rollout with %s has another delta when it is replayed', ([, change]) => {
  const index = log.entries.findIndex(({ event }) => event === 'rollout-set')
  const said = statementOf(log.entries[index] as Entry)
  const [candidate, ...others] = said.link.delta.rollout?.candidates ?? []
  const rollout = { ...said.link.delta.rollout, candidates: [{ ...candidate, ...change }, ...others], ...change }
  const forged = withDelta(said, { rollout: rollout as never })
  expect(replay(stateBefore(index), forged).link?.delta).not.toEqual(forged.link.delta)
})

test('an entry that restores aliases cannot give a changed alias the etag of another entry', () => {
  const index = log.entries.findLastIndex(({ event }) => event === 'choices-reverted')
  const said = statementOf(log.entries[index] as Entry)
  const all = said.link.delta.aliases?.all?.map((alias) => ({ ...alias, etag: 'another' })) ?? []
  expect(all).toHaveLength(2)
  expect(replay(stateBefore(index), withDelta(said, { aliases: { all } })).link?.delta.aliases?.all).not.toEqual(all)
})

test('an entry that is replayed after another entry has another hash', () => {
  const { hash } = replay(stateBefore(2), statementOf(log.entries[3] as Entry)).link as Link
  expect(hash).not.toBe(log.entries[3]?.link?.hash)
})

test.for([
  ['its time', (said: Statement) => ({ ...said, time: said.time + 1 })],
  ['its principal', (said: Statement) => ({ ...said, principal: { name: 'somebody else' } })],
  ['its claims', (said: Statement) => ({ ...said, principal: { ...said.principal, claims: { admin: true } } })],
  ['its writer', (said: Statement) => ({ ...said, writer: 'import' as const })],
  ['its request', (said: Statement) => ({ ...said, request: { id: 'a', fingerprint: 'b' } })],
  ['its tag', (said: Statement) => ({ ...said, tag: '9.9.9' })],
  ['its salt', (said: Statement) => ({ ...said, link: { ...said.link, salt: 'another' } })],
  ['its reason', (said: Statement) => withDelta(said, { reason: 'another' })],
  ['its default', (said: Statement) => withDelta(said, { default: { tag: null } })],
] as const)('an entry has another hash if %s is changed', ([, change]) => {
  const entry = log.entries[3] as Entry
  expect(replay(stateBefore(3), change(statementOf(entry))).link?.hash).not.toBe(entry.link?.hash)
})

test('an entry that changes a revision cannot follow a state without that revision', () => {
  const said = statementOf(log.entries[4] as Entry)
  expect(() => replay({ ...stateBefore(4), revision: null }, said)).toThrow('1.0.0, which is not registered')
})

test('the first entry of a service can revert nothing', () => {
  const said = statementOf(log.entries.at(-1) as Entry)
  expect(() => replay({ newest: null, revision: null }, said)).toThrow('reverts nothing')
})

function stateBefore(index: number) {
  const before = log.entries.slice(0, index)
  const tag = log.entries[index]?.revision?.revisionTag
  const revision = before.findLast((entry) => entry.revision?.revisionTag === tag)?.revision ?? null
  const newest = before.at(-1)
  return { newest: newest ? snapshotAfter(newest) : null, revision: tag === undefined ? null : revision }
}

function statementOf(entry: Entry): Statement {
  const { id, service, generation, time, principal, writer, request, revision } = entry
  const link = entry.link as Link
  return { id, service, generation, time, principal, writer, request, tag: revision?.revisionTag ?? '', link }
}

function withDelta(said: Statement, delta: Partial<Link['delta']>): Statement {
  return { ...said, link: { ...said.link, delta: { ...said.link.delta, ...delta } } }
}
