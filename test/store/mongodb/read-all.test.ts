import { Binary, type Document } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { MongoConnection } from '../../../src/store/mongodb/connection.ts'
import { readAll } from '../../../src/store/mongodb/reads/read-all.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'

const MEBIBYTE = 1024 ** 2
const DOCUMENTS = 20

describe.skipIf(mongoSkipReason)('reads of whole answers', () => {
  test.for([
    ['a find', ['find', 'getMore'], [{ $match: { service: 'a' } }, { $sort: { generation: -1 } }, { $limit: 100 }]],
    [
      'a find of some fields',
      ['find', 'getMore'],
      [
        { $match: { service: 'a' } },
        { $sort: { generation: -1 } },
        { $limit: 100 },
        { $project: { generation: 1, content: 1 } },
      ],
    ],
    ['an aggregate', ['aggregate', 'getMore'], [{ $match: { service: 'a' } }, { $sort: { generation: -1 } }]],
  ] as const)('the answer to %s may be larger than one message of MongoDB', async ([, expected, pipeline]) => {
    const storage = await mongoStorage()
    const connection = await MongoConnection.open(storage.location, { monitorCommands: true })
    try {
      const content = new Binary(Buffer.alloc(MEBIBYTE))
      const documents = Array.from({ length: DOCUMENTS }, (_, generation) => ({ service: 'a', generation, content }))
      await connection.db.collection('entries').insertMany(documents)
      const names: string[] = []
      connection.db.client.on('commandStarted', ({ commandName }) => names.push(commandName))
      const read = await readAll<Document>(connection, pipeline)
      expect(read.map(({ generation }) => generation)).toEqual(documents.map((_, index) => DOCUMENTS - 1 - index))
      expect(names).toEqual(expected)
    } finally {
      await connection.close()
      await storage.remove()
    }
  })
})
