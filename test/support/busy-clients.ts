import { once } from 'node:events'
import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import { get as httpsGet, Agent as TlsAgent } from 'node:https'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { Client, credentials, status } from '@grpc/grpc-js'
import { GetRequestSchema, GetResponseSchema } from '../../gen/waypost/v1/service_registry_pb.ts'

/** A client that keeps its connection, and goes on to the next server once one refuses connections. */
export interface BusyClient {
  /** Makes one call. Rejects if it has no answer. */
  call(): Promise<unknown>
  close(): void
}

/** The servers that a client calls, in this order, and the authority of their certificates if they speak TLS. */
export interface Servers {
  readonly urls: readonly string[]
  readonly ca?: string | undefined
}

/** The outcomes of the calls of busy clients. */
export interface Load {
  /** How many calls have an answer so far. */
  readonly answered: number
  /** The errors of the calls that have none. */
  readonly failures: readonly string[]
  /** Ends the load, and resolves once the calls under way are over. */
  end(): Promise<void>
}

/** Makes calls without a pause, this many at a time with each client, until it is ended or 100 calls have failed. */
export function keepBusy(name: string, clients: readonly BusyClient[], inFlight: number): Load {
  const load = { answered: 0, failures: [] as string[] }
  let isOver = false
  const work = async (client: BusyClient) => {
    while (!isOver && load.failures.length < MOST_FAILURES) {
      try {
        await client.call()
        load.answered++
      } catch (error) {
        load.failures.push(`${name}: ${error}`)
      }
    }
  }
  const all = clients.flatMap((client) => Array.from({ length: inFlight }, () => work(client)))
  const end = async () => {
    isOver = true
    await Promise.all(all)
    for (const client of clients) client.close()
  }
  return Object.assign(load, { end })
}

/** A server that no longer answers must not keep its clients busy forever. */
const MOST_FAILURES = 100

const PATH = '/services/my-org/my-service'

/** A client of `node:http` with one kept connection for each call in flight. */
export function openHttp1({ urls, ca }: Servers): BusyClient {
  const agent = ca === undefined ? new HttpAgent({ keepAlive: true }) : new TlsAgent({ keepAlive: true, ca })
  const get = ca === undefined ? httpGet : httpsGet
  const call = (url: string) =>
    new Promise<void>((resolve, reject) => {
      const read = (response: IncomingMessage) => response.resume().on('end', resolve).on('error', reject)
      get(url + PATH, { agent }, read).on('error', reject)
    })
  return { call: () => untilAccepted(urls, call), close: () => agent.destroy() }
}

/** The `fetch` of Node. */
export function openFetch({ urls }: Servers): BusyClient {
  const call = (url: string) =>
    fetch(url + PATH).then(
      (response) => response.text(),
      (error: Error) => Promise.reject(error.cause),
    )
  return { call: () => untilAccepted(urls, call), close: () => {} }
}

/** A client of `node:http2` with one session. As RFC 9113 allows, it sends a request again if the server did not process it. */
export function openHttp2({ urls, ca }: Servers): BusyClient {
  let session: Promise<ClientHttp2Session> | undefined
  const open = (url: string) => openSession(url, ca)
  const call = async (): Promise<unknown> => {
    session ??= untilAccepted(urls, open)
    const current = session
    const opened = await current
    if (!opened.closed && !opened.destroyed) {
      const outcome = await getOver(opened)
      if (outcome !== 'not processed') return outcome
    }
    if (session === current) session = undefined
    return call()
  }
  return { call, close: () => void session?.then((opened) => opened.destroy()) }
}

async function openSession(url: string, ca: string | undefined): Promise<ClientHttp2Session> {
  const session = connect(url, ca === undefined ? {} : { ca })
  await once(session, 'connect')
  return session.on('error', () => {})
}

function getOver(session: ClientHttp2Session): Promise<'answered' | 'not processed'> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': PATH })
    stream.resume().on('end', () => resolve('answered'))
    stream.on('error', (error) => {
      if (error.message.includes('NGHTTP2_REFUSED_STREAM')) resolve('not processed')
      else reject(error)
    })
  })
}

/** A client of grpc-js. It connects to the first server that accepts it. */
export function openGrpc({ urls, ca }: Servers): BusyClient {
  const target = `ipv4:${urls.map((url) => new URL(url).host).join(',')}`
  const secure = ca === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(ca))
  const client = new Client(target, secure, { 'grpc.ssl_target_name_override': 'localhost' })
  const request = create(GetRequestSchema, { namespace: 'my-org', name: 'my-service' })
  const call = () =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        '/waypost.v1.ServiceRegistry/Get',
        (message: typeof request) => Buffer.from(toBinary(GetRequestSchema, message)),
        (bytes: Buffer) => fromBinary(GetResponseSchema, bytes),
        request,
        // The service need not exist.
        (error) => (error === null || error.code === status.NOT_FOUND ? resolve('answered') : reject(error)),
      )
    })
  return { call, close: () => client.close() }
}

// A refused connection has carried no request, so a balancer and a client with several addresses go on to the next.
async function untilAccepted<T>(urls: readonly string[], call: (url: string) => Promise<T>): Promise<T> {
  const [first = '', ...others] = urls
  try {
    return await call(first)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED' || others.length === 0) throw error
    return untilAccepted(others, call)
  }
}
