import { expect, test } from 'vitest'
import { expectRefusal, type Method } from '../support/api.ts'
import { describeBehaviour } from '../support/behaviour.ts'
import { wholeState } from './state.ts'

const malformed = [
  { id: 'a'.repeat(129), why: 'one character too many' },
  { id: ' ', why: 'a space' },
  { id: ' 1', why: 'a space in front' },
  { id: '1 ', why: 'a space behind' },
  { id: 'a b', why: 'a space in between' },
  { id: 'a/b', why: 'a slash' },
  { id: 'a%20b', why: 'no percent-encoding' },
  { id: '{5f0c2a51}', why: 'braces, as some write a UUID' },
  { id: 'a\nb', why: 'the end of a line' },
  { id: 'a\n', why: 'the end of a line behind' },
  { id: 'a\u0000', why: 'a zero byte' },
  { id: 'é', why: 'a letter of another alphabet' },
  { id: '１', why: 'a digit of another alphabet' },
  { id: '🙂', why: 'no letter' },
]

const wellFormed = ['0', 'A', '-', ':', '.', '_', '__proto__', 'a'.repeat(128), 'Az09_.:-', crypto.randomUUID()]

const requests: Partial<Record<Method, object>> = {
  register: { revision_tag: '3.0.0' },
  updateRevision: { revision_tag: '1.0.0', description: 'words' },
  setDefault: { revision_tag: '1.0.0' },
  clearDefault: {},
  setAlias: { alias: 'beta', revision_tag: '1.0.0' },
  deleteAlias: { alias: 'pinned' },
  deprecate: { revision_tag: '1.0.0' },
  yank: { revision_tag: '1.0.0' },
  restore: { revision_tag: '1.0.0' },
  deleteRevision: { revision_tag: '1.0.0', etag: 'x' },
}

const refusal = {
  code: 'invalid_argument',
  reason: 'INVALID_REQUEST_ID',
  field: 'request_id',
  message: /request_id ".*" is not valid: it must be 1 to 128 letters, digits, '_', '.', ':' or '-'/,
} as const

describeBehaviour('the grammar of a request_id', (subject) => {
  const { call, register } = subject

  test('is that of 1 to 128 letters, digits and four other characters', async () => {
    await register('1.0.0')
    const before = await wholeState(subject)
    for (const { id, why } of malformed) {
      const refused = expectRefusal(call('register', { revision_tag: '2.0.0', request_id: id }), refusal)
      await refused.catch((cause: unknown) => expect.fail(`${why}: ${cause}`))
    }
    expect(await wholeState(subject)).toEqual(before)
    for (const [index, request_id] of wellFormed.entries()) {
      await call('register', { revision_tag: `2.0.${index}`, request_id })
      await call('register', { revision_tag: `2.0.${index}`, request_id })
    }
    expect(await wholeState(subject)).toMatchObject({ service: { revision_count: 1 + wellFormed.length } })
  })

  test('is the same for every change, and nothing changes where it is not met', async () => {
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

  test('allows an empty one, which is as none: the same twice is two changes', async () => {
    await register('1.0.0')
    const set = async () => (await call('setDefault', { revision_tag: '1.0.0', request_id: '' })).service
    expect(await set()).not.toEqual(await set())
  })
})
