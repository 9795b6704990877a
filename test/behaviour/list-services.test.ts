import { describe, expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { followPages, servicesOf } from './pages.ts'
import { remove } from './state.ts'

describeBehaviour('ListServices', (subject) => {
  const { api, call, register, service } = subject
  // Each test has its own namespace, because the services of other tests must not be in its lists.
  const own = (suffix = '') => `${service().name}-org${suffix}`
  const registerIn = async (...services: readonly string[]) => {
    for (const each of services) {
      const [namespace, name] = each.split('/')
      await call('register', { namespace, name, revision_tag: '1.0.0' })
    }
  }
  const list = (request: Fields) => api().call('listServices', request)
  const pages = (request: Fields, between?: (pages: number) => Promise<unknown>) =>
    followPages((page_token) => list({ ...request, page_token }), between)

  describe('the services of ListServices', () => {
    test('ListServices answers the default, highest versions, revision count and etag of a service', async () => {
      await register('1.0.0', '2.0.0-rc.1', 'main')
      await call('setDefault', { revision_tag: '1.0.0' })
      const { revision } = await call('get', { view: 'FULL' })
      const { services = [] } = await list({ prefix: `my-org/${service().name}` })
      expect((services as Fields[])[0]).toEqual({
        ...service(),
        default_revision_tag: '1.0.0',
        highest_version: '2.0.0-rc.1',
        highest_release: '1.0.0',
        revision_count: 3,
        etag: (revision as Fields).service_etag,
      })
    })

    test('ListServices leaves out a default, a highest version or a highest release that is missing', async () => {
      await call('register', { revision_tag: 'main', is_default: false })
      const [found] = (await list({ prefix: `my-org/${service().name}` })).services as Fields[]
      expect(found).toEqual({ ...service(), revision_count: 1, etag: expect.stringMatching(/./) })
    })

    test('ListServices answers the current state, in which yanked revisions are not the highest', async () => {
      await register('1.0.0', '1.1.0', '2.0.0-rc.1')
      await call('yank', { revision_tag: '2.0.0-rc.1' })
      await remove(subject, '1.1.0')
      const [found] = (await list({ prefix: `my-org/${service().name}` })).services as Fields[]
      expect(found).toMatchObject({ highest_version: '1.0.0', highest_release: '1.0.0', revision_count: 2 })
      expect(found).toMatchObject({ default_revision_tag: '1.0.0' })
    })
  })

  test('ListServices answers no service twice and no service without a revision', async () => {
    const prefix = `my-org/${service().name}`
    await register('1.0.0')
    await call('clearDefault')
    expect(servicesOf(await list({ prefix }))).toEqual([prefix])
    await remove(subject, '1.0.0')
    expect(servicesOf(await list({ prefix })), 'when its last revision is deleted').toEqual([])
    await register('2.0.0')
    expect(servicesOf(await list({ prefix })), 'when another revision is registered').toEqual([prefix])
  })

  test('ListServices sorts by the text namespace/name, with "-" before "/" and digits after it', async () => {
    const expected = ['-a/z', '/a', '/a-b', '/a1', '/b', '0/a'].map((end) => `${own(end)}`)
    await registerIn(...expected.toReversed())
    expect(servicesOf(await list({ prefix: own() }))).toEqual(expected)
    expect(servicesOf(...(await pages({ prefix: own(), page_size: 1 })))).toEqual(expected)
  })

  test('ListServices answers the services that begin with the prefix', async () => {
    await registerIn(own('/a'), own('/a-b'), own('/b'), own('-2/a'))
    const byPrefix = [
      { prefix: own(), ends: ['-2/a', '/a', '/a-b', '/b'], why: 'namespaces that begin with it' },
      { prefix: own('/'), ends: ['/a', '/a-b', '/b'], why: 'the slash ends the namespace' },
      { prefix: own('/a'), ends: ['/a', '/a-b'], why: 'a whole name that is the beginning of another name' },
      { prefix: own('/a-b'), ends: ['/a-b'], why: 'one service' },
      { prefix: own('/a-'), ends: ['/a-b'], why: 'a prefix that is not a name' },
      { prefix: own('-'), ends: ['-2/a'], why: 'a prefix that is not a namespace' },
      { prefix: own('/c'), ends: [], why: 'nothing begins with it' },
    ]
    for (const { prefix, ends, why } of byPrefix) {
      const expected = ends.map((end) => own(end))
      expect(servicesOf(await list({ prefix })), why).toEqual(expected)
      expect(servicesOf(...(await pages({ prefix, page_size: 1 }))), why).toEqual(expected)
    }
  })

  test('ListServices filters by the current labels of the default revision', async () => {
    const [namespace, prefix] = [own(), own('/')]
    const at = (name: string, more: Fields) => ({ namespace, name, ...more })
    await call('register', at('a', { revision_tag: '1.0.0', labels: { tier: 'web' } }))
    await call('register', at('b', { revision_tag: '1.0.0', labels: { tier: 'web' } }))
    await call('register', at('b', { revision_tag: '2.0.0', labels: { tier: 'api' } }))
    await call('register', at('c', { revision_tag: '1.0.0' }))
    await call('register', at('d', { revision_tag: '1.0.0', labels: { tier: 'web' }, is_default: false }))
    const find = async (label_selector: string) =>
      servicesOf(...(await pages({ prefix, label_selector, page_size: 1 })))
    expect(await find('tier=web')).toEqual([own('/a')])
    expect(await find('tier=api')).toEqual([own('/b')])
    expect(await find('tier in (web, api)')).toEqual([own('/a'), own('/b')])
    expect(await find('!tier')).toContain(own('/c'))
    expect(await find('tier=web,region')).toEqual([])

    await call('setDefault', at('b', { revision_tag: '1.0.0' }))
    await call('setDefault', at('d', { revision_tag: '1.0.0' }))
    await call('updateRevision', at('c', { revision_tag: '1.0.0', labels: { tier: 'web' } }))
    await call('clearDefault', at('a', {}))
    expect(await find('tier=web')).toEqual([own('/b'), own('/c'), own('/d')])
    expect(await find('tier=api')).toEqual([])
  })

  test('ListServices answers every lasting service once while others register and delete', async () => {
    const kept = ['/b', '/d', '/f', '/h', '/j'].map((end) => own(end))
    const going = ['/c', '/g', '/i'].map((end) => own(end))
    await registerIn(...kept, ...going)
    const found = await pages({ prefix: own('/'), page_size: 2 }, async (page) => {
      await registerIn(own(`/a${page}`), own(`/e${page}`), own(`/z${page}`))
      const [leaving] = going.splice(page % 2, 1)
      if (leaving === undefined) return
      const [namespace, name] = leaving.split('/')
      await remove({ call: (method, request) => call(method, { namespace, name, ...request }) }, '1.0.0')
      if (page === 1) await call('register', { namespace, name, revision_tag: '2.0.0' })
    })
    const services = servicesOf(...found)
    expect(services.filter((each) => kept.includes(each))).toEqual(kept)
    expect(services, 'in order, and nothing twice').toEqual([...new Set(services)].toSorted())
  })
})
