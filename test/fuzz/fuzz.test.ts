import { connect, type Socket } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseRevisionTag } from '../../src/domain/revision-tag.ts'
import { parseServiceReference } from '../../src/domain/sruid.ts'
import { openApis } from '../support/api.ts'
import { eventually } from '../support/eventually.ts'
import { countOpenFiles } from '../support/open-files.ts'
import { peakGrowth } from '../support/process-memory.ts'
import { seedFrom } from '../support/seed.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { sqliteStorage } from '../support/storage.ts'
import { type Input, makeInput } from './inputs.ts'

// `npm run fuzz` is the long form. To repeat a run that failed, set WAYPOST_FUZZ_SEED to the seed that it printed.
const SEED = seedFrom('WAYPOST_FUZZ_SEED')
const INPUTS = Number(process.env.WAYPOST_FUZZ_INPUTS ?? 2_000)

const PARALLEL = 100
/** A server may need this much memory for buffers and for garbage that was not collected yet. */
const FLAT_MIB = 150
/** The server disconnects a silent client after 7 to 8 seconds. A busy machine may take longer. */
const HANG_MS = 40_000
/** The number of inputs that wait for that in the long form. The others disconnect soon after their last byte. */
const PATIENT_EVERY = INPUTS > 2_000 ? 50 : Number.POSITIVE_INFINITY
const SOON_MS = 100

/** Answers that only a failure of the server causes. For gRPC over HTTP/2 the failure is visible only in the log. */
const FAILURE =
  /HTTP\/1\.1 500|"code":"(?:internal|unknown|data_loss)"|grpc-status: ?(?:2|13|15)\r|"error":"internal error"/

/**
 * The only INTERNAL error that its sender causes. In gRPC, a message that is marked as compressed is INTERNAL if no
 * compression was named (https://github.com/grpc/grpc/blob/master/doc/compression.md).
 */
const PRESCRIBED = /do not know how to decompress/

interface Outcome {
  readonly said: string
  readonly hung: boolean
}

describe(`fuzzing with the seed ${SEED}`, () => {
  test.each([
    ['a clear-text port', []],
    ['a port of TLS', ['--tls-cert', tlsFile('server'), '--tls-key', tlsFile('server-key')]],
  ])('random input on %s does not bring the server down', { timeout: 3_600_000 }, async (kind, args) => {
    const inputs = kind === 'a clear-text port' ? INPUTS : Math.ceil(INPUTS / 10)
    const storage = await sqliteStorage()
    const server = await spawnServe(['--store', storage.location, ...args])
    onTestFinished(async () => {
      if (server.child.exitCode === null) await server.stop()
      await storage.remove()
    })
    const isClear = args.length === 0
    const apis = isClear ? openApis(server.url) : []
    onTestFinished(() => {
      for (const api of apis) api.close()
    })
    const send = async (from: number, to: number) => {
      let next = from
      const worker = async () => {
        while (next < to) {
          const index = next++
          await check(server, index)
          if (index % 100 === 0) await callEach(index)
        }
      }
      await Promise.all(Array.from({ length: PARALLEL }, worker))
    }
    /** Checks that correct calls are answered as usual. */
    const callEach = async (index: number) => {
      for (const { protocol, attempt } of apis) {
        const service = { namespace: 'fuzz', name: `witness-${index}` }
        expect(await attempt('register', { ...service, revision_tag: '1.0.0' }), protocol).toMatchObject({ ok: true })
        expect(await attempt('get', service), protocol).toMatchObject({
          ok: true,
          response: { revision: { revision_tag: '1.0.0' } },
        })
      }
    }

    // The first quarter fills memory that is only filled once: code, buffers and the young generation of the heap.
    const warmUp = Math.ceil(inputs / 4)
    await send(0, warmUp)
    const files = countOpenFiles(server.child.pid)
    const growth = await peakGrowth(server.child.pid ?? 0, () => send(warmUp, inputs))
    expect(growth, 'MiB').toBeLessThan(FLAT_MIB)
    // The server keeps their connections for minutes.
    for (const api of apis) api.close()
    await eventually('every connection is closed', async () => countOpenFiles(server.child.pid) <= files, 3 * HANG_MS)
    const errors = server
      .stderr()
      .split('\n')
      .filter((line) => /"level":(?:50|60)/.test(line))
    expect(errors.map((line) => line.slice(0, 1_000))).toEqual([])
    expect(await server.stop()).toBe(0)
    expectWellFormedEntries(storage.location.slice('sqlite:'.length))
  })
})

async function check(server: ServeProcess, index: number): Promise<void> {
  const input = makeInput(SEED, index)
  const { said, hung } = await exchange(server.url, input, index % PATIENT_EVERY === PATIENT_EVERY - 1)
  const shown = `input ${index} of seed ${SEED}, ${input.kind}: ${Buffer.concat(input.chunks).toString('hex').slice(0, 2_000)}`
  expect(server.child.exitCode, `the server has ended at ${shown}\n${server.stderr().slice(-2_000)}`).toBeNull()
  expect(hung, `no end of ${shown}`).toBe(false)
  const failure = PRESCRIBED.test(said.replaceAll('%20', ' ')) ? undefined : FAILURE.exec(said)?.[0]
  expect(failure, `${said.slice(0, 500)}\nis the answer to ${shown}`).toBeUndefined()
}

async function exchange(url: string, { chunks, pauseMs }: Input, isPatient: boolean): Promise<Outcome> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  let said = ''
  socket
    .on('error', () => {})
    .on('data', (chunk) => {
      if (said.length < 100_000) said += chunk.toString('latin1')
    })
  const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)))
  for (const chunk of chunks) {
    await write(socket, chunk, closed)
    if (pauseMs > 0) await sleep(pauseMs)
  }
  socket.end()
  const isClosed = await Promise.race([closed, sleep(isPatient ? HANG_MS : SOON_MS, false)])
  socket.destroy()
  return { said, hung: isPatient && !isClosed }
}

async function write(socket: Socket, chunk: Buffer, closed: Promise<unknown>): Promise<void> {
  if (!socket.writable) return
  await Promise.race([new Promise((resolve) => socket.write(chunk, resolve)), closed])
}

/** Checks that every entry has a well-formed service, and a well-formed tag if it belongs to a revision. */
function expectWellFormedEntries(path: string): void {
  const db = new DatabaseSync(path, { readOnly: true })
  const sql = "SELECT service, tag, body ->> '$.delta.event' AS event FROM log"
  const rows = db.prepare(sql).all() as { service: string; tag: string; event: string }[]
  db.close()
  for (const { service, tag, event } of rows) {
    parseServiceReference(service)
    // An entry that sets or deletes an alias, or clears the default, may have an empty tag.
    if (tag !== '' || event.startsWith('revision-') || event === 'default-set') parseRevisionTag(tag)
  }
}

function tlsFile(name: string): string {
  return fileURLToPath(new URL(`../support/tls/${name}.pem`, import.meta.url))
}
