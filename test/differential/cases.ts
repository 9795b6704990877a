import type { DescMethodUnary } from '@bufbuild/protobuf'
import { type Random, randomFrom } from '../fuzz/random.ts'
import { type MessageMutation, messageMutations } from './message-mutations.ts'
import { changes, encode, pathOf, type Recorded, reads } from './recorded.ts'
import { showWay, toWire, type Way, type Wire, ways } from './ways.ts'
import { contentLength, type WireMutation, wireMutations } from './wire-mutations.ts'

/** One request, and how it was made. */
export interface Case {
  readonly wire: Wire
  readonly way: Way
  readonly method: DescMethodUnary
  /** The names of its mutations. */
  readonly mutations: readonly string[]
  /** Such as `Get over gRPC proto gzip over HTTP/2, two messages`. */
  readonly shown: string
}

/** The requests of a run: those that only read, and those that must be sent one after another. */
export interface Cases {
  readonly reads: readonly Case[]
  readonly changes: readonly Case[]
}

type Mutation = MessageMutation | WireMutation

const mutations: readonly Mutation[] = [...messageMutations, ...wireMutations]
// If only one of the servers made a change, the later answers would differ.
const mutationsOfChanges = mutations.filter(({ isStricter }) => !isStricter)

/** Makes `count` requests at random, after those that are always made: each recorded one, and each mutation. */
export function makeCases(seed: number, count: number, etags: readonly string[]): Cases {
  const random = randomFrom(seed)
  const valid = reads.flatMap((recorded) => some(random, ways, 6).map((way) => makeCase(random, recorded, way)))
  const mutated = mutations.flatMap((mutation) => {
    const fitting = ways.filter((way) => fits(mutation, way))
    return some(random, fitting, 4).map((way) => makeCase(random, random.pick(reads), way, [mutation]))
  })
  const others = Array.from({ length: count }, () => randomCase(random, random.pick(reads), mutations))
  const posts = ways.filter(({ protocol }) => protocol !== 'Connect GET')
  const changing = Array.from({ length: Math.ceil(count / 100) }, (_, index) =>
    changes(index, etags).map((recorded) =>
      index % 3 < 2 ? makeCase(random, recorded, random.pick(posts)) : randomCase(random, recorded, mutationsOfChanges),
    ),
  )
  return { reads: [...valid, ...mutated, ...others], changes: changing.flat() }
}

function randomCase(random: Random, recorded: Recorded, all: readonly Mutation[]): Case {
  const way = random.pick(ways)
  const fitting = all.filter((mutation) => fits(mutation, way) && !isLarge(mutation))
  const picked = Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, () => random.pick(fitting))
  // It depends on the parts in which a body arrives which of two faults the reference finds first.
  const chosen = picked.filter((mutation) => !isOfBody(mutation) || mutation === picked.find(isOfBody))
  // The length of a body that changes afterwards would be wrong.
  chosen.sort((a, b) => Number(a === contentLength) - Number(b === contentLength))
  return makeCase(random, recorded, way, chosen)
}

function makeCase(random: Random, recorded: Recorded, way: Way, chosen: readonly Mutation[] = []): Case {
  let message = encode(recorded, way.codec)
  for (const mutation of chosen) if ('codec' in mutation) message = mutation.change(message, random)
  let wire = toWire(way, pathOf(recorded.method), message)
  for (const mutation of chosen) if ('fits' in mutation) wire = mutation.change(wire, way, random)
  const names = chosen.map(({ name }) => name)
  const shown = [`${recorded.method.name} over ${showWay(way)}`, ...names].join(', ')
  return { wire, way, method: recorded.method, mutations: names, shown }
}

function fits(mutation: Mutation, way: Way): boolean {
  if ('fits' in mutation) return mutation.fits(way)
  // A large message does not fit into a query.
  return mutation.codec === way.codec && !(isLarge(mutation) && way.protocol === 'Connect GET' && !way.isGzip)
}

function isOfBody(mutation: Mutation): boolean {
  return 'codec' in mutation || mutation.isOfBody === true
}

function isLarge(mutation: Mutation): boolean {
  return 'isLarge' in mutation && mutation.isLarge === true
}

function some<T>(random: Random, all: readonly T[], count: number): T[] {
  const left = [...all]
  return Array.from({ length: Math.min(count, all.length) }, () => left.splice(random.below(left.length), 1)[0] as T)
}
