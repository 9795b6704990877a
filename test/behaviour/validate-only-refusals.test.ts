import { expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { describeOverEachProtocol } from '../support/behaviour.ts'
import { type ExpectedError, expectRefusal } from '../support/refusals.ts'
import { looking } from './looking.ts'

const invalid = (reason: string, field: string): ExpectedError => ({ code: 'invalid_argument', reason, field })
const unfit = (reason: string, field: string): ExpectedError => ({ code: 'failed_precondition', reason, field })
const notFound = (reason: string): ExpectedError => ({ code: 'not_found', reason })
const MISMATCH: ExpectedError = { code: 'aborted', reason: 'ETAG_MISMATCH', field: 'etag' }

const refusals: readonly (readonly [Method, Fields, ExpectedError])[] = [
  [
    'register',
    { revision_tag: '2.0.0', is_default: true },
    { code: 'already_exists', reason: 'REVISION_ALREADY_EXISTS' },
  ],
  [
    'register',
    { revision_tag: '' },
    { ...invalid('MISSING_REVISION_TAG', ''), message: /revision tag must be included/ },
  ],
  ['register', { revision_tag: '3.0.0', labels: { 'not a key': 'x' } }, invalid('INVALID_LABELS', 'labels')],
  ['updateRevision', { revision_tag: '9.9.9', description: 'x' }, notFound('REVISION_NOT_FOUND')],
  ['updateRevision', { revision_tag: '1.0.0', labels: { a: ' ' } }, invalid('INVALID_LABELS', 'labels')],
  ['updateRevision', { revision_tag: '1.0.0', description: 'x', etag: 'old' }, MISMATCH],
  ['setDefault', { revision_tag: '9.9.9' }, unfit('TARGET_NOT_FOUND', 'revision_tag')],
  ['setDefault', { revision_tag: '0.9.0' }, unfit('TARGET_YANKED', 'revision_tag')],
  ['setDefault', { revision_tag: '1.0.0', etag: 'old' }, MISMATCH],
  ['clearDefault', { etag: 'old' }, MISMATCH],
  ['clearDefault', { reason: 'a'.repeat(1025) }, invalid('INVALID_REASON', 'reason')],
  ['setAlias', { alias: 'default', revision_tag: '1.0.0' }, invalid('INVALID_ALIAS', 'alias')],
  ['setAlias', { alias: 'beta', follows: '>>1' }, invalid('INVALID_VERSION_RANGE', 'follows')],
  ['setAlias', { alias: 'beta', revision_tag: '9.9.9' }, unfit('TARGET_NOT_FOUND', 'revision_tag')],
  ['setAlias', { alias: 'beta', revision_tag: '0.9.0' }, unfit('TARGET_YANKED', 'revision_tag')],
  ['setAlias', { alias: 'stable', revision_tag: '1.0.0', etag: 'old' }, MISMATCH],
  ['deleteAlias', { alias: 'beta' }, notFound('ALIAS_NOT_FOUND')],
  ['deleteAlias', { alias: 'stable', etag: 'old' }, MISMATCH],
  ['deprecate', { revision_tag: '9.9.9' }, notFound('REVISION_NOT_FOUND')],
  ['deprecate', { revision_tag: '1.0.0', replacement: '0.9.0' }, unfit('TARGET_YANKED', 'replacement')],
  ['deprecate', { revision_tag: '1.0.0', etag: 'old' }, MISMATCH],
  ['undeprecate', { revision_tag: '9.9.9' }, notFound('REVISION_NOT_FOUND')],
  ['undeprecate', { revision_tag: '1.0.0', etag: 'old' }, MISMATCH],
  ['yank', { revision_tag: '9.9.9' }, notFound('REVISION_NOT_FOUND')],
  ['yank', { revision_tag: '2.0.0', etag: 'old' }, MISMATCH],
  ['unyank', { revision_tag: '9.9.9' }, notFound('REVISION_NOT_FOUND')],
  ['unyank', { revision_tag: '0.9.0', etag: 'old' }, MISMATCH],
  ['deleteRevision', { revision_tag: '0.9.0' }, invalid('INVALID_ETAG', 'etag')],
  ['deleteRevision', { revision_tag: '0.9.0', etag: 'old' }, MISMATCH],
  ['deleteRevision', { revision_tag: '9.9.9', etag: 'old' }, notFound('REVISION_NOT_FOUND')],
  ['register', { revision_tag: '3.0.0', request_id: 'no spaces' }, invalid('INVALID_REQUEST_ID', 'request_id')],
]

describeOverEachProtocol('validate_only', (subject) => {
  const { call, register } = subject
  const { etag, everything } = looking(subject)

  const prepare = async () => {
    await register('0.9.0', '1.0.0', '2.0.0')
    await call('setAlias', { alias: 'stable', follows: '^1' })
    await call('yank', { revision_tag: '0.9.0' })
    return everything()
  }

  test.for(refusals)(
    '%s of %o is refused with validate_only in the same way as without it',
    async ([method, request, expected]) => {
      const before = await prepare()
      await expectRefusal(call(method, { ...request, validate_only: true }), expected)
      await expectRefusal(call(method, request), expected)
      expect(await everything()).toEqual(before)
    },
  )

  test.for([
    ['1.0.0', 'REVISION_NOT_YANKED', 'is active'],
    ['0.8.0', 'REVISION_IN_USE', 'an alias points to'],
  ] as const)(
    'a deletion of %s with validate_only is refused with %s, because the revision %s',
    async ([wanted, reason]) => {
      await prepare()
      await register('0.8.0')
      await call('setAlias', { alias: 'old', revision_tag: '0.8.0' })
      await call('yank', { revision_tag: '0.8.0' })
      const before = await everything()
      const request = { revision_tag: wanted, etag: await etag(wanted), validate_only: true }
      await expectRefusal(call('deleteRevision', request), unfit(reason, 'revision_tag'))
      expect(await everything()).toEqual(before)
    },
  )
})
