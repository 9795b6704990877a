import { describe, expect, test } from 'vitest'
import type { Alias, AliasName } from '../../../src/domain/alias.ts'
import {
  formatPositions,
  movesBetween,
  nextPlace,
  parsePositions,
  withMoves,
} from '../../../src/domain/entries/alias-moves.ts'
import type { AliasPlace } from '../../../src/domain/head.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'

const tag = (text: string) => text as RevisionTag

function follower(name: string, target: string | null, etag = 'old'): Alias {
  const follows = { range: '^1', includePrerelease: false }
  return { name: name as AliasName, follows, tag: target === null ? null : tag(target), etag, isImported: false }
}

const before = [follower('a', null), follower('b', '1.0.0'), follower('c', '1.0.0')]

describe('the moves between two lists of aliases', () => {
  test('moves of the same entry to the same revision are one move, and applying it gives the later list', () => {
    const after = [before[0] as Alias, follower('b', '1.1.0', 'new'), follower('c', '1.1.0', 'new')]
    const moves = movesBetween(before, after)
    expect(moves).toEqual([{ tag: '1.1.0', etag: 'new', positions: [1, 2] }])
    expect(withMoves(before, moves ?? [])).toEqual(after)
  })

  test('a list that did not change has no moves', () => {
    expect(movesBetween(before, [...before])).toEqual([])
  })

  test.for([
    ['was added', [...before, follower('d', null)]],
    ['was deleted', before.slice(1)],
    ['has another name', [follower('z', null), ...before.slice(1)]],
    [
      'follows another range',
      [{ ...follower('a', null), follows: { range: '^2', includePrerelease: false } }, ...before.slice(1)],
    ],
    ['was fixed to a revision', [{ ...follower('a', '1.0.0'), follows: null }, ...before.slice(1)]],
    ['is no longer imported', [{ ...follower('a', null), isImported: true }, ...before.slice(1)]],
  ] as const)('a list in which an alias %s is no move', ([, after]) => {
    expect(movesBetween(before, after)).toBeNull()
  })
})

describe('the place of the aliases', () => {
  const place: AliasPlace = { generation: 3, moves: [{ tag: tag('1.0.0'), etag: 'old', positions: [1, 2] }] }
  const move = (positions: number[]) => [{ tag: tag('1.1.0'), etag: 'new', positions }]

  test('the moves of an alias that has moved again are forgotten', () => {
    const next = nextPlace({ aliasPlace: place }, move([2]), 9)
    expect(next).toEqual({ generation: 3, moves: [{ tag: '1.0.0', etag: 'old', positions: [1] }, ...move([2])] })
    expect(nextPlace({ aliasPlace: place }, move([1, 2]), 9)).toEqual({ generation: 3, moves: move([1, 2]) })
  })

  test('an entry that sets or deletes an alias has the whole list', () => {
    expect(nextPlace({ aliasPlace: place }, null, 9)).toEqual({ generation: 9, moves: [] })
  })

  test('an entry has the whole list again after 16 moves that are still in force', () => {
    let next: AliasPlace = { generation: 1, moves: [] }
    for (let index = 0; index < 16; index++) next = nextPlace({ aliasPlace: next }, move([index]), index + 2)
    expect(next).toMatchObject({ generation: 1, moves: { length: 16 } })
    expect(nextPlace({ aliasPlace: next }, move([16]), 18)).toEqual({ generation: 18, moves: [] })
  })
})

test.for([
  [[0], '1'],
  [[1, 3], 'a'],
  [[0, 63], '8000000000000001'],
  [Array.from({ length: 64 }, (_, index) => index), 'ffffffffffffffff'],
] as const)('the places %j are the text %s, and the text is these places', ([positions, text]) => {
  expect(formatPositions(positions)).toBe(text)
  expect(parsePositions(text)).toEqual(positions)
})
