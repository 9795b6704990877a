import type { Random } from '../fuzz/random.ts'
import { acceptHeader, asText, encodingHeader, hasEnvelopes, type Pairs, type Way, type Wire } from './ways.ts'

/** A change of a request on its way. */
export interface WireMutation {
  readonly name: string
  /** Whether it changes something in requests of this way. */
  fits(way: Way): boolean
  /** Whether Waypost may refuse a request with it that the reference accepts. */
  readonly isStricter?: boolean
  /** Whether it changes the body. */
  readonly isOfBody?: boolean
  change(wire: Wire, way: Way, random: Random): Wire
}

const every = () => true
const posts = ({ protocol }: Way) => protocol !== 'Connect GET'
const overHttp2 = ({ protocol, transport }: Way) => protocol !== 'Connect GET' && transport === 'HTTP/2'
const gets = ({ protocol }: Way) => protocol === 'Connect GET'
const connect = ({ protocol }: Way) => protocol.startsWith('Connect')
const bare = ({ protocol }: Way) => protocol === 'Connect'
// HTTP/2 allows no other value (RFC 9113, section 8.2.2).
const oneTe = ({ protocol, transport }: Way) => protocol === 'gRPC' && transport === 'HTTP/1.1'

const without = (pairs: Pairs, name: string): Pairs => pairs.filter(([each]) => each !== name)
const withHeader = (wire: Wire, name: string, value: string): Wire => {
  return { ...wire, headers: [...without(wire.headers, name), [name, value]] }
}
const withQuery = (wire: Wire, name: string, value: string): Wire => {
  const isThere = wire.query.some(([each]) => each === name)
  const query = isThere
    ? wire.query.map((pair): readonly [string, string] => (pair[0] === name ? [name, value] : pair))
    : [...wire.query, [name, value] as const]
  return { ...wire, query }
}

type Change = (wire: Wire, way: Way, random: Random) => Wire
const mutation = (name: string, fits: WireMutation['fits'], change: Change): WireMutation => ({ name, fits, change })

/** One mutation for each value of a header. */
function headers(name: string, fits: WireMutation['fits'], values: readonly string[]): WireMutation[] {
  return values.map((value) => mutation(`${name}: ${value}`, fits, (wire) => withHeader(wire, name, value)))
}

function encodings(nameOf: (way: Way) => string, values: readonly string[], fits = posts): WireMutation[] {
  return values.map((value) =>
    mutation(`${nameOf === acceptHeader ? 'accepts' : 'encoded as'} ${JSON.stringify(value)}`, fits, (wire, way) =>
      withHeader(wire, nameOf(way), value),
    ),
  )
}

function queries(name: string, values: readonly string[]): WireMutation[] {
  return values.map((value) => mutation(`?${name}=${value}`, gets, (wire) => withQuery(wire, name, value)))
}

function bodies(
  name: string,
  fits: WireMutation['fits'],
  change: (body: Buffer, random: Random) => Buffer,
): WireMutation {
  return {
    ...{ name, fits, isOfBody: true },
    change: (wire, way, random) => {
      const body = way.isText ? Buffer.from(wire.body.toString(), 'base64') : wire.body
      return { ...wire, body: asText(way, change(body, random)) }
    },
  }
}

const flagged = (flags: number) => (body: Buffer) => Buffer.concat([Buffer.from([flags]), body.subarray(1)])
const lengthened = (change: (length: number) => number) => (body: Buffer) => {
  const changed = Buffer.from(body)
  if (changed.length >= 5) changed.writeUInt32BE(change(changed.readUInt32BE(1)) >>> 0, 1)
  return changed
}
const paths = (name: string, change: (path: string) => string) =>
  mutation(name, every, (wire) => ({ ...wire, path: change(wire.path) }))

