import { expect, test } from 'vitest'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { followPages } from './pages.ts'
import { remove } from './state.ts'

describeBehaviour('ListNamespaces', ({ api, call, service }) => {
  // These namespaces belong to this test only. The list also contains those of other tests on the same server.
  const own = (suffix: string) => `${service().name}-${suffix}`
  const registerIn = (namespace: string, name = 'a') => call('register', { namespace, name, revision_tag: '1.0.0' })
  const list = async (page_size: number, between?: (pages: number) => Promise<unknown>) => {
    const pages = await followPages((page_token) => api().call('listNamespaces', { page_size, page_token }), between)
    const namespaces = pages.flatMap((page) => (page.namespaces ?? []) as string[])
    expect(new Set(namespaces).size, 'nothing twice').toBe(namespaces.length)
    return namespaces.filter((namespace) => namespace.startsWith(own('')))
  }

  test('ListNamespaces answers each namespace once, with any number of services and any page size', async () => {
    for (const name of ['a', 'b', 'c-d'])
      for (const suffix of ['x', 'x-y', 'x1', 'z']) await registerIn(own(suffix), name)
    const expected = ['x', 'x-y', 'x1', 'z'].map(own)
    for (const pageSize of [1, 2, 1000]) expect((await list(pageSize)).toSorted()).toEqual(expected.toSorted())
  })

  test('ListNamespaces answers every namespace that stays exactly once while others register', async () => {
    const kept = ['b', 'd', 'f', 'h'].map(own)
    for (const namespace of kept) await registerIn(namespace)
    const found = await list(1, async (page) => {
      await registerIn(kept[page % 4] ?? '', `new-${page}`)
      if (page % 3 === 0) await registerIn(own(`a${page}`))
    })
    expect(found.filter((namespace) => kept.includes(namespace))).toEqual(kept)
  })

  test('ListNamespaces and ListServices do not answer a namespace whose last service is deleted', async () => {
    const namespace = own('gone')
    await registerIn(namespace)
    const inNamespace: typeof call = (method, request) => call(method, { namespace, name: 'a', ...request })
    await inNamespace('clearDefault')
    await remove({ call: inNamespace }, '1.0.0')
    expect(await api().call('listServices', { prefix: `${namespace}/` })).toEqual({})
    expect(await list(1000)).toEqual([])
    await inNamespace('register', { revision_tag: '2.0.0' })
    expect(await list(1000)).toEqual([namespace])
  })
})
