import { describe, expect, test } from 'vitest'
import { parseServiceReference } from '../../src/domain/sruid.ts'
import { Log } from '../../src/store/contract/log.ts'
import { OpenedRows } from '../../src/store/sqlite/opened-rows.ts'
import { type Row, toColumns } from '../../src/store/sqlite/rows.ts'

const { service } = parseServiceReference('my-org/my-service')
const row: Row = toColumns(new Log([], service).register('1.0.0').newest, 3)

/** Rows that have opened this row often enough to remember it. */
function warm(): OpenedRows {
  const rows = new OpenedRows()
  for (let time = 0; time < 3; time++) rows.open(service, row)
  return rows
}

describe('a row that was opened before', () => {
  test('a row that is opened again with the same bytes is not parsed again', () => {
    const rows = warm()
    expect(rows.open(service, { ...row })).toBe(rows.open(service, row))
  })

  test.for([
    ['body', { body: row.body.replace('1.0.0', '1.0.1') }],
    ['crc', { crc: (row.crc ?? 0) + 1 }],
    ['time', { time: row.time + 1 }],
    ['tag', { tag: '1.0.1' }],
    ['generation', { generation: 2 }],
    ['id', { id: `another-${row.id.slice(-8)}` }],
  ] as const)('a row that was damaged after it was opened is refused, if its %s changed', ([, change]) => {
    expect(() => warm().open(service, { ...row, ...change })).toThrow('is damaged')
  })

  test('a row of another service with the same bytes is refused', () => {
    expect(() => warm().open(parseServiceReference('my-org/other').service, row)).toThrow('is damaged')
    expect(() => warm().open(parseServiceReference('other/my-service').service, row)).toThrow('is damaged')
  })
})

test('rows that share a slot are each opened as they are', () => {
  const rows = warm()
  for (const tag of ['1.0.0', '2.0.0', '3.0.0']) {
    const entry = new Log([], service).register(tag).newest
    const other = toColumns({ ...entry, id: `${tag}-${row.id.slice(-8)}` }, 3)
    for (let time = 0; time < 3; time++) expect(rows.open(service, other).key.tag).toBe(tag)
  }
})
