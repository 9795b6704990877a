import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_RECORD_BYTES, type RecordText, splitRecords } from '../../src/transfer/split-records.ts'
import { collect } from '../support/collect.ts'

async function split(text: string, chunkBytes = 7): Promise<Omit<RecordText, 'index'>[]> {
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

  test('an input that ends within an element still has a record with the text of that element so far', async () => {
    expect(await split('[{"a":1},{"b"')).toEqual([
      { line: 1, text: '{"a":1}' },
      { line: 1, text: '{"b"' },
    ])
  })

  test.for(['', ' \n ', '[]', '[ ]\n'])('the input %j has no records', async (text) => {
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