const contentTypes = [
  ...['application/grpc', 'application/grpc+proto', 'application/grpc+json', 'APPLICATION/GRPC+PROTO'],
  ...['application/grpc+proto; charset=utf-8', 'application/grpc+json; charset=utf-8', 'application/grpc;a=b'],
  ...[
    'application/grpc+xml',
    'application/grpc+',
    'application/grpcx',
    'application/grpc-web',
    'application/grpc-web+xml',
  ],
  ...['application/grpc-web+proto;a=b', 'application/grpc-web-text', 'application/grpc-web-text+proto'],
  ...['application/json; charset=utf-8', 'application/json;charset=UTF8', 'application/json; charset=latin1'],
  ...['application/json; a=b', 'application/JSON', 'application/proto; a=b', 'application/protobuf', 'application/xml'],
  ...['application/connect+json', 'application/connect+proto', 'text/plain', 'garbage', ''],
]
const timeouts = ['5S', '10M', '00000005S', '30000000u', '123456789S', '-1S', '1X', 'S', '5', '', '1.5S', '5s', '0S']
const compressions = ['gzip', 'identity', 'br', 'deflate', 'GZIP', 'gzip, identity', 'x"y', '']
const accepted = [
  'gzip',
  'identity',
  'br',
  'br, gzip',
  'gzip;q=0',
  'gzip;q=0.5, identity',
  '*',
  'GZIP',
  'deflate,gzip',
  '',
]

/**
 * The right `content-length`, which HTTP/1.1 always has. If it is wrong, a server resets the stream (RFC 9113, section
 * 8.1.1), and other streams with it.
 */
export const contentLength = mutation('a content-length', overHttp2, (wire) =>
  withHeader(wire, 'content-length', `${wire.body.length}`),
)

