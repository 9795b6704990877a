import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { largePrerelease } from '../support/arbitraries.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { compareVersions, isInRange } from '../support/version-oracle.ts'
import { looking } from './looking.ts'
import { followPages, tagsOf } from './pages.ts'

const [older, newer] = ['1.0.0-dev.20261125213000123', '1.0.0-dev.20261125213000124']

// Among equal versions, the later registration is higher. These are all different.
const tags = fc
  .sample(largePrerelease, { numRuns: 60, seed: 1 })
  .filter((tag, index, all) => all.indexOf(tag) === index)
const ranges = fc
  .sample(fc.tuple(fc.constantFrom('<', '<=', '>', '>=', '', '~'), fc.constantFrom(...tags)), { numRuns: 60, seed: 2 })
  .map(([operator, tag]) => `${operator}${tag}`)

describeRule('pre-releases with numbers over 2^53', (subject) => {
  const { call, register } = subject
  const { tag } = looking(subject)

  describe.for([
    [older, newer],
    [newer, older],
  ])('%s is registered before %s', (registered) => {
    test('the default and every choice of a version tell numbers over 2^53 apart', async () => {
      await register(...registered)
      expect(await tag()).toBe(newer)
      expect(await tag({ version_range: `<${newer}` })).toBe(older)
      expect(await tag({ version_range: `>=${older}` })).toBe(newer)
      await call('setAlias', { alias: 'dev', follows: `<=${older}` })
      expect(await tag({ alias: 'dev' })).toBe(older)
    })
  })

  test('the order and the ranges of versions with numbers of any size are those of arbitrary-precision numbers', async () => {
    await register(...tags)
    const sorted = tags.toSorted((a, b) => compareVersions(b, a))
    const list = { order: 'HIGHEST_VERSION_FIRST', page_size: 7 }
    const pages = await followPages((page_token) => call('listRevisions', { ...list, page_token }))
    expect(tagsOf(...pages)).toEqual(sorted)
    expect(await tag()).toBe(sorted[0])
    for (const version_range of ranges) {
      const expected = sorted.find((each) => isInRange(each, version_range))
      expect([version_range, await tag({ version_range })]).toEqual([version_range, expected])
    }
  })
})
