import { expect, test } from 'vitest'
import { parseMaxRevisions, parseMaxServices, parseRateLimit } from '../src/config/caller-limits.ts'
import { ConfigError } from '../src/config/config-error.ts'

test.for([
  ['', {}],
  ['writes=10', { write: 10 }],
  ['reads=500', { read: 500 }],
  ['writes=10,reads=500', { write: 10, read: 500 }],
  ['reads=1, writes=1000000', { read: 1, write: 1_000_000 }],
] as const)('the rates "%s" are read', ([text, rates]) => {
  expect(parseRateLimit(text)).toEqual(rates)
})

test.for([
  '10',
  'writes=0',
  'writes=1000001',
  'writes=1e3',
  'writes=1.5',
  'writes=-1',
  'writes=',
  'writes',
  'calls=10',
  'writes=10,',
  'writes=10;reads=5',
  'writes=10,writes=20',
  'WRITES=10',
])('the rates "%s" are refused, and the error names them', (text) => {
  expect(() => parseRateLimit(text)).toThrow(ConfigError)
  expect(() => parseRateLimit(text)).toThrow(`${JSON.stringify(text)} is not valid; use writes=NUMBER`)
})

test('limits of the registry have bounds, and are off if they are empty', () => {
  expect([parseMaxRevisions(''), parseMaxServices('')]).toEqual([undefined, undefined])
  expect([parseMaxRevisions('1'), parseMaxRevisions('1000000')]).toEqual([1, 1_000_000])
  expect([parseMaxServices('1'), parseMaxServices('10000')]).toEqual([1, 10_000])
  for (const text of ['0', '1000001', '-1', 'ten', '1.0']) expect(() => parseMaxRevisions(text)).toThrow(ConfigError)
  for (const text of ['0', '10001', '-1', 'ten', '1.0']) expect(() => parseMaxServices(text)).toThrow(ConfigError)
})
