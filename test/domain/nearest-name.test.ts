import { describe, expect, test } from 'vitest'
import { nearestName } from '../../src/domain/nearest-name.ts'

const names = ['get', 'register', 'serve', 'yank', '--tag']

describe('nearestName', () => {
  test.for([
    ['gte', 'get', 'two letters that are swapped'],
    ['evs', undefined, 'another word'],
    ['regsiter', 'register', 'two letters that are swapped in a long name'],
    ['srve', 'serve', 'a letter that is missing'],
    ['yankk', 'yank', 'a letter that is there twice'],
    ['--TAG', '--tag', 'upper case'],
    ['', undefined, 'no letter'],
    ['a'.repeat(100_000), undefined, 'a very long text'],
  ] as const)('the nearest name to "%s" is %s (%s)', ([text, nearest]) => {
    expect(nearestName(text, names)).toBe(nearest)
  })
})
