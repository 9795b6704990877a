import { once } from 'node:events'
import { createServer as createHttp1 } from 'node:http'
import { createServer as createHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRegistryHandler, openStore, type Store } from '../../../../src/server.ts'
import { type Storage, sqliteStorage } from '../../../support/storage.ts'
import { originCalls } from './origin-calls.ts'

const APP = 'https://app.example.com'
const EVIL = 'https://evil.example.com'

let storage: Storage
let store: Store
let count = 0
const closes: (() => void)[] = []

beforeAll(async () => {
  storage = await sqliteStorage()
  store = await openStore(storage.location)
})
afterAll(async () => {
  for (const close of closes) close()
  await store.close()
  await storage.remove()
})

/** The URL of an app around a registry, for the HTTP version that a protocol needs. */
async function embed(protocol: string, origins: readonly string[] | undefined): Promise<string> {
  const handler = createRegistryHandler({ store, ...(origins !== undefined && { origins }) })
  const app =
    protocol === 'gRPC' ? createHttp2((...args) => handler(...args)) : createHttp1((...args) => handler(...args))
  app.listen(0, '127.0.0.1')
  await once(app, 'listening')
  closes.push(() => app.close())
  return `http://127.0.0.1:${(app.address() as AddressInfo).port}`
}

describe.for(Object.entries(originCalls))('a registry inside an app, called over %s', ([protocol, calls]) => {
  const register = (url: string, origin: string) => calls.register(url, `embedded-${++count}`, { origin })

  test('a registry in an app leaves the check of origins to the app by default', async () => {
    const url = await embed(protocol, undefined)
    for (const origin of [EVIL, 'null', APP]) expect(await register(url, origin), origin).toBe('ok')
  })

  test('a registry in an app with named origins accepts changes from those origins and its own only', async () => {
    const url = await embed(protocol, [APP])
    expect(await register(url, APP)).toBe('ok')
    expect(await register(url, url)).toBe('ok')
    expect(await register(url, EVIL)).toBe(calls.refused)
    expect(await register(url, 'null')).toBe(calls.refused)
    expect(await calls.list(url, { origin: EVIL })).toBe('ok')
  })

  test('a registry in an app with an empty list of origins accepts changes from its own origin only', async () => {
    const url = await embed(protocol, [])
    expect(await register(url, url)).toBe('ok')
    expect(await register(url, APP)).toBe(calls.refused)
  })
})
