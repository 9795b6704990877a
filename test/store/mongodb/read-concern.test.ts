import { MongoClient, ReadConcern, type ReadConcernLevel } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { chooseReadConcern } from '../../../src/store/mongodb/read-concern.ts'
import { mongoSkipReason, mongoStorage } from '../../support/mongo-storage.ts'
import { isOnReplicaSet } from '../../support/mongo-topology.ts'
import { runWaypost } from '../../support/serve.ts'

const hellos = {
  'a replica set': { setName: 'rs0' },
  'a sharded cluster': { msg: 'isdbgrid' },
  'a single server': {},
} as const

const choose = (level: string | undefined, deployment: keyof typeof hellos) =>
  chooseReadConcern(
    level === undefined ? {} : { readConcern: new ReadConcern(level as ReadConcernLevel) },
    hellos[deployment],
  ).level

describe('the read concern', () => {
  test.for([
    [undefined, 'a replica set', 'majority'],
    [undefined, 'a sharded cluster', 'majority'],
    [undefined, 'a single server', 'local'],
    ['majority', 'a replica set', 'majority'],
    ['majority', 'a single server', 'majority'],
    ['linearizable', 'a replica set', 'linearizable'],
    ['linearizable', 'a sharded cluster', 'linearizable'],
  ] as const)('readConcernLevel=%s on %s reads with %s', ([level, deployment, chosen]) => {
    expect(choose(level, deployment)).toBe(chosen)
  })

  test.for(['local', 'available', 'snapshot'])('readConcernLevel=%s is refused, on every deployment', (level) => {
    for (const deployment of Object.keys(hellos) as (keyof typeof hellos)[]) {
      expect(() => choose(level, deployment)).toThrow(
        `readConcernLevel is "${level}"; use "majority" or "linearizable", or leave it out.`,
      )
    }
  })

  test('readConcernLevel=linearizable is refused on a single server', () => {
    expect(() => choose('linearizable', 'a single server')).toThrow(
      'readConcernLevel is "linearizable", which a MongoDB server without replicas refuses; leave it out.',
    )
  })
})

describe.skipIf(mongoSkipReason)('a server with a read concern that is not allowed', () => {
  test.for([
    ['local', /readConcernLevel is "local"; use "majority" or "linearizable", or leave it out\.\n$/],
    ...(isOnReplicaSet
      ? []
      : [['linearizable', /a MongoDB server without replicas refuses; leave it out\.\n$/] as const]),
  ] as const)('a server with readConcernLevel=%s does not start, and prints one line', async ([level, line]) => {
    const storage = await mongoStorage()
    const separator = storage.location.includes('?') ? '&' : '?'
    const location = `${storage.location}${separator}readConcernLevel=${level}`
    const finished = await runWaypost(['serve', '--port', '0', '--store', location])
    expect(finished).toMatchObject({ stdout: '', stderr: expect.stringMatching(line) })
    expect(finished.stderr).toMatch(/^waypost: --store[^\n]*\n$/)
    await storage.remove()
  })

  test('the driver reads the level of the connection string', () => {
    const client = new MongoClient('mongodb://127.0.0.1/?readConcernLevel=linearizable')
    expect(client.options.readConcern?.level).toBe('linearizable')
  })
})
