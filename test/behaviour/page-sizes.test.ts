import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { newId, newSalt } from '../../src/identifiers.ts'
import type { RunningServer } from '../../src/start-server.ts'
import { importRecords } from '../../src/transfer/import.ts'
import { splitRecords } from '../../src/transfer/input/split-records.ts'
import { type Api, apis, type Fields } from '../support/api.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import type { Storage } from '../support/storage.ts'
import { followPages, servicesOf, tagsOf, tokenOf } from './pages.ts'

const record = (namespace: string, name: string, revision_tag: string, labels?: object) =>
  JSON.stringify({
    ...{ kind: 'revision', namespace, name, revision_tag, is_default: true, requested_default: null, labels },
    ...{ register_time: '2024-05-06T07:08:09Z', registered_by: 'somebody' },
  })

// There is one service with many revisions, and as many namespaces with one service each. Three have the label.
const recordsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const labels = [0, 50, count - 1].includes(index) ? { rare: 'yes' } : {}
    return [record('many', 'revisions', `1.${index}.0`, labels), record(`org-${1000 + index}`, 'a', '1.0.0', labels)]
  }).flat()

async function fill({ location }: Storage, count: number): Promise<void> {
  const records = recordsOf(count)
  const store = await openStore(parseStore(location))
  const refused: string[] = []
  const deps = {
    store,
    now: Date.now,
    newId,
    newSalt,
    onRefused: ({ reason }: { readonly reason: string }) => refused.push(reason),
  }
  // The import is done in parts, because a slow database may not accept everything at once.
  for (let index = 0; index < records.length; index += 20) {
    async function* input() {
      yield Buffer.from(records.slice(index, index + 20).join('\n'))
    }
    await importRecords(deps, splitRecords(input()))
  }
  await store.close()
  expect(refused).toEqual([])
}

// They are stored once for all the protocols, which only read them.
describeOnEachStore('pages of long lists', (createStorage) => {
  let storage: Storage
  let server: RunningServer
  let count: number

  beforeAll(async () => {
    storage = await createStorage()
    // On SQLite this is more than the largest page. On MongoDB such a page is a read for each item, which takes too long.
    count = storage.location.startsWith('sqlite:') ? 1_005 : 105
    await fill(storage, count)
    server = await startInProcess(storage)
  })

  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  describe.for(Object.entries(apis))('over %s', ([, open]) => {
    let api: Api
    beforeAll(() => {
      api = open(server.url)
    })
    const many = { namespace: 'many', name: 'revisions' }
    // One more namespace is that of the service with many revisions.
    const allOf = (method: string) => (method === 'listNamespaces' ? count + 1 : count)
    const lists = [
      { method: 'listRevisions', request: many, itemsOf: tagsOf },
      { method: 'listServices', request: { prefix: 'org-' }, itemsOf: servicesOf },
      { method: 'listNamespaces', request: {}, itemsOf: (page: Fields) => (page.namespaces ?? []) as string[] },
    ] as const

    describe.for(lists)('$method', ({ method, request, itemsOf }) => {
      test.for([
        { page_size: undefined, size: 100, why: 'the default' },
        { page_size: 0, size: 100, why: 'zero counts as absent' },
        { page_size: 1, size: 1, why: 'the smallest' },
        { page_size: 101, size: 101, why: 'more than the default' },
        { page_size: 999, size: 999, why: 'one below the largest' },
        { page_size: 1000, size: 1000, why: 'the largest' },
        { page_size: 1001, size: 1000, why: 'more than 1000 counts as 1000' },
        { page_size: 2_147_483_647, size: 1000, why: 'more than 1000 counts as 1000' },
      ])('a page with a page_size of $page_size has $size items ($why)', async ({ page_size, size }) => {
        const page = await api.call(method, { ...request, ...(page_size !== undefined && { page_size }) })
        const all = allOf(method)
        expect(itemsOf(page)).toHaveLength(Math.min(size, all))
        expect(tokenOf(page) !== '').toBe(size < all)
      })

      test('the pages of a list have every item once, whatever the size of each page', async () => {
        const sizes = [1, 333, 1000]
        const found = await followPages((page_token) =>
          api.call(method, { ...request, page_token, page_size: sizes.shift() ?? 0 }),
        )
        const items = found.flatMap((page) => [...itemsOf(page)])
        expect(new Set(items).size).toBe(items.length)
        expect(items).toHaveLength(allOf(method))
      })
    })

    test('rare items that pass the filter are found with pages of any size, even if some pages are empty', async () => {
      const found = async (page_size: number, more: Fields = {}) => {
        const request = { ...many, label_selector: 'rare', page_size, ...more }
        return tagsOf(...(await followPages((page_token) => api.call('listRevisions', { ...request, page_token }))))
      }
      const expected = [`1.${count - 1}.0`, '1.50.0', '1.0.0']
      for (const size of [1, 2, 3, 100, 1000]) {
        expect(await found(size), `${size}`).toEqual(expected)
        expect(await found(size, { order: 'HIGHEST_VERSION_FIRST' }), `${size}`).toEqual(expected)
      }
      const services = await followPages((page_token) =>
        api.call('listServices', { prefix: 'org-', label_selector: 'rare=yes', page_size: 1, page_token }),
      )
      expect(servicesOf(...services)).toEqual(['org-1000/a', 'org-1050/a', `org-${1000 + count - 1}/a`])
    })

    test('a list in which nothing passes the filter comes to an end', async () => {
      const request = { ...many, state: 'YANKED', page_size: 1 }
      expect(
        tagsOf(...(await followPages((page_token) => api.call('listRevisions', { ...request, page_token })))),
      ).toEqual([])
    })
  })
})
