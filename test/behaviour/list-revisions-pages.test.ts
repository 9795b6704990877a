import { describe, expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { describeBehaviour } from '../support/store-behaviour.ts'
import { followPages, tagsOf, tokenOf } from './pages.ts'
import { remove } from './state.ts'

const kept = ['1.0.0', '1.1.0', '1.2.0', '1.3.0', '1.4.0', 'main', '1.5.0', 'v1.5.0', '1.6.0', 'dev', '1.7.0', '1.8.0']

describeBehaviour('the pages of ListRevisions', (subject) => {
  const { call, register } = subject
  const pages = (request: Fields, between?: (pages: number) => Promise<unknown>) =>
    followPages((page_token) => call('listRevisions', { ...request, page_token }), between)

  test('all pages of ListRevisions together have the same revisions in the same order as one large page', async () => {
    await register(...kept)
    for (const order of ['NEWEST_FIRST', 'HIGHEST_VERSION_FIRST']) {
      const all = tagsOf(await call('listRevisions', { order }))
      expect(all).toHaveLength(kept.length)
      for (const page_size of [1, 5, 12]) {
        const found = await pages({ order, page_size })
        expect(tagsOf(...found), `${order} by ${page_size}`).toEqual(all)
        expect(Math.max(...found.map((page) => tagsOf(page).length))).toBeLessThanOrEqual(page_size)
      }
    }
  })

  test('each page of ListRevisions may have another size and another view', async () => {
    await register(...kept)
    const sizes = [1, 4, 2, 1000]
    const found = await followPages((page_token) =>
      call('listRevisions', {
        page_token,
        page_size: sizes.shift() ?? 0,
        view: sizes.length % 2 === 0 ? 'FULL' : 'BASIC',
      }),
    )
    expect(found.map((page) => tagsOf(page).length)).toEqual([1, 4, 2, 5])
    expect(tagsOf(...found)).toEqual(kept.toReversed())
  })

  test('a page of ListRevisions is the same if it is requested again', async () => {
    await register('1.0.0', '1.1.0', '1.2.0')
    const page_token = tokenOf(await call('listRevisions', { page_size: 1 }))
    const again = async () => tagsOf(await call('listRevisions', { page_size: 1, page_token }))
    expect([await again(), await again()]).toEqual([['1.1.0'], ['1.1.0']])
  })

  describe.for(['NEWEST_FIRST', 'HIGHEST_VERSION_FIRST'])('with %s', (order) => {
    test('the pages of ListRevisions have every lasting revision once, in order, while others write', async () => {
      // There is one change of each kind among the revisions that were already answered, and one among the others.
      await register('0.0.1', '9.0.1', '0.0.2', '9.0.2', ...kept, '0.0.3', '9.0.3', '0.0.4', '9.0.4')
      const expected = tagsOf(await call('listRevisions', { order })).filter((tag) => kept.includes(tag))
      const found = await pages({ order, page_size: 3 }, (page) => disturb(page))
      const tags = tagsOf(...found)
      expect(tags.filter((tag) => kept.includes(tag))).toEqual(expected)
      expect(tags.toSorted(), 'nothing twice').toEqual([...new Set(tags)].toSorted())
    })

    test('the pages of ListRevisions with a filter that few revisions pass have each of them once', async () => {
      const labels = { rare: 'yes' }
      await call('register', { revision_tag: '1.0.0', labels })
      await register('0.0.1', '9.0.1', '0.0.2', '9.0.2', ...kept.slice(1, 7), '0.0.3', '9.0.3', '0.0.4', '9.0.4')
      await call('register', { revision_tag: '1.5.1', labels })
      await register(...kept.slice(7))
      await call('register', { revision_tag: '1.9.0', labels })
      const found = await pages({ order, page_size: 1, label_selector: 'rare' }, (page) => disturb(page))
      expect(tagsOf(...found)).toEqual(['1.9.0', '1.5.1', '1.0.0'])
    })

    test('the pages of ListRevisions continue after a revision that was deleted after it ended a page', async () => {
      await register('1.0.0', '1.1.0', '1.2.0', '1.3.0')
      const found = await pages({ order, page_size: 2 }, async (page) => {
        if (page === 1) await remove(subject, '1.2.0')
      })
      expect(tagsOf(...found)).toEqual(['1.3.0', '1.2.0', '1.1.0', '1.0.0'])
    })

    test('the pages of ListRevisions do not repeat a version that was registered under another tag', async () => {
      await register('1.0.0', '1.1.0', '1.2.0', '1.3.0')
      const found = await pages({ order, page_size: 2 }, async (page) => {
        if (page > 1) return
        await remove(subject, '1.2.0')
        await register('v1.2.0')
      })
      expect(tagsOf(...found)).toEqual(['1.3.0', '1.2.0', '1.1.0', '1.0.0'])
    })

    test('a page of ListRevisions shows the current state, without deleted revisions', async () => {
      await register('1.0.0', '1.1.0', '1.2.0', '1.3.0')
      const found = await pages({ order, page_size: 2 }, async (page) => {
        if (page > 1) return
        await remove(subject, '1.1.0')
        await call('updateRevision', { revision_tag: '1.0.0', description: 'changed' })
      })
      expect(tagsOf(...found)).toEqual(['1.3.0', '1.2.0', '1.0.0'])
      expect(found.at(-1)?.revisions).toMatchObject([{ description: 'changed' }])
    })
  })

  // Makes every kind of change after each of the first four pages.
  async function disturb(page: number): Promise<void> {
    if (page > 4) return
    for (const tag of [`0.1.${page}`, `8.1.${page}`, `1.3.0-rc.${page}`, `branch-${page}`]) await register(tag)
    for (const tag of [`0.0.${page}`, `9.0.${page}`]) await remove(subject, tag)
    if (page % 2 === 0) await register(`v0.0.${page}`, `v9.0.${page}`)
    const tags = [kept.at(page), kept.at(-page)]
    for (const revision_tag of tags) {
      await call('updateRevision', { revision_tag, description: `changed ${page} times` })
      await call('yank', { revision_tag })
      if (page % 2 === 0) await call('unyank', { revision_tag })
      await call('deprecate', { revision_tag: '1.4.0', message: `for the ${page}th time` })
    }
  }
})
