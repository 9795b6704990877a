import { setTimeout as delay } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { nameOf, SEARCH_INDEXES } from '../../src/store/mongodb/indexes.ts'
import { openMongoStore } from '../../src/store/mongodb/mongodb-store.ts'
import { spawnServe } from '../support/serve.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import type { Ground } from './ground.ts'

/** The fault that a scenario makes, while clients call the servers. */
export type Scenario = (ground: Ground) => Promise<void>

/** Kills the primary with SIGKILL. The others elect a new one, and the killed member comes back. */
export const killPrimary: Scenario = async ({ set, recovered }) => {
  const primary = await set.primary()
  await delay(Math.random() * 500)
  await primary.end('SIGKILL')
  await recovered(await set.primary())
  await primary.start()
  await set.settled()
}

/** Freezes the primary with SIGSTOP, and lets it go on after a while. */
export function freezePrimary(ms: number): Scenario {
  return async ({ set, recovered }) => {
    const primary = await set.primary()
    const thawed = delay(ms).then(() => primary.thaw())
    primary.freeze()
    await recovered(await set.primary())
    await thawed
    await set.settled()
    await recovered(await set.primary())
  }
}

/** Restarts all members, one after another, the primary last. */
export const rollingRestart: Scenario = async ({ set, recovered }) => {
  const primary = await set.primary()
  for (const member of [...set.members.filter((each) => each !== primary), primary]) {
    await member.end('SIGTERM')
    await recovered(await set.primary())
    await member.start()
    await set.settled()
  }
}

/** Kills all members at once, and starts them again after a while. */
export function killAll(ms: number): Scenario {
  return async ({ set, recovered }) => {
    await Promise.all(set.members.map((member) => member.end('SIGKILL')))
    await delay(ms)
    await Promise.all(set.members.map((member) => member.start()))
    await recovered(await set.primary())
    await set.settled()
  }
}

/** Opens a store whose indexes for lists are missing, while a secondary is down. */
export const makeIndexesWithoutMember: Scenario = async ({ set }) => {
  const primary = await set.primary()
  const secondary = set.members.find((member) => member !== primary)
  await secondary?.end('SIGKILL')
  const client = await MongoClient.connect(set.location)
  for (const { key } of SEARCH_INDEXES) await client.db().collection('entries').dropIndex(nameOf(key))
  await client.close()
  const store = await openMongoStore(set.location)
  await store.readServices({ limit: 1 })
  await store.close()
  await secondary?.start()
  await set.settled()
}

/** Cuts the connections of a server of its own in the middle of answers, again and again. */
export function cutAnswers(times: number): Scenario {
  return async ({ set, load, recovered }) => {
    const primary = await set.primary()
    const [host, port] = primary.address.split(':')
    const proxy = await startTcpProxy(Number(port), host)
    const location = `mongodb://127.0.0.1:${proxy.port}/faults?directConnection=true`
    const server = await spawnServe(['--store', location, '--log-level', 'silent'])
    const clients = load([server.url])
    for (let count = 0; count < times; count++) {
      await delay(300)
      proxy.cutAnswers()
      await delay(Math.random() * 500)
      proxy.restore()
      await recovered(primary, [server.url])
    }
    await clients.stop()
    await server.stop()
    await proxy.close()
  }
}
