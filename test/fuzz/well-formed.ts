import type { Random } from './random.ts'

/** A well-formed HTTP/1.1 request, and the status that it must get. */
interface WellFormed {
  readonly bytes: string
  readonly status: number
  /** Whether its answer has no body. */
  readonly isHead?: boolean
}

const host = 'Host: localhost\r\n'
const service = '/services/fuzz/nothing'
const get = (path: string, verb = 'GET') => `${verb} ${path} HTTP/1.1\r\n${host}\r\n`
const post = (path: string, body: string, headers = '') =>
  `POST ${path} HTTP/1.1\r\n${host}Content-Type: application/json\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`
const chunked = (...chunks: readonly string[]) =>
  `POST ${service} HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n` +
  `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')}0\r\n\r\n`

const requests: readonly WellFormed[] = [
  { bytes: get('/livez'), status: 200 },
  { bytes: get('/readyz'), status: 200 },
  { bytes: get('/livez', 'HEAD'), status: 200, isHead: true },
  { bytes: get('/openapi.json'), status: 200 },
  { bytes: get(service), status: 404 },
  { bytes: get('/nothing'), status: 404 },
  { bytes: get('http://localhost/livez'), status: 200 },
  { bytes: get(service, 'OPTIONS'), status: 405 },
  { bytes: get('*', 'OPTIONS'), status: 204 },
  { bytes: get('/livez').replace('localhost', 'evil.example.com'), status: 200 },
  { bytes: get(service).replace('localhost', 'evil.example.com'), status: 403 },
  { bytes: get('/livez').replace(host, ''), status: 400 },
  { bytes: get('/livez').replace(host, host + host), status: 400 },
  { bytes: post(service, '{}'), status: 400 },
  { bytes: post(service, 'garbage'), status: 400 },
  { bytes: post(service, '{}', 'Origin: https://evil.example.com\r\n'), status: 403 },
  { bytes: post(service, '{}', 'Expect: 100-continue\r\n'), status: 400 },
  { bytes: post('/livez', 'a body that nobody reads'), status: 200 },
  { bytes: chunked('{', '}'), status: 400 },
  { bytes: chunked('{"revision_tag":', '1}'), status: 400 },
  { bytes: post('/waypost.v1.ServiceRegistry/Get', '{"namespace":"fuzz","name":"nothing"}'), status: 404 },
  { bytes: post('/waypost.v1.ServiceRegistry/Get', '[]'), status: 400 },
]

/** The bytes of some requests on one connection, and the answers that they must get: one for each, in this order. */
export interface Conversation {
  readonly bytes: Buffer
  readonly answers: readonly WellFormed[]
}

/** Some well-formed requests. The last one asks to close the connection, and garbage may follow it. */
export function makeConversation(random: Random): Conversation {
  const answers = Array.from({ length: 1 + random.below(6) }, () => random.pick(requests))
  const last = { bytes: `GET /livez HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, status: 200 }
  const rest = random.below(3) === 0 ? random.bytes(random.below(50)) : Buffer.alloc(0)
  const texts = [...answers, last].map(({ bytes }) => bytes).join('')
  return { bytes: Buffer.concat([Buffer.from(texts, 'latin1'), rest]), answers: [...answers, last] }
}

/** The final statuses in the bytes of a server. Throws if the bytes are not one whole answer for each of `answers`. */
export function readStatuses(bytes: Buffer, answers: readonly WellFormed[]): number[] {
  const statuses: number[] = []
  let rest = bytes.toString('latin1')
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n') + 4
    const head = rest.slice(0, end)
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1])
    if (end < 4 || Number.isNaN(status)) throw new Error(`this is not an answer: ${JSON.stringify(rest.slice(0, 200))}`)
    rest = rest.slice(end)
    if (status < 200) continue
    const isBodyless = answers[statuses.length]?.isHead === true || status === 204
    rest = rest.slice(isBodyless ? 0 : lengthOf(head))
    statuses.push(status)
  }
  return statuses
}

function lengthOf(head: string): number {
  const length = /^content-length: *(\d+)\r$/im.exec(head)?.[1]
  if (length === undefined) throw new Error(`this answer has no length: ${head}`)
  return Number(length)
}
