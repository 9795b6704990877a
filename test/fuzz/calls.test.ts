import { expect, onTestFinished, test } from 'vitest'
import { openHttp1, openHttp2 } from '../differential/senders.ts'
import { openApis } from '../support/api.ts'
import { eventually } from '../support/eventually.ts'
import { countSockets } from '../support/open-files.ts'
import { peakGrowth } from '../support/process-memory.ts'
import { seedFrom } from '../support/seed.ts'
import { spawnServe } from '../support/serve.ts'
import { sqliteStorage } from '../support/storage.ts'
import { faultOf } from './answer-form.ts'
import { type Call, makeCall } from './calls.ts'
import type { Random } from './random.ts'
import { Resetter } from './resetter.ts'
import { cutHttp1, sendHalfClosed } from './send-call.ts'

// `npm run fuzz` is the long form. To repeat a run that failed, set WAYPOST_FUZZ_SEED to the seed that it printed.
const SEED = seedFrom('WAYPOST_FUZZ_SEED')
const INPUTS = Number(process.env.WAYPOST_FUZZ_INPUTS ?? 2_000)

const PARALLEL = 40
const GOOD_EVERY = 500
/** A server may need this much memory for buffers and for garbage that was not collected yet. */
const FLAT_MIB = 150

test(`mutated calls over every protocol are answered in its form, also if others are reset (seed ${SEED})`, {
  timeout: 3_600_000,
}, async () => {
  const storage = await sqliteStorage()
  const server = await spawnServe(['--store', storage.location])
  const before = countSockets(server.child.pid)
  const apis = openApis(server.url)
  const senders = { 'HTTP/1.1': openHttp1(server.url), 'HTTP/2': openHttp2(server.url) }
  const resetter = new Resetter(server.url)
  const closeClients = () => {
    for (const client of [...apis, ...Object.values(senders), resetter]) client.close()
  }
  onTestFinished(async () => {
    closeClients()
    if (server.child.exitCode === null) await server.stop()
    await storage.remove()
  })
  const send = async (call: Call, random: Random): Promise<string | undefined> => {
    if (call.fate === 'answered') return faultOf(call, await senders[call.transport].send(call.wire))
    if (call.fate === 'reset') {
      await (call.transport === 'HTTP/2' ? resetter.reset(call.wire, random) : cutHttp1(server.url, call.wire, random))
      return undefined
    }
    const status = await sendHalfClosed(server.url, call.wire)
    return status === undefined || status === 500 ? `the status is ${status}` : undefined
  }
  const check = async (index: number) => {
    const { call, random } = makeCall(SEED, index)
    const fault = await send(call, random)
    const { body, ...wire } = call.wire
    const shown = `call ${index} of seed ${SEED}, ${call.fate}, ${call.transport}, ${call.shown}: ${JSON.stringify(wire)} ${body.toString('hex')}`
    expect(server.child.exitCode, `the server has ended at ${shown}\n${server.stderr().slice(-2_000)}`).toBeNull()
    expect(fault, shown.slice(0, 3_000)).toBeUndefined()
    if (index % GOOD_EVERY === 0) await callEach(index)
  }
  /** Checks that correct calls are answered as usual. */
  const callEach = async (index: number) => {
    for (const { protocol, attempt } of apis) {
      const service = { namespace: 'fuzz', name: `witness-${index}` }
      expect(await attempt('register', { ...service, revision_tag: '1.0.0' }), protocol).toMatchObject({ ok: true })
      expect(await attempt('get', service), protocol).toMatchObject({ ok: true })
    }
  }
  const checkAll = async (from: number, to: number) => {
    let next = from
    const worker = async () => {
      while (next < to) await check(next++)
    }
    await Promise.all(Array.from({ length: PARALLEL }, worker))
  }

  // The first quarter fills memory that is only filled once.
  const warmUp = Math.ceil(INPUTS / 4)
  await checkAll(0, warmUp)
  const growth = await peakGrowth(server.child.pid ?? 0, () => checkAll(warmUp, INPUTS))
  expect(growth, 'MiB').toBeLessThan(FLAT_MIB)
  closeClients()
  await eventually('every connection is closed', async () => countSockets(server.child.pid) <= before)
  expect(server.stderr().match(/"level":[56]0.*/g)).toBeNull()
  expect(await server.stop()).toBe(0)
})
