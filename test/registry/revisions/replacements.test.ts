import { expect, test } from 'vitest'
import { active } from '../../../src/domain/lifecycle.ts'
import type { RevisionTag } from '../../../src/domain/revision-tag.ts'
import { parseSruid } from '../../../src/domain/sruid.ts'
import { findReplaced, requireNoCycle, warningsOfYank } from '../../../src/registry/revisions/replacements.ts'
import type { Store } from '../../../src/store/store.ts'
import { caller } from '../../support/caller.ts'

const toTag = (index: number) => `1.${index}.0` as RevisionTag
const sruid = parseSruid('my-org/my-service:1.0.0')

/** A store with revisions in a row. The next one replaces each of them. */
function chainOf(length: number): Store {
  const lookup = async (_service: unknown, { tag }: { readonly tag: string }) => {
    const index = Number(tag.split('.')[1])
    const deprecation = index < length - 1 ? { message: '', replacement: toTag(index + 1) } : null
    return { revision: { revisionTag: tag, lifecycle: { ...active, deprecation } } }
  }
  return { lookup } as unknown as Store
}

test('a revision may begin a chain of 100 replacements, and not a longer one', async () => {
  await requireNoCycle(chainOf(101), sruid, toTag(1))
  await expect(requireNoCycle(chainOf(102), sruid, toTag(1))).rejects.toMatchObject({
    reason: 'REPLACEMENT_CYCLE',
    message:
      'replacement "1.1.0" begins a chain of more than 100 replacements; choose the revision at the end of the chain.',
  })
})

test('the error about a long cycle names its first and its last revisions', async () => {
  const last = parseSruid('my-org/my-service:1.30.0')
  await expect(requireNoCycle(chainOf(40), last, toTag(1))).rejects.toMatchObject({
    reason: 'REPLACEMENT_CYCLE',
    message: expect.stringContaining(
      '(1.30.0 → 1.1.0 → 1.2.0 → 1.3.0 → 1.4.0 → 1.5.0 → … → 1.26.0 → 1.27.0 → 1.28.0 → 1.29.0 → 1.30.0)',
    ),
  })
})

test('a search for the revisions that a replacement replaces looks at the 10,000 latest registrations', async () => {
  let pages = 0
  const readRevisions = async () => {
    const lifecycle = { ...active, deprecation: { message: '', replacement: sruid.revisionTag } }
    const last = { revisionTag: toTag(pages), registeredAt: 0, ordinal: pages }
    return { revisions: [{ revisionTag: toTag(++pages), lifecycle }], lookedAt: 1_000, last }
  }
  const store = { readRevisions } as unknown as Store
  expect(await findReplaced(store, sruid, { generation: 1, signal: caller.signal })).toHaveLength(10)
  expect(pages).toBe(10)
})

test('a warning names at most 10 revisions', () => {
  const tags = Array.from({ length: 12 }, (_, index) => toTag(index))
  const [warning] = warningsOfYank(toTag(20), tags)
  expect(warning).toContain('the replacement of "1.0.0", "1.1.0"')
  expect(warning).toContain(', "1.9.0" and 2 more; name another')
  expect(warningsOfYank(toTag(20), [])).toEqual([])
})
