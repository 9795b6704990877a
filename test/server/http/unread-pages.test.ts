import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { noInfo, type RevisionInfo } from '../../../src/domain/revision-info.ts'
import { parseServiceReference } from '../../../src/domain/sruid.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { peakGrowth } from '../../support/process-memory.ts'
import { envelope } from '../../support/raw-http2.ts'
import { sendJson } from '../../support/send-json.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const { service } = parseServiceReference('my-org/large')
const PATH = '/services/my-org/large/revisions?page_size=1000'
const LIST = '/waypost.v1.ServiceRegistry/ListRevisions'
const MESSAGE = Buffer.from('\x0a\x06my-org\x12\x05large\x30\xe8\x07', 'latin1')
const CONNECTIONS = 8
const REQUESTS = 100

// The pages that may be in memory have 48 MiB. The rest is for their strings, and for garbage. All pages have 2.4 GB.
const MOST_MIB = 400

const metadata = Array.from({ length: 31 }, (_, index) => [`key${index}`, '\u20ac'.repeat(1_000)] as const)
const info: RevisionInfo = { ...noInfo, endpoints: [{ protocol: 'grpc', uri: 'https://a.example', metadata }] }

/** Opens a connection, sends many requests for a page of 3 MiB, and reads none of the answers. */
type Attack = (url: string) => () => void

const attacks: Readonly<Record<string, Attack>> = {
  'HTTP/1.1 pipelining': (url) => {
    const { hostname, port } = new URL(url)
    const socket: Socket = connect(Number(port), hostname).on('error', () => {})
    socket.pause().write(`GET ${PATH} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(REQUESTS))
    return () => socket.destroy()
  },
  'HTTP/2 streams': (url) => {
    const session = withoutWindow(url)
    for (let index = 0; index < REQUESTS; index++)
      session
        .request({ ':path': PATH })
        .on('error', () => {})
        .pause()
    return () => session.destroy()
  },
  'gRPC calls': (url) => {
    const session = withoutWindow(url)
    const headers = { ':method': 'POST', ':path': LIST, 'content-type': 'application/grpc', te: 'trailers' }
    for (let index = 0; index < REQUESTS; index++) {
      session
        .request(headers)
        .on('error', () => {})
        .pause()
        .end(envelope(MESSAGE))
    }
    return () => session.destroy()
  },
}

function withoutWindow(url: string): ClientHttp2Session {
  return connectHttp2(url, { settings: { initialWindowSize: 0 } }).on('error', () => {})
}

describe('clients that ask for many pages and read none', () => {
  let storage: Storage
  let server: ServeProcess
  beforeAll(async () => {
    storage = await sqliteStorage()
    const store = await openStore(parseStore(storage.location))
    const log = new Log([], service)
    for (let index = 0; index < 40; index++) log.register(`1.${index}.0`, { info })
    await store.appendAll(log.entries)
    await store.close()
    server = await spawnServe(['--store', storage.location])
  })
  afterAll(async () => {
    await server.stop()
    await storage.remove()
  })

  test.for(Object.entries(attacks))('with %s the memory stays bounded, and others get answers', async ([, attack]) => {
    const growth = await peakGrowth(server.child.pid ?? 0, async () => {
      const ends = Array.from({ length: CONNECTIONS }, () => attack(server.url))
      await sleep(1_000)
      const answer = await sendJson(server.url, '/services/my-org/large')
      expect(answer.status).toBe(200)
      for (const end of ends) end()
    })
    expect(await sendJson(server.url, PATH)).toMatchObject({ status: 200 })
    expect(growth).toBeLessThan(MOST_MIB)
  })
})
