import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../support/eventually.ts'
import type { ServeProcess } from '../../../support/serve.ts'
import { linesOf, serveWithWorkers } from '../../../support/workers.ts'

const RATE = 4
const CALLS = 80

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-rates-'))
})
afterAll(() => rm(folder, { recursive: true }))

// Each call has a connection of its own, so that both workers get some.
function lookUp({ url }: ServeProcess, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(`${url}/services/my-org/my-service`, { agent }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).on('error', reject)
  })
}

test('two workers together serve a rate once, and both of them refuse the calls above it', async () => {
  const store = `sqlite:${join(folder, 'store.db')}`
  const flags = ['--store', store, '--rate-limit', `reads=${RATE}`, '--access-log', 'true']
  const server = await serveWithWorkers(2, flags)
  onTestFinished(async () => void (await server.stop()))
  const agent = new Agent({ keepAlive: false })
  const began = performance.now()
  const statuses = await Promise.all(Array.from({ length: CALLS }, () => lookUp(server, agent)))
  const seconds = (performance.now() - began) / 1_000
  const served = statuses.filter((status) => status === 404).length
  expect(statuses.filter((status) => status === 429).length).toBe(CALLS - served)
  // The rate at once, and the tokens that have flowed in since then.
  expect(served).toBeGreaterThanOrEqual(RATE)
  expect(served).toBeLessThanOrEqual(RATE + Math.ceil(RATE * seconds))

  const answers = () => linesOf(server).filter(({ msg }) => msg === 'answered a request')
  await eventually('every call is in the access log', async () => answers().length === CALLS)
  const refusers = new Set(answers().flatMap(({ status, worker }) => (status === 429 ? [worker] : [])))
  expect([...refusers].sort()).toEqual([1, 2])
})
