import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { type Bench, compare, type Row } from './bench.ts'
import { type Candidate, type Codec, codecs } from './large-requests.ts'
import { startWaypost } from './servers.ts'

/** How often each candidate is sent to find the slowest. */
const TRIES = 15

/** The slowest requests of 1 MiB that a server can get, beside a valid request of the same size, for each codec. */
export async function worstRequests(bench: Bench): Promise<Row[]> {
  await using waypost = await startWaypost(join(bench.folder, 'worst-requests.db'))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const rows: Row[] = []
  for (const codec of codecs) rows.push(await measureCodec(bench, codec, { origin: waypost.origin, agent }))
  agent.destroy()
  return rows
}

interface Target {
  readonly origin: string
  readonly agent: Agent
}

async function measureCodec(bench: Bench, { name, valid, candidates }: Codec, target: Target): Promise<Row> {
  bench.say(`The worst request of 1 MiB, ${name}`)
  if ((await send(target, valid)) !== 200) throw new Error(`${name}: the valid request was refused`)
  const worst = await findSlowest(target, candidates)
  const measure = (candidate: Candidate) => (seconds: number) => averageOf(target, candidate, seconds)
  return {
    ...{ name: `The worst 1 MiB, ${name}`, detail: worst.name, unit: 'ms', against: 'a valid request of 1 MiB' },
    ...(await compare(bench, { ours: measure(worst), reference: measure(valid) })),
  }
}

async function findSlowest(target: Target, candidates: readonly Candidate[]): Promise<Candidate> {
  const times: { candidate: Candidate; ms: number }[] = []
  for (const candidate of candidates) {
    const each: number[] = []
    for (let index = 0; index < TRIES; index++) {
      const start = performance.now()
      await send(target, candidate)
      each.push(performance.now() - start)
    }
    times.push({ candidate, ms: each.toSorted((a, b) => a - b)[Math.floor(TRIES / 2)] ?? 0 })
  }
  const [slowest] = times.toSorted((a, b) => b.ms - a.ms)
  if (slowest === undefined) throw new Error('there are no candidates')
  return slowest.candidate
}

/** The average time of one request after another, in milliseconds. */
async function averageOf(target: Target, candidate: Candidate, seconds: number): Promise<number> {
  const start = performance.now()
  let count = 0
  for (; performance.now() - start < seconds * 1_000; count++) await send(target, candidate)
  return (performance.now() - start) / count
}

function send({ origin, agent }: Target, { method = 'POST', path, headers, body }: Candidate): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': body.byteLength }
    const sent = request(origin + path, { method, agent, headers: { ...headers, ...length } })
    sent.once('response', (response: IncomingMessage) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    })
    sent.once('error', reject).end(body)
  })
}
