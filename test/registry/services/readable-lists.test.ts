import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anyLabels } from '../../../src/domain/labels/label-selector.ts'
import { formatServiceId } from '../../../src/domain/sruid.ts'
import type { Caller } from '../../../src/registry/core/caller.ts'
import type { PageRequest } from '../../../src/registry/core/paging.ts'
import type { ServiceView } from '../../../src/registry/core/views.ts'
import { listNamespaces } from '../../../src/registry/services/list-namespaces.ts'
import { listServices } from '../../../src/registry/services/list-services.ts'
import { READS_AT_ONCE } from '../../../src/registry/services/read-services.ts'
import type { Store } from '../../../src/store/store.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { allPages, callerWith, counted, isAbout, openFilled } from './support.ts'

const NAMESPACES = ['a', 'a-b', 'a-b-c', 'ab', 'my-org', 'my-org-2', 'my-org2', 'z']
const NAMES = ['a', 'a-a', 'a1', 'api', 'api-v2', 'z']
const SERVICES = NAMESPACES.flatMap((namespace) => NAMES.map((name) => `${namespace}/${name}`))
const DELETED = ['a/gone', 'gone/api', 'my-org/b']
/** The namespaces that are about to be many, so that a scan of all of them would be noticed. */
const OTHERS = Array.from({ length: 300 }, (_, index) => `other-${index}/service`)

const pattern = fc.oneof(
  fc.constantFrom(...NAMESPACES, 'gone', 'nothing', 'other-7').map((namespace) => `${namespace}/*`),
  fc.constantFrom(...SERVICES, ...DELETED, 'a/nothing', 'nothing/api', 'my-org-2/zz'),
)
const patterns = fc.array(pattern, { maxLength: 12 })
const prefix = fc.constantFrom('', '', 'a', 'a-', 'a/', 'a/a', 'my-org', 'my-org/', 'my-org-2/api', 'my-org/api', 'q')

