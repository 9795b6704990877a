import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_RECORD_BYTES, type RecordText, splitRecords } from '../../../src/transfer/input/split-records.ts'
import { collect } from '../../support/collect.ts'

async function split(text: string, chunkBytes = 7): Promise<Pick<RecordText, 'line' | 'text'>[]> {
  const bytes = Buffer.from(text)
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
  }
  const records = (await collect(splitRecords(chunks()))).flat()
  expect(records.map(({ index }) => index)).toEqual(records.map((_, at) => at + 1))
  return records.map(({ line, text }) => ({ line, text }))
}

describe('an input', () => {
  test('an input of lines has one record for each line that is not blank, with its line number', async () => {
    expect(await split('{"a":1}\n\n  \r\n{"b":2}\r\n{"c"')).toEqual([
      { line: 1, text: '{"a":1}' },
      { line: 4, text: '{"b":2}\r' },
      { line: 5, text: '{"c"' },
    ])
  })

  test('an input of one JSON array has one record for each element, even if several are on one line', async () => {
    expect(await split(' [{"a":[1,{"b":"],}\\""}]}, {"c":2},\n3 ]')).toEqual([
      { line: 1, text: '{"a":[1,{"b":"],}\\""}]}' },
      { line: 1, text: '{"c":2}' },
      { line: 2, text: '3 ' },
    ])
  })

  test.for([
    ['', 'is empty'],
    [' \n ', 'is empty'],
    ['[', 'is cut off in line 1, column 1, after record 0, and its list has no end'],
    ['[{"a":1},{"b"', 'is cut off in line 1, column 13, in record 2, which begins in line 1, column 10'],
    ['[{"a":"é"},\n{"b":1}', 'is cut off in line 2, column 7, in record 2, which begins in line 2, column 1'],
    ['[{"a":"é"}\n,\n', 'is cut off in line 3, column 0, after record 1, and its list has no end'],
    ['[{"a":"]"},', 'is cut off in line 1, column 11, after record 1, and its list has no end'],
    ['[{},]', 'has the end of its list in line 1, column 5, after record 1, and no record before it'],
    ['[,{}]', 'has a comma in line 1, column 2, after record 0, and no record before it'],
    ['[{},,{}]', 'has a comma in line 1, column 5, after record 1, and no record before it'],
    ['[{}]\n{}', 'goes on in line 2, column 1, after record 1, after the end of its list'],
    ['[{}]]', 'goes on in line 1, column 5, after record 1, after the end of its list'],
  ] as const)('the input %j %s', async ([text, problem]) => {
    await expect(split(text, 1)).rejects.toThrow(`the input ${problem}; make the file again.`)
    await expect(split(text)).rejects.toMatchObject({ code: 'invalid_argument' })
  })

  test('each record has the line and the column where it begins, in characters', async () => {
    async function* chunks() {
      yield Buffer.from('[ {"a":"é🚀"}, 1,\n  2]')
    }
    const places = (await collect(splitRecords(chunks()))).flat().map(({ line, column }) => [line, column])
    expect(places).toEqual([
      [1, 3],
      [1, 15],
      [2, 3],
    ])
  })

  test.for(['[]', '[ ]\n'])('the input %j has no records', async (text) => {
    expect(await split(text)).toEqual([])
  })

  test('the text of a record that is too long is dropped, and the records after it are read', async () => {
    const records = await split(`"${'x'.repeat(MAX_RECORD_BYTES)}"\n{"a":1}`, 64 * 1024)
    expect(records).toEqual([
      { line: 1, text: undefined },
      { line: 2, text: '{"a":1}' },
    ])
  })

  test('an input has the same records however its bytes are divided into chunks', async () => {
    const values = fc.array(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.array(fc.string()))), {
      minLength: 1,
      maxLength: 5,
    })
    await fc.assert(
      fc.asyncProperty(values, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (records, size, isArray) => {
        const texts = records.map((record) => JSON.stringify(record))
        const found = await split(isArray ? `[${texts.join(', ')}]` : texts.join('\n'), size)
        expect(found.map(({ text }) => text)).toEqual(texts)
      }),
      { numRuns: 300 },
    )
  })
})
