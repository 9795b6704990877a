import { expect, test } from 'vitest'
import { newId, newSalt } from '../src/identifiers.ts'

test('an identifier is a UUID of version 7 with the time in its first 48 bits', () => {
  const id = newId(Date.parse('2026-01-02T03:04:05.678Z'))
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(Date.parse('2026-01-02T03:04:05.678Z'))
})

test('an identifier of a later millisecond is greater', () => {
  const times = [0, 1, 1_000, 1_795_683_323_684, Date.UTC(9999, 11, 31)]
  const ids = times.map((time) => newId(time))
  expect(ids.toSorted()).toEqual(ids)
})

test('of 10,000 identifiers and salts of the same millisecond no two are equal', () => {
  const now = Date.now()
  expect(new Set(Array.from({ length: 10_000 }, () => newId(now))).size).toBe(10_000)
  expect(new Set(Array.from({ length: 10_000 }, newSalt)).size).toBe(10_000)
})

test('a salt is 24 hexadecimal digits, and every one of them is random', () => {
  const salts = Array.from({ length: 1_000 }, newSalt)
  expect(salts.every((salt) => /^[0-9a-f]{24}$/.test(salt))).toBe(true)
  const digitsAt = (place: number) => new Set(salts.map((salt) => salt[place])).size
  expect(Array.from({ length: 24 }, (_, place) => digitsAt(place))).toEqual(Array(24).fill(16))
})
