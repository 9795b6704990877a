import { expect, test } from 'vitest'
import { emptyHead } from '../../../src/domain/head.ts'
import type { Revision } from '../../../src/domain/log.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { type RevisionTurn, readInTurns } from '../../../src/store/sqlite/revision-turns.ts'
import type { RevisionScan } from '../../../src/store/store.ts'

const place = (ordinal: number) => ({ revisionTag: `1.${ordinal}.0` as RevisionTag, registeredAt: 1, ordinal })
const revision = (ordinal: number) => place(ordinal) as Revision

function turn(ordinals: readonly number[], end: RevisionTurn['end'], hasMore = true): RevisionTurn {
  const at = ordinals.at(-1)
  const last = hasMore && at !== undefined ? place(at) : null
  const { aliases: _, aliasPlace: __, ...head } = emptyHead
  const snapshot = { generation: 9, time: 1, head, hash: null }
  return { ...snapshot, revisions: ordinals.map(revision), lookedAt: ordinals.length, last, end }
}

async function read(turns: readonly RevisionTurn[], scan: RevisionScan) {
  const parts: RevisionScan[] = []
  const left = [...turns]
  const page = await readInTurns(scan, async (part) => {
    parts.push(part)
    return left.shift() ?? null
  })
  expect(left).toEqual([])
  return { parts, page }
}

test.for([
  ['the last revision', [turn([5, 4], 'turn'), turn([3], 'last', false)], null],
  ['its limit', [turn([5, 4], 'turn'), turn([3], 'last')], 3],
  ['a revision that does not fit', [turn([5, 4], 'turn'), turn([3], 'full')], 3],
] as const)('a page that takes two turns and ends at %s has the revisions of both', async ([, turns, last]) => {
  const { page, parts } = await read(turns, { order: 'registration', limit: 3 })
  expect(page?.revisions.map(({ ordinal }) => ordinal)).toEqual([5, 4, 3])
  expect(page).toMatchObject({ lookedAt: 3, last: last && place(last) })
  expect(parts[1]).toEqual({ order: 'registration', limit: 1, generation: 9, after: { registeredAt: 1, ordinal: 4 } })
})

test('a page that is full at the beginning of a turn goes on after the turn before', async () => {
  const { page } = await read([turn([5, 4], 'turn'), turn([], 'full', false)], { order: 'version', limit: 3 })
  expect(page).toMatchObject({ lookedAt: 2, last: place(4) })
})

test('a page whose last revision was the last of its turn has no more', async () => {
  const { page } = await read([turn([5, 4], 'turn'), turn([], 'last', false)], { order: 'version', limit: 3 })
  expect(page).toMatchObject({ lookedAt: 2, last: null })
})

test('a service without an entry has no page', async () => {
  expect((await read([], { order: 'version', limit: 3 })).page).toBeNull()
})
