import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openApis } from '../support/api.ts'
import { eventually } from '../support/eventually.ts'
import { countSockets } from '../support/open-files.ts'
import { peakGrowth } from '../support/process-memory.ts'
import { seedFrom } from '../support/seed.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { sqliteStorage } from '../support/storage.ts'
import { attack, attacks } from './attacks.ts'
import { type Random, randomFrom } from './random.ts'
import { makeConversation, readStatuses } from './well-formed.ts'

// `npm run fuzz` is the long form. To repeat a run that failed, set WAYPOST_FUZZ_SEED to the seed that it printed.
const SEED = seedFrom('WAYPOST_FUZZ_SEED')
const CONNECTIONS = 0.3 * Number(process.env.WAYPOST_FUZZ_INPUTS ?? 2_000)

const PARALLEL = 50
const GOOD_EVERY = 100
/** A server may need this much memory for buffers and for garbage that was not collected yet. */
const FLAT_MIB = 150

describe(`connections with the seed ${SEED}`, () => {
  test('hostile connections that come and go neither end the server nor keep others from it', {
    timeout: 3_600_000,
  }, async () => {
    const storage = await sqliteStorage()
    const server = await spawnServe(['--store', storage.location], { WAYPOST_ALLOWED_HOST: '' })
    const before = countSockets(server.child.pid)
    const apis = openApis(server.url)
    onTestFinished(async () => {
      for (const api of apis) api.close()
      if (server.child.exitCode === null) await server.stop()
      await storage.remove()
    })
    const callEach = async (index: number) => {
      for (const { protocol, attempt } of apis) {
        const service = { namespace: 'fuzz', name: `witness-${index}` }
        expect(await attempt('register', { ...service, revision_tag: '1.0.0' }), protocol).toMatchObject({ ok: true })
        expect(await attempt('get', service), protocol).toMatchObject({ ok: true })
      }
    }
    const churn = async (from: number, to: number) => {
      let next = from
      const worker = async () => {
        while (next < to) {
          const index = next++
          await connectOnce(server, index)
          if (index % GOOD_EVERY === 0) await callEach(index)
        }
      }
      await Promise.all(Array.from({ length: PARALLEL }, worker))
    }

    // The first quarter fills memory that is only filled once.
    const warmUp = Math.ceil(CONNECTIONS / 4)
    await churn(0, warmUp)
    const growth = await peakGrowth(server.child.pid ?? 0, () => churn(warmUp, CONNECTIONS))
    expect(growth, 'MiB').toBeLessThan(FLAT_MIB)
    for (const api of apis) api.close()
    await eventually('every connection is closed', async () => countSockets(server.child.pid) <= before)
    // Some attacks reset their requests too fast, and the server says so.
    expect(server.stderr().match(/"level":[456]0(?!.*a client resets its requests too fast).*/g)).toBeNull()
    expect(await server.stop()).toBe(0)
  })
})

/** Opens one connection: with well-formed requests, or with an attack. */
async function connectOnce(server: ServeProcess, index: number): Promise<void> {
  const random = randomFrom(Math.imul(SEED, 0x9e3779b1) + index)
  const port = Number(new URL(server.url).port)
  const isHostile = random.below(3) > 0
  const name = isHostile ? random.pick(Object.keys(attacks)) : 'well-formed requests'
  const shown = `connection ${index} of seed ${SEED}, ${name}`
  if (isHostile) await attack(port, name, random)
  else await converse(port, random, shown)
  expect(server.child.exitCode, `the server has ended at ${shown}\n${server.stderr().slice(-2_000)}`).toBeNull()
}

/** Sends well-formed requests in random pieces, and checks that each gets exactly one answer, in their order. */
async function converse(port: number, random: Random, shown: string): Promise<void> {
  const { bytes, answers } = makeConversation(random)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise((resolve) => socket.once('end', resolve).once('close', resolve))
  let sent = 0
  while (sent < bytes.length && socket.writable) {
    const size = random.pick([1, 7, 40, 400, bytes.length])
    socket.write(bytes.subarray(sent, sent + size))
    sent += size
    if (random.below(8) === 0) await sleep(random.below(3))
  }
  await ended
  socket.destroy()
  const statuses = readStatuses(Buffer.concat(chunks), answers)
  expect(statuses, `${shown}\n${bytes.toString('latin1')}`).toEqual(answers.map(({ status }) => status))
}
