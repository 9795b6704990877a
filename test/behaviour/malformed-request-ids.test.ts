import { expect, test } from 'vitest'
import type { Method } from '../support/api.ts'
import { describeOverEachProtocol } from '../support/behaviour.ts'
import { expectRefusal } from '../support/refusals.ts'
import { wholeState } from './state.ts'

const requests: Partial<Record<Method, object>> = {
  register: { revision_tag: '3.0.0' },
  updateRevision: { revision_tag: '1.0.0', description: 'words' },
  setDefault: { revision_tag: '1.0.0' },
  clearDefault: {},
  setAlias: { alias: 'beta', revision_tag: '1.0.0' },
  deleteAlias: { alias: 'pinned' },
  deprecate: { revision_tag: '1.0.0' },
  undeprecate: { revision_tag: '1.0.0' },
  yank: { revision_tag: '1.0.0' },
  unyank: { revision_tag: '1.0.0' },
  deleteRevision: { revision_tag: '1.0.0', etag: 'x' },
}

const refusal = {
  code: 'invalid_argument',
  reason: 'INVALID_REQUEST_ID',
  field: 'request_id',
  message: /request_id ".*" is not valid; use 1 to 128 letters, digits, '_', '.', ':' or '-'/,
} as const

describeOverEachProtocol('the grammar of a request_id', (subject) => {
  const { call, register } = subject

  test('every change refuses a malformed request_id, and nothing changes', async () => {
    await register('1.0.0', '2.0.0')
    await call('setAlias', { alias: 'pinned', revision_tag: '2.0.0' })
    const before = await wholeState(subject)
    for (const [method, request] of Object.entries(requests)) {
      for (const validate_only of [false, true]) {
        await expectRefusal(call(method as Method, { ...request, request_id: 'a b', validate_only }), refusal)
      }
    }
    expect(await wholeState(subject)).toEqual(before)
  })

  test('an empty request_id counts as absent, and the same request twice can make two changes', async () => {
    await register('1.0.0')
    const set = async () => (await call('setDefault', { revision_tag: '1.0.0', request_id: '' })).service
    const first = await set()
    await call('clearDefault')
    expect(await set()).not.toEqual(first)
  })
})
