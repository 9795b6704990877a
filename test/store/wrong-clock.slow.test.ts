import { describe, expect, onTestFinished, test } from 'vitest'
import { type CreateStorage, describeOnEachStore, storages } from '../support/each-store.ts'
import { fakedTime, fakedTimeSkipReason } from '../support/faked-time.ts'
import { sendJson } from '../support/send-json.ts'
import { spawnServe } from '../support/serve.ts'

const PATH = '/services/my-org/my-service'
const RIGHT = '+0'
const { SQLite, MongoDB } = storages

async function startServer(createStorage: CreateStorage, offset = RIGHT) {
  const [storage, clock] = await Promise.all([createStorage(), fakedTime()])
  await clock.jump(offset)
  const server = await spawnServe(['--store', storage.location], clock.env)
  onTestFinished(async () => {
    await server.stop()
    await Promise.all([storage.remove(), clock.remove()])
  })
  let tags = 0
  return {
    jump: clock.jump,
    /** The answer to a registration of a new tag. */
    register: async () => {
      const { status, text } = await sendJson(server.url, PATH, { body: { revision_tag: `1.${tags++}.0` } })
      return { status, body: JSON.parse(text) as unknown }
    },
    /** The statuses of two kinds of read. */
    read: async () => {
      const answers = await Promise.all([sendJson(server.url, PATH), sendJson(server.url, `${PATH}/revisions`)])
      return answers.map(({ status }) => status)
    },
  }
}

const refusal = (problem: string) => ({
  status: 503,
  body: { reason: 'CLOCK_SKEW', error: expect.stringContaining(problem) },
})

describe.skipIf(fakedTimeSkipReason)('a wrong clock', () => {
  describeOnEachStore('a server whose clock jumps', (createStorage) => {
    test('a server refuses changes while its clock is wrong, still reads, and makes changes again without a restart', async () => {
      const server = await startServer(createStorage)
      expect(await server.register()).toMatchObject({ status: 201 })
      for (const [offset, problem] of [
        ['+6m', '6 minutes ahead of'],
        ['-6m', '6 minutes behind'],
        ['+3d', '3 days ahead of'],
        ['+8000y', 'in the year 10'],
        ['-60y', 'in the year 19'],
      ] as const) {
        await server.jump(offset)
        expect(await server.register(), offset).toMatchObject(refusal(problem))
        expect(await server.read(), offset).toEqual([200, 200])
        await server.jump(RIGHT)
        expect(await server.register(), `after ${offset}`).toMatchObject({ status: 201 })
      }
    })

    test.for(['+4m', '-4m'])('a server makes changes if its clock jumps by %s', async (offset) => {
      const server = await startServer(createStorage)
      expect(await server.register()).toMatchObject({ status: 201 })
      await server.jump(offset)
      expect(await server.register()).toMatchObject({ status: 201 })
    })

    test('a server that starts with a time beyond the year 9999 refuses changes, and still reads', async () => {
      const server = await startServer(createStorage, '+8000y')
      expect(await server.register()).toMatchObject(refusal('in the year 10'))
      expect(await server.read()).toEqual([404, 404])
    })
  })

  test.skipIf(!SQLite)('a server on SQLite that started with a wrong clock needs a restart, and says so', async () => {
    const server = await startServer(SQLite as CreateStorage, '+6m')
    expect(await server.register()).toMatchObject({ status: 201 })
    await server.jump(RIGHT)
    expect(await server.register()).toMatchObject(refusal('restart the server'))
  })

  test.skipIf(!MongoDB)('a server on MongoDB that started with a wrong clock needs no restart', async () => {
    const server = await startServer(MongoDB as CreateStorage, '+6m')
    expect(await server.register()).toMatchObject(refusal('6 minutes ahead of'))
    await server.jump(RIGHT)
    expect(await server.register()).toMatchObject({ status: 201 })
  })
})
