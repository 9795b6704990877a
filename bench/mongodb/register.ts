import { randomUUID } from 'node:crypto'
import { type Bench, besideLimit, compare, type Row } from '../bench.ts'
import { keepPosting } from '../posting.ts'
import { startWaypost } from '../servers.ts'
import type { Deployment } from './deployment.ts'

const CLIENTS = 24

/** Registrations of one service, by clients of three servers, which all compete for its next generation. */
export async function registerOneService(bench: Bench, { location }: Deployment): Promise<Row[]> {
  bench.say(`Register one service, ${CLIENTS} clients of 3 servers`)
  await using a = await startWaypost(location)
  await using b = await startWaypost(location)
  await using c = await startWaypost(location)
  let version = 0
  const origins = [a.origin, b.origin, c.origin] as const
  const next = () => ({ path: '/services/bench/contended', body: `{"revision_tag": "1.0.${version++}"}` })
  await keepPosting({ origins, clients: CLIENTS, seconds: 2, next })
  const { rate, p99Ms } = await keepPosting({ origins, clients: CLIENTS, seconds: bench.seconds * bench.rounds, next })
  const name = `Register one service, ${CLIENTS} clients of 3 servers, replica set`
  return [
    besideLimit({ name, unit: 'a second', ours: rate }),
    besideLimit({ name: 'Its time for 99 % of the calls', unit: 'ms', ours: p99Ms }),
  ]
}

/** Registrations of distinct services, beside the driver's own inserts of documents of the same size. */
export async function registerManyServices(bench: Bench, { location, client }: Deployment): Promise<Row[]> {
  bench.say(`Register many services, ${CLIENTS} clients`)
  await using waypost = await startWaypost(location)
  let [service, inserted] = [0, 0]
  const origins = [waypost.origin] as const
  const next = () => ({ path: `/services/bench/many-${service++}`, body: '{"revision_tag": "1.0.0"}' })
  await keepPosting({ origins, clients: CLIENTS, seconds: 2, next })
  const document = await client.db().collection('entries').findOne({ service: 'bench/many-0' })
  const inserts = client.db().collection<{ _id: string }>('inserts', { writeConcern: { w: 'majority' } })
  const insert = async (seconds: number) => {
    const [start, before] = [performance.now(), inserted]
    const writer = async () => {
      for (; performance.now() - start < seconds * 1000; inserted++) {
        await inserts.insertOne({ ...document, _id: randomUUID() })
      }
    }
    await Promise.all(Array.from({ length: CLIENTS }, writer))
    return (inserted - before) / ((performance.now() - start) / 1000)
  }
  const comparison = await compare(bench, {
    ours: async (seconds) => (await keepPosting({ origins, clients: CLIENTS, seconds, next })).rate,
    reference: insert,
  })
  const against = `the driver's insertOne, majority, ${CLIENTS} in flight`
  const name = `Register many services, ${CLIENTS} clients, replica set`
  return [{ name, unit: 'a second', against, ...comparison }]
}
