import { expect, test, vi } from 'vitest'
import { parseAliasName } from '../../src/domain/alias.ts'
import { emptyHead } from '../../src/domain/head.ts'
import type { RevisionTag } from '../../src/domain/revision-tag.ts'
import { parseServiceId, type ServiceId } from '../../src/domain/sruid.ts'
import { KeptLookups, MAX_AGE_MS, MOST_BYTES, MOST_RESULTS } from '../../src/store/kept-lookups.ts'
import { type LookupResult, payloadsOf, type RevisionSelector, theDefault } from '../../src/store/store.ts'

const one = parseServiceId('my-org', 'my-service')
const serviceAt = (index: number) => parseServiceId('my-org', `service-${index}`)

function resultOf(generation: number, bytes = 0): LookupResult {
  const head = { ...emptyHead, reserved: { audience: 'x'.repeat(bytes) } }
  return { generation, time: 0, head, hash: null, revision: null, alias: null, candidates: [] }
}

function offer(kept: KeptLookups, service: ServiceId, result: LookupResult, selector = theDefault): void {
  kept.offer({ service, selector, newestId: `id-${result.generation}`, result, seenAt: 0 })
}

// Now and then, all marks of first offers are deleted. So the third offer makes sure.
function offerTwice(kept: KeptLookups, service: ServiceId, result: LookupResult, selector = theDefault): void {
  for (let time = 0; time < 3 && kept.get(service, selector)?.result !== result; time++) {
    offer(kept, service, result, selector)
  }
}

const keptOf = (kept: KeptLookups, count: number) =>
  Array.from({ length: count }, (_, index) => kept.get(serviceAt(index), theDefault)).filter((each) => each)

test('a result is kept with a place for payloads once it is offered for the second time', () => {
  const kept = new KeptLookups()
  const result = resultOf(1)
  offer(kept, one, result)
  expect(kept.get(one, theDefault)).toBeUndefined()
  expect(payloadsOf(result)).toBeUndefined()
  offer(kept, one, result)
  expect(kept.get(one, theDefault)?.result).toBe(result)
  payloadsOf(result)?.set('proto', 'bytes')
  expect(payloadsOf(result)?.get('proto')).toBe('bytes')
})

test('a payload that is kept does not keep other bytes in memory', () => {
  const kept = new KeptLookups()
  const result = resultOf(1)
  offerTwice(kept, one, result)
  const payload = Buffer.from('a part of a larger buffer')
  payloadsOf(result)?.set('proto', payload)
  const found = payloadsOf(result)?.get('proto') as Buffer
  expect(found).toEqual(payload)
  expect([payload.buffer.byteLength > payload.length, found.buffer.byteLength]).toEqual([true, payload.length])
})

test('a newer result of the same lookup takes the place of the older one, without its payloads', () => {
  const kept = new KeptLookups()
  const [older, newer] = [resultOf(1), resultOf(2)]
  offerTwice(kept, one, older)
  payloadsOf(older)?.set('proto', 'bytes')
  offerTwice(kept, one, newer)
  expect(kept.get(one, theDefault)).toMatchObject({ newestId: 'id-2', result: newer })
  expect(payloadsOf(newer)?.size).toBe(0)
})

test('lookups by different selectors, and of services whose texts are alike, have different results', () => {
  const kept = new KeptLookups()
  const lookups: [ServiceId, RevisionSelector][] = []
  for (const service of [parseServiceId('a-b', 'c'), parseServiceId('a', 'b-c'), parseServiceId('a', 'bc')]) {
    const selectors = ['a', 'b'].flatMap((text) => [byTag(text), byAlias(text)])
    lookups.push([service, theDefault], ...selectors.map((each) => [service, each] as [ServiceId, RevisionSelector]))
  }
  for (const [index, [service, selector]] of lookups.entries()) offerTwice(kept, service, resultOf(index), selector)
  expect(lookups.map(([service, selector]) => kept.get(service, selector)?.result.generation)).toEqual([
    ...lookups.keys(),
  ])
})

const byTag = (text: string): RevisionSelector => ({ by: 'tag', tag: text as RevisionTag })
const byAlias = (text: string): RevisionSelector => ({ by: 'alias', alias: parseAliasName(text) })

