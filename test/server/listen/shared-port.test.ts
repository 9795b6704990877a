import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SharedPort } from '../../../src/server/listen/shared-port.ts'
import { silentLogger } from '../../../src/telemetry/logger.ts'
import { eventually } from '../../support/eventually.ts'

let port: SharedPort
let number: number
let clients: Socket[]

beforeEach(async () => {
  port = new SharedPort(silentLogger)
  number = (await port.listen('127.0.0.1', 0)).port
  clients = []
})

afterEach(async () => {
  for (const client of clients) client.destroy()
  await port.close()
})

async function open(count: number): Promise<Socket[]> {
  const opened = Array.from({ length: count }, () => connect(number, '127.0.0.1').on('error', () => {}))
  clients.push(...opened)
  await Promise.all(opened.map((client) => once(client, 'connect')))
  return opened
}

/** A worker that takes each connection at once, or only if it is told to. */
function work({ takes = true } = {}) {
  const given: Socket[] = []
  const place = port.connect((socket) => {
    given.push(socket)
    if (takes) setImmediate(() => place.taken(given.length))
  })
  return { given, place }
}

test('each new connection goes to the worker that has the fewest', async () => {
  const [a, b] = [work(), work()]
  await open(8)
  await eventually('all are taken', async () => a.given.length + b.given.length === 8)
  expect([a.given.length, b.given.length]).toEqual([4, 4])
  const c = work()
  for (let index = 0; index < 4; index++) await open(1)
  await eventually('all are taken', async () => c.given.length === 4)
})

test('a worker that takes no connections gets at most two, and the others get the rest', async () => {
  const [busy, free] = [work({ takes: false }), work()]
  await open(10)
  await eventually('all others are taken', async () => free.given.length === 8)
  expect(busy.given).toHaveLength(2)
})

test('while no worker runs, connections wait for one, and nothing is read from them', async () => {
  const [client] = (await open(1)) as [Socket]
  client.write('hello')
  const { given } = work({ takes: false })
  await eventually('it is given', async () => given.length === 1)
  const [text] = await once(given[0]?.setEncoding('utf8').resume() as Socket, 'data')
  expect(text).toBe('hello')
})

test('a connection that a worker has not taken when it dies is closed, so its client does not wait', async () => {
  const { given, place } = work({ takes: false })
  const [client] = (await open(1)) as [Socket]
  await eventually('it is given', async () => given.length === 1)
  const closed = once(client.resume(), 'close')
  place.leave()
  await closed
})

test('the port is closed only after every connection that waits has been accepted and taken', async () => {
  const { given } = work()
  const opening = open(20)
  await Promise.all([opening, port.close()])
  expect(given).toHaveLength(20)
  const late = connect(number, '127.0.0.1')
  await expect(once(late, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('a worker that never takes its connections does not keep the port from closing', async () => {
  const { given } = work({ takes: false })
  const [client] = (await open(4)) as [Socket]
  await eventually('two are given', async () => given.length === 2)
  await port.close()
  expect(client.destroyed).toBe(false)
})