describeOnEachStore('the lists of a caller that may not read everything', (createStorage) => {
  let store: Store
  let close: () => Promise<void>
  let all: readonly string[]

  beforeAll(async () => {
    ;({ store, close } = await openFilled(createStorage, [...SERVICES, ...OTHERS], DELETED))
    all = (await allServices(store, callerWith('*'), 1_000)).flat()
  })
  afterAll(() => close())

  test('the pages of services contain each service that is in the scope and has the prefix once, and in order', async () => {
    expect([...all].sort()).toEqual([...SERVICES, ...OTHERS].sort())
    await fc.assert(
      fc.asyncProperty(patterns, prefix, fc.integer({ min: 1, max: 9 }), async (on, text, pageSize) => {
        const pages = await allServices(store, callerWith(...on), pageSize, text)
        const isVisible = (service: string) => service.startsWith(text) && on.some((each) => isAbout(each, service))
        expect(pages.flat()).toEqual(all.filter(isVisible))
        for (const page of pages) expect(page.length).toBeLessThanOrEqual(pageSize)
      }),
      { numRuns: 150 },
    )
  })

  test('the pages of namespaces contain each namespace with a service in the scope once, and in order', async () => {
    await fc.assert(
      fc.asyncProperty(patterns, fc.integer({ min: 1, max: 9 }), async (on, pageSize) => {
        const pages = await allNamespaces(store, callerWith(...on), pageSize)
        const visible = all.filter((service) => on.some((each) => isAbout(each, service)))
        expect(pages.flat()).toEqual([...new Set(visible.map(namespaceOf))])
        for (const page of pages) expect(page.length).toBeLessThanOrEqual(pageSize)
      }),
      { numRuns: 80 },
    )
  })

  test('every page is full except the last, if each service of the scope can be shown', async () => {
    const pages = await allServices(store, callerWith('my-org/*', 'my-org-2/*', 'a/api', 'ab/api', 'z/*'), 6)
    expect(pages.map((page) => page.length)).toEqual([6, 6, 6, 2])
  })

  test('a caller that may read three namespaces of hundreds causes three reads, and nothing else is read', async () => {
    const on = ['my-org/*', 'my-org-2/*', 'other-299/*']
    const { store: counting, reads } = counted(store)
    expect((await allServices(counting, callerWith(...on), 100)).flat()).toHaveLength(2 * NAMES.length + 1)
    expect(reads.count).toBe(3)
    expect(await allNamespaces(counting, callerWith(...on), 100)).toEqual([['my-org-2', 'my-org', 'other-299']])
    expect(reads.count).toBe(6)
    for (const service of reads.services) expect(on.some((each) => isAbout(each, service))).toBe(true)
  })

  test('single services are looked up, and no other service of their namespaces is read', async () => {
    const { store: counting, reads } = counted(store)
    expect(await allServices(counting, callerWith('a/api', 'a/nothing', 'z/z'), 100)).toEqual([['a/api', 'z/z']])
    expect([...reads.services].sort()).toEqual(['a/api', 'a/nothing', 'z/z'])
  })

  test('a prefix outside the scope and an empty scope read nothing', async () => {
    const { store: counting, reads } = counted(store)
    expect(await allServices(counting, callerWith('my-org/*', 'a/api'), 100, 'other')).toEqual([[]])
    expect(await allServices(counting, callerWith(), 100)).toEqual([[]])
    expect(await allNamespaces(counting, callerWith(), 100)).toEqual([[]])
    expect(reads.count).toBe(0)
  })

  test('one call makes a bounded number of reads, even if hundreds of patterns have no service', async () => {
    const on = Array.from({ length: 500 }, (_, index) => `none-${index}/*`)
    const { store: counting, reads } = counted(store)
    const first = await services(counting, callerWith(...on, 'z/*'), { pageSize: 100, pageToken: '' })
    expect(first.nextPageToken).not.toBe('')
    expect(reads.count).toBeLessThanOrEqual(3 * READS_AT_ONCE)
    expect((await allServices(store, callerWith(...on, 'z/*'), 100)).flat()).toHaveLength(NAMES.length)
  })

  test('a caller that may read everything causes the same reads as before there were permissions', async () => {
    const { store: counting, reads } = counted(store)
    await services(counting, callerWith('*'), { pageSize: 10, pageToken: '' })
    expect([reads.count, reads.services.size]).toEqual([1, 10])
  })

  test('a page token is a place and no permission: the next page shows only what may be read then', async () => {
    const request = { pageSize: 2, pageToken: '' }
    const before = await services(store, callerWith('a/*', 'my-org/*'), request)
    expect(before.items.map(textOf)).toEqual(['a/a', 'a/a-a'])
    const next = { pageSize: 4, pageToken: before.nextPageToken }
    const fewer = await services(store, callerWith('my-org/*'), next)
    expect(fewer.items.map(textOf)).toEqual(['my-org/a', 'my-org/a-a', 'my-org/a1', 'my-org/api'])
    const others = await services(store, callerWith('a/z', 'a/a', 'ab/api'), next)
    expect(others.items.map(textOf)).toEqual(['a/z', 'ab/api'])
    expect((await services(store, callerWith('*'), next)).items.map(textOf).slice(0, 2)).toEqual(['a/a1', 'a/api'])
    expect(await services(store, callerWith(), next)).toEqual({ items: [], nextPageToken: '' })
    expect(Buffer.from(before.nextPageToken, 'base64url').toString()).toMatch(/^\["a\/a-a","[\w-]{11}"\]$/)
  })
})

const textOf = ({ service }: ServiceView) => formatServiceId(service)
const namespaceOf = (text: string) => text.split('/')[0] ?? ''

function services(store: Store, caller: Caller, request: PageRequest, text = '') {
  return listServices({ store }, { ...request, prefix: text, labels: anyLabels }, caller)
}

async function allServices(store: Store, caller: Caller, pageSize: number, text = ''): Promise<string[][]> {
  const pages = await allPages((request) => services(store, caller, request, text), pageSize)
  return pages.map((page) => page.map(textOf))
}

function allNamespaces(store: Store, caller: Caller, pageSize: number) {
  return allPages((request) => listNamespaces({ store }, request, caller), pageSize)
}