// 31 times the code of the first letter plus that of the second one is the same.
test.for<[string, [ServiceId, RevisionSelector], [ServiceId, RevisionSelector]]>([
  ['namespaces', [parseServiceId('c1', 'x'), theDefault], [parseServiceId('ao', 'x'), theDefault]],
  ['names', [parseServiceId('x', 'c1'), theDefault], [parseServiceId('x', 'ao'), theDefault]],
  ['tags', [one, byTag('c1')], [one, byTag('ao')]],
  ['aliases', [one, byAlias('c1')], [one, byAlias('ao')]],
])('two lookups whose %s have the same number are never taken for one another', ([, first, second]) => {
  const kept = new KeptLookups()
  offerTwice(kept, first[0], resultOf(1), first[1])
  expect(kept.get(...second)).toBeUndefined()
  offerTwice(kept, second[0], resultOf(2), second[1])
  expect(kept.get(...second)?.result.generation).toBe(2)
  expect(kept.get(...first)).toBeUndefined()
})

test('a result that was deleted is not kept any more', () => {
  const kept = new KeptLookups()
  offerTwice(kept, one, resultOf(1))
  const known = kept.get(one, theDefault)
  if (known) kept.delete(known)
  expect(known).toBeDefined()
  expect(kept.get(one, theDefault)).toBeUndefined()
})

test('at most 4,096 results are kept, and the oldest ones make room for new ones', () => {
  const kept = new KeptLookups()
  const count = MOST_RESULTS + 100
  for (let index = 0; index < count; index++) offerTwice(kept, serviceAt(index), resultOf(index))
  expect(keptOf(kept, count)).toHaveLength(MOST_RESULTS)
  expect(kept.get(serviceAt(99), theDefault)).toBeUndefined()
  expect(kept.get(serviceAt(100), theDefault)).toBeDefined()
})

test('at most 16 MiB of results are kept, with a payload for each of three encodings', () => {
  const kept = new KeptLookups()
  const bytes = 10_000
  const count = MOST_BYTES / bytes
  for (let index = 0; index < count; index++) offerTwice(kept, serviceAt(index), resultOf(index, bytes))
  const found = keptOf(kept, count).length
  expect(found * bytes * 4).toBeLessThan(MOST_BYTES)
  expect(found * bytes * 4).toBeGreaterThan(MOST_BYTES / 2)
})

test('a large result is not kept, and does not cost others their place', () => {
  const kept = new KeptLookups()
  offerTwice(kept, one, resultOf(1))
  offerTwice(kept, serviceAt(1), resultOf(2, 100_000))
  expect(kept.get(serviceAt(1), theDefault)).toBeUndefined()
  expect(kept.get(one, theDefault)).toBeDefined()
})

test('of 100,000 services that are looked up in turn, again and again, none is kept', () => {
  const kept = new KeptLookups()
  const services = Array.from({ length: 100_000 }, (_, index) => serviceAt(index))
  for (let round = 0; round < 2; round++) {
    for (const [index, service] of services.entries()) offer(kept, service, resultOf(index))
  }
  expect(keptOf(kept, services.length)).toHaveLength(0)
})

test('nearly all of 3,000 services that are looked up in turn, again and again, are kept', () => {
  const kept = new KeptLookups()
  const services = Array.from({ length: 3_000 }, (_, index) => serviceAt(index))
  for (let round = 0; round < 6; round++) {
    for (const [index, service] of services.entries()) {
      if (kept.get(service, theDefault) === undefined) offer(kept, service, resultOf(index))
    }
  }
  expect(keptOf(kept, services.length).length).toBeGreaterThan(2_900)
})

test('every result is dropped after 10 minutes at most, so that names that were removed from entries disappear', () => {
  vi.useFakeTimers()
  try {
    const kept = new KeptLookups()
    offerTwice(kept, one, resultOf(1))
    vi.advanceTimersByTime(MAX_AGE_MS - 1)
    expect(kept.get(one, theDefault)).toBeDefined()
    vi.advanceTimersByTime(1)
    expect(kept.get(one, theDefault)).toBeUndefined()
    offerTwice(kept, one, resultOf(2))
    vi.advanceTimersByTime(MAX_AGE_MS)
    expect(kept.get(one, theDefault)).toBeUndefined()
  } finally {
    vi.useRealTimers()
  }
})
