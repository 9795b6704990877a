import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonErrorOffset, parseJson } from '../../../src/transfer/input/json-error.ts'

test.for([
  ['', 0],
  ['{', 1],
  ['{"a"', 4],
  ['{"a" 1}', 5],
  ['{"a":}', 5],
  ['{"a":1,}', 7],
  ['{,}', 1],
  ['{a:1}', 1],
  ['[1,]', 3],
  ['[1 2]', 3],
  ['[1}', 2],
  ['{"a":[}', 6],
  ['"a\nb"', 2],
  ['"a\\x"', 2],
  ['"a\\u12g4"', 2],
  ['"abc', 4],
  ['01', 1],
  ['1.', 1],
  ['-', 0],
  ['tru', 0],
  ['nullx', 4],
  ['{} {}', 3],
  ['\uFEFF{}', 0],
  ['['.repeat(100_000), 100_000],
] as const)('%j stops being JSON at offset %i', ([text, offset]) => {
  expect(() => JSON.parse(text)).toThrow()
  expect(jsonErrorOffset(text)).toBe(offset)
})

test('the offset of a text that was JSON is not before the change', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), fc.constantFrom(',', '}', '"', 'x', '\\', '\n'), (value, at, inserted) => {
      const json = JSON.stringify(value)
      const offset = at % (json.length + 1)
      const changed = `${json.slice(0, offset)}${inserted}${json.slice(offset)}`
      let isJson = true
      try {
        JSON.parse(changed)
      } catch {
        isJson = false
      }
      expect(jsonErrorOffset(json)).toBe(json.length)
      if (!isJson) expect(jsonErrorOffset(changed)).toBeGreaterThanOrEqual(offset - 6)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('an error names the line and the column in the input, in characters', () => {
  const message = (text: string) => {
    try {
      return parseJson(text, { line: 7, column: 3 })
    } catch (error) {
      return (error as Error).message
    }
  }
  expect(message('{"🚀": x}')).toBe(
    'the record is not JSON: it has "x}" in line 7, column 9; correct it, or make the file again.',
  )
  expect(message('{"a": 1,\n "é": 2')).toBe(
    'the record is not JSON: it ends in line 8, column 8; correct it, or make the file again.',
  )
  expect(message('{"a": 1}')).toEqual({ a: 1 })
})
