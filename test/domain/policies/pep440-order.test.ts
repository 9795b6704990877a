import { expect, test } from 'vitest'
import { comparePep440, isPep440 } from '../../../src/domain/policies/pep440-order.ts'
import { parseRevisionTag } from '../../../src/domain/revision-tag.ts'
import { orderedTags, tagsWithoutOrder } from '../../support/pep440-tags.ts'

const rows = orderedTags.flatMap((row, place) => row.map((tag) => ({ tag, place })))

test('the table has at least 40 tags, and each of them can be registered', () => {
  expect(rows.length).toBeGreaterThanOrEqual(40)
  for (const tag of [...rows.map((row) => row.tag), ...tagsWithoutOrder]) expect(parseRevisionTag(tag)).toBe(tag)
})

test.for(rows)('the tag $tag is compared by PEP 440 with every tag of the table', ({ tag, place }) => {
  expect(isPep440(tag)).toBe(true)
  for (const other of rows) expect(Math.sign(comparePep440(tag, other.tag))).toBe(Math.sign(place - other.place))
})

test.for(tagsWithoutOrder)('the tag %s is no version by PEP 440, and comes before all versions', (tag) => {
  expect(isPep440(tag)).toBe(false)
  expect(comparePep440(tag, '0')).toBeLessThan(0)
  expect(comparePep440('0', tag)).toBeGreaterThan(0)
  expect(comparePep440(tag, 'another-branch')).toBe(0)
})
