import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { RegistryError } from '../../../src/domain/errors.ts'
import { createHttpHealth } from '../../../src/server/health/http-health.ts'
import { Readiness } from '../../../src/server/health/readiness.ts'
import { NodeExchange } from '../../../src/server/http/node-exchange.ts'
import { storeUnavailable } from '../../../src/store/unavailable.ts'
import { sendJson } from '../../support/send-json.ts'

const OK = { status: 'ok' }
const UNAVAILABLE = { status: 'store unavailable', reason: 'the store cannot be reached; try again later.' }

/** A server of the health checks alone, over a store with these answers, and the messages of its log. */
async function serveHealth() {
  const store = { ping: async () => {}, checkAppends: async () => {} }
  const logged: string[] = []
  const write = (_: object, message: string) => logged.push(message)
  const log = { info: write, warn: write, error: write }
  const asked = { ping: () => store.ping(), checkAppends: () => store.checkAppends() }
  const readiness = new Readiness(asked, log)
  const handle = createHttpHealth(readiness, log)
  const server = createServer((request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?')
    handle(new NodeExchange(request, response), path, query)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const get = async (path: string) => {
    const { status, text } = await sendJson(url, path)
    return { status, body: JSON.parse(text) }
  }
  return { store, readiness, logged, get }
}

test('if only changes fail, the server stays ready for lookups and is not ready for changes', async () => {
  const { store, get } = await serveHealth()
  store.checkAppends = () => Promise.reject(storeUnavailable('the disk is full'))
  const states = { lookups: OK, changes: UNAVAILABLE }
  expect(await get('/readyz')).toMatchObject({ status: 200, body: { ...OK, ...states } })
  expect(await get('/readyz?for=writes')).toMatchObject({
    status: 503,
    body: { status: 'store unavailable', ...states },
  })
})

test('if lookups fail, the server is not ready for them', async () => {
  const { store, get } = await serveHealth()
  store.ping = () => Promise.reject(storeUnavailable('gone'))
  expect(await get('/readyz')).toMatchObject({
    status: 503,
    body: { status: 'store unavailable', lookups: UNAVAILABLE, changes: OK },
  })
})

test('a check of changes that takes long does not keep the answer about lookups waiting', async () => {
  const { store, get } = await serveHealth()
  store.checkAppends = () => new Promise(() => {})
  expect(await get('/readyz')).toMatchObject({ status: 200, body: { lookups: OK, changes: OK } })
})

test('a server that stops is ready for nothing', async () => {
  const { readiness, get } = await serveHealth()
  readiness.drain()
  for (const path of ['/readyz', '/readyz?for=writes']) {
    expect(await get(path)).toMatchObject({
      status: 503,
      body: { status: 'draining', lookups: { status: 'draining' }, changes: { status: 'draining' } },
    })
  }
})

test('the reason of an error that is not of the registry stays in the log', async () => {
  const { store, get } = await serveHealth()
  store.ping = () => Promise.reject(new Error('a secret'))
  const { body } = await get('/readyz')
  expect(body.lookups.reason).toBe('the store failed; see the log of the server.')
})

test('each change of a state is logged once, however often it is checked', async () => {
  const { store, logged, get } = await serveHealth()
  store.checkAppends = () => Promise.reject(new RegistryError({ reason: 'STORE_UNAVAILABLE', message: 'full.' }))
  for (let times = 0; times < 3; times++) await get('/readyz?for=writes')
  store.checkAppends = async () => {}
  for (let times = 0; times < 3; times++) await get('/readyz?for=writes')
  expect(logged).toEqual(['the store does not serve, so the server is not ready', 'the store serves again'])
})