/** Changes of requests on their way, valid and invalid ones. */
export const wireMutations: readonly WireMutation[] = [
  ...headers('content-type', posts, contentTypes),
  mutation('no content-type', posts, (wire) => ({ ...wire, headers: without(wire.headers, 'content-type') })),
  mutation('content-type on a GET', gets, (wire) => withHeader(wire, 'content-type', 'application/json')),
  ...['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'POST'].map((verb) =>
    mutation(`the HTTP method ${verb}`, every, (wire) => ({ ...wire, verb })),
  ),
  mutation(
    'no te',
    ({ protocol }) => protocol === 'gRPC',
    (wire) => ({ ...wire, headers: without(wire.headers, 'te') }),
  ),
  ...headers('te', oneTe, ['gzip', 'trailers, deflate', '']),
  ...headers('grpc-timeout', posts, timeouts),
  ...headers('connect-timeout-ms', connect, ['5000', '0000005000', '99999999999', '-1', '1.5', 'x', '', '0']),
  ...headers('connect-protocol-version', connect, ['1', '2', '', 'x']),
  mutation('no connect-protocol-version', bare, (wire) => ({
    ...wire,
    headers: without(wire.headers, 'connect-protocol-version'),
  })),
  mutation('connect-protocol-version twice', bare, (wire) => ({
    ...wire,
    headers: [...wire.headers, ['connect-protocol-version', '1']],
  })),
  ...encodings(encodingHeader, compressions),
  ...encodings(acceptHeader, accepted, every),
  ...headers('grpc-encoding', bare, ['br']),
  ...headers('content-encoding', hasEnvelopes, ['br', 'gzip']),
  ...headers('accept-encoding', hasEnvelopes, ['gzip']),
  ...headers('x-trace-bin', every, ['AAEC', 'AAECAw==', '!!', 'AA,AQ', '']),
  ...headers('x-any', every, ['a value', 'ä'.normalize('NFC'), 'x'.repeat(4000)]),
  ...headers('grpc-status', every, ['13']),
  ...headers('x-user-agent', every, ['grpc-web-javascript/0.1']),
  contentLength,
  mutation('a body in pieces', posts, (wire) => ({ ...wire, sent: 'in pieces' })),
  mutation('a body of unknown length', posts, (wire) => ({ ...wire, sent: 'chunked' })),
  ...headers('expect', posts, ['100-continue']),
  mutation('a header twice', every, (wire) => ({
    ...wire,
    headers: [...wire.headers, ['x-any', 'a'], ['x-any', 'b']],
  })),
  ...[2, 3, 4, 0x80, 0x81, 0xff].map((flags) => ({
    ...bodies(`the flags ${flags}`, hasEnvelopes, flagged(flags)),
    isStricter: true,
  })),
  bodies('the other flag of compression', hasEnvelopes, (body) => flagged((body[0] ?? 0) ^ 1)(body)),
  bodies('an empty body', posts, () => Buffer.alloc(0)),
  bodies('two messages', hasEnvelopes, (body) => Buffer.concat([body, body])),
  bodies('three messages', hasEnvelopes, (body) => Buffer.concat([body, body, body])),
  bodies('a body that is cut off', posts, (body, random) => body.subarray(0, random.below(body.length))),
  bodies('a part of the head of an envelope', hasEnvelopes, (body, random) => body.subarray(0, random.below(5))),
  bodies('bytes after the message', posts, (body, random) => Buffer.concat([body, random.bytes(1 + random.below(4))])),
  bodies(
    'an envelope that is too long',
    hasEnvelopes,
    lengthened((length) => length + 1),
  ),
  bodies(
    'an envelope that is too short',
    hasEnvelopes,
    lengthened((length) => Math.max(0, length - 1)),
  ),
  bodies(
    'an envelope of the greatest length',
    hasEnvelopes,
    lengthened(() => 0xffffffff),
  ),
  bodies('an envelope without a message', hasEnvelopes, () => Buffer.alloc(5)),
  bodies('a compressed envelope without a message', hasEnvelopes, () => Buffer.from([1, 0, 0, 0, 0])),
  {
    ...bodies('a changed bit of the body', posts, (body, random) => {
      const at = random.below(Math.max(1, body.length))
      return at < body.length ? Buffer.from(body).fill((body[at] ?? 0) ^ (1 << random.below(8)), at, at + 1) : body
    }),
    isStricter: true,
  },
  bodies(
    'base64 that is not valid',
    ({ isText }) => isText === true,
    (body) => Buffer.concat([body, Buffer.from('!')]),
  ),
  paths('an unknown method', (path) => path.replace(/\w+$/, 'Nothing')),
  paths('an unknown service', (path) => path.replace(/^\/[\w.]+/, '/waypost.v1.Nothing')),
  paths('no method', (path) => path.replace(/\/\w+$/, '')),
  paths('an empty method', (path) => path.replace(/\w+$/, '')),
  paths('a slash at the end', (path) => `${path}/`),
  paths('two slashes', (path) => `/${path}`),
  paths('a method in the other case', (path) =>
    path.replace(/\/\w/g, (text) => (text === '/w' ? text : text.toLowerCase())),
  ),
  paths('an encoded letter', (path) => path.replace(/(\w)$/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)),
  mutation('a query on a POST', posts, (wire) => withQuery(wire, 'a', 'b')),
  ...['connect', 'encoding', 'message', 'base64', 'compression'].map((name) =>
    mutation(`no ${name}`, gets, (wire) => ({ ...wire, query: without(wire.query, name) })),
  ),
  ...queries('connect', ['v2', '', 'V1']),
  ...queries('encoding', ['xml', '', 'JSON', 'proto', 'json']),
  ...queries('base64', ['0', '1', '2', 'true', '']),
  ...queries('compression', ['gzip', 'identity', 'br', '']),
  ...queries('message', ['', '{}', '{', '!!!', 'Cg', 'CgZteS1vcmc=', 'Cg==', 'a', '%', '+/+/']),
  ...queries('unknown', ['a']),
  mutation('the message twice', gets, (wire) => ({ ...wire, query: [...wire.query, ['message', '{}']] })),
  mutation('a body on a GET', gets, (wire) => ({ ...wire, body: Buffer.from('{}') })),
]
