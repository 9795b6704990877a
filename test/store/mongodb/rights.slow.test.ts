import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openMongoStore } from '../../../src/store/mongodb/mongodb-store.ts'
import { theDefault } from '../../../src/store/store.ts'
import { createForm2Collection } from '../../support/form-2.ts'
import { mongoSkipReason } from '../../support/mongo-storage.ts'
import { type MongodWithUsers, startMongodWithUsers } from '../../support/mongod.ts'
import { runWaypost } from '../../support/serve.ts'
import { newEntry, service } from './entries.ts'

// A deployment that somebody else runs has users of its own.
const isForeign = Boolean(process.env.WAYPOST_TEST_MONGODB_URI)

describe.skipIf(mongoSkipReason ?? isForeign)('the rights of a MongoDB user', () => {
  let mongod: MongodWithUsers

  beforeAll(async () => {
    mongod = await startMongodWithUsers()
  })
  afterAll(() => mongod.stop())

  const refusal = (command: string, role: string) => ({
    exitCode: 5,
    stdout: '',
    stderr: expect.stringMatching(
      new RegExp(
        `^waypost: --store \\(WAYPOST_STORE\\) mongodb://[\\d.:]+: the deployment cannot be used \\(not authorized on \\w+ to ` +
          `execute command ${command}\\); use a user who has the role ${role} on the database\\.\\n$`,
      ),
    ),
  })

  test('a user with the role readWrite may do all that a server needs', async () => {
    const store = await openMongoStore(await mongod.addUser('new', 'readWrite'))
    expect(store.form).toBe(3)
    expect(await store.append(newEntry('1.0.0'))).toBe('appended')
    expect(await store.readLog(service, { after: 0, limit: 10 })).toHaveLength(1)
    await store.close()
  })

  test('a user with the role readWrite may not finish an upgrade, and one with dbAdmin may, which servers follow', async () => {
    const [location, admin] = [await mongod.addUser('old', 'readWrite'), await mongod.addUser('old', 'dbAdmin')]
    await createForm2Collection(location)
    const store = await openMongoStore(location)
    expect(store.form).toBe(2)
    const upgrade = (flag: string, of: string) => runWaypost(['upgrade', flag, '--store', of])
    expect(await upgrade('--finish', location)).toEqual(refusal('collMod', 'dbAdmin'))
    expect(await upgrade('--status', location)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('form 2'),
    })
    expect(await upgrade('--finish', admin)).toMatchObject({ exitCode: 0 })
    expect(await store.append(newEntry('1.0.0'))).toBe('appended')
    expect(store.form).toBe(3)
    await store.close()
  })

  test('changes fail at once if the user has lost the privilege to write, and lookups work', async () => {
    const store = await openMongoStore(await mongod.addUser('lost', 'readWrite'))
    await store.append(newEntry('1.0.0'))
    await mongod.replaceRole('lost', 'readWrite', 'read')
    const start = performance.now()
    await expect(store.append(newEntry('2.0.0'))).rejects.toMatchObject({
      reason: 'STORE_UNAVAILABLE',
      cause: {
        message:
          'the user lacks a privilege (not authorized on lost to execute command insert); ' +
          'give the user the role readWrite on the database.',
      },
    })
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(await store.lookup(service, theDefault)).toMatchObject({ generation: 1 })
    await mongod.replaceRole('lost', 'readWrite', 'readWrite')
    expect(await store.append(newEntry('2.0.0'))).toBe('generation-taken')
    await store.close()
  })

  test('a server of a user with the role read does not start, and names the role that it needs', async () => {
    const location = await mongod.addUser('read', 'read')
    const serve = (of: string) => runWaypost(['serve', '--port', '0', '--store', of])
    expect(await serve(location)).toEqual(refusal('create', 'readWrite'))
    await createForm2Collection(await mongod.addUser('read', 'readWrite'))
    expect(await serve(location)).toEqual(refusal('createIndexes', 'readWrite'))
    const status = await runWaypost(['upgrade', '--status', '--store', location])
    expect(status).toMatchObject({ exitCode: 0, stderr: '' })
  })
})
