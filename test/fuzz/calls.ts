import type { DescMethodUnary } from '@bufbuild/protobuf'
import { messageMutations } from '../differential/message-mutations.ts'
import { changes, encode, pathOf, type Recorded, reads } from '../differential/recorded.ts'
import { showWay, toWire, type Way, type Wire, ways } from '../differential/ways.ts'
import { wireMutations } from '../differential/wire-mutations.ts'
import { mutate } from './inputs.ts'
import { type Random, randomFrom } from './random.ts'

/** The behaviour of a client: it waits for the answer, or does so after it ended its own direction, or gives up. */
export type Fate = 'answered' | 'half-closed' | 'reset'

/** A request that is random in part, and the behaviour of its client. */
export interface Call {
  readonly wire: Wire
  readonly transport: Way['transport']
  readonly fate: Fate
  /** The method that it calls; undefined: it is a request of REST. */
  readonly method: DescMethodUnary | undefined
  readonly shown: string
}

/** The call with this number, which is always the same for a seed. */
export function makeCall(seed: number, index: number): { readonly call: Call; readonly random: Random } {
  const random = randomFrom(Math.imul(seed, 0x9e3779b1) + index)
  const made = random.below(4) === 0 ? makeRest(random) : makeRpc(random)
  const fate = random.pick<Fate>(['answered', 'answered', 'answered', 'answered', 'half-closed', 'reset'])
  return { call: { ...made, wire: bend(random, made.wire), fate }, random }
}

function makeRpc(random: Random): Omit<Call, 'fate'> {
  const way = random.pick(ways)
  const recorded = random.below(2) === 0 ? random.pick(reads) : random.pick(changes(random.below(20), []))
  const path = pathOf(recorded.method)
  const wire = mutateWire(random, way, toWire(way, path, mutateMessage(random, way, recorded)))
  const { transport } = way
  return { wire, transport, method: recorded.method, shown: `${recorded.method.name} over ${showWay(way)}` }
}

function mutateMessage(random: Random, { codec }: Way, recorded: Recorded): Buffer {
  const message = encode(recorded, codec)
  const fitting = messageMutations.filter((mutation) => mutation.codec === codec && !mutation.isLarge)
  return random.below(3) === 0 ? random.pick(fitting).change(message, random) : message
}

function mutateWire(random: Random, way: Way, wire: Wire): Wire {
  const fitting = wireMutations.filter((mutation) => mutation.fits(way))
  const chosen = Array.from({ length: random.below(3) }, () => random.pick(fitting))
  return chosen.reduce((mutated, { change }) => change(mutated, way, random), wire)
}

const service = '/services/fuzz/fuzz'
const json = (verb: string, path: string, body = ''): Wire => {
  const headers = body === '' ? [] : [['content-type', 'application/json'] as const]
  return { verb, path, query: [], headers, body: Buffer.from(body) }
}

const restRequests: readonly Wire[] = [
  json('GET', service),
  {
    ...json('GET', service),
    query: [
      ['revision_tag', '1.0.0'],
      ['view', 'FULL'],
    ],
  },
  {
    ...json('GET', service),
    query: [
      ['version_range', '^1'],
      ['label_selector', 'a in (b, c)'],
    ],
  },
  {
    ...json('GET', '/services'),
    query: [
      ['prefix', 'fuzz/'],
      ['page_size', '2'],
    ],
  },
  json('GET', '/namespaces'),
  json('HEAD', `${service}/default`),
  json('GET', '/readyz'),
  json('POST', service, '{"revision_tag":"1.0.0","is_default":true,"labels":{"a":"b"}}'),
  json('PUT', `${service}/aliases/beta`, '{"follows":"^1"}'),
  json('PATCH', `${service}/revisions/1.0.0`, '{"set_labels":{"a":"b"},"remove_labels":["c"]}'),
  json('POST', `${service}/revisions/1.0.0/yank`, '{"reason":"x","if_default":"CLEAR"}'),
  json('DELETE', `${service}/aliases/beta`, '{"validate_only":true}'),
]
const restHeaders = ['if-match', 'if-none-match', 'content-encoding', 'accept-encoding', 'accept', 'x-any', 'range']
const restValues = ['"e"', 'W/"e"', '*', 'gzip', 'br', '', 'x'.repeat(3000), 'bytes=0-1']

function makeRest(random: Random): Omit<Call, 'fate'> {
  const wire = random.pick(restRequests)
  const added = Array.from(
    { length: random.below(2) },
    () => [random.pick(restHeaders), random.pick(restValues)] as const,
  )
  const transport = random.pick<Way['transport']>(['HTTP/1.1', 'HTTP/2'])
  return { wire: { ...wire, headers: [...wire.headers, ...added] }, transport, method: undefined, shown: 'REST' }
}

/** Changes a request in places where no list of mutations would. */
function bend(random: Random, original: Wire): Wire {
  // A length that is wrong would make the next request of the connection wrong, too.
  const wire = { ...original, headers: original.headers.filter(([name]) => name !== 'content-length') }
  const change = (value: string) => mutate(random, Buffer.from(value))
  switch (random.below(8)) {
    case 0:
      return { ...wire, body: mutate(random, wire.body) }
    case 1:
      return { ...wire, path: `/${visible(change(wire.path))}` }
    case 2:
      return {
        ...wire,
        headers: wire.headers.map(([name, value]) => [name, name === 'te' ? value : visible(change(value))]),
      }
    case 3:
      return { ...wire, query: wire.query.map(([name, value]) => [name, change(value).toString('latin1')]) }
    default:
      return wire
  }
}

// Clients refuse to send other characters.
function visible(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(/[^\x21-\x7e]/g, '')
    .replace(/^\/+/, '')
}
