import { describe, expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { describeOverEachProtocol } from '../support/behaviour.ts'
import { expectRefusal } from '../support/refusals.ts'
import { tagsOf, tokenOf } from './pages.ts'

const refusal = {
  code: 'invalid_argument',
  reason: 'INVALID_PAGE_TOKEN',
  field: 'page_token',
  message: /; use next_page_token of the previous page/,
} as const

const garbage = [
  { token: 'x', why: 'one letter' },
  { token: '0', why: 'a number' },
  { token: ' ', why: 'a space' },
  { token: '%', why: 'broken percent-encoding' },
  { token: '1.1.0', why: 'a tag' },
  { token: 'bnVsbA', why: 'null in base64url' },
  { token: 'W10', why: 'an empty list in base64url' },
  { token: 'W1tdLFtdXQ', why: 'lists in a list in base64url' },
  { token: 'e30', why: 'an empty object in base64url' },
  { token: 'ünïcode…', why: 'letters that are not ASCII' },
  { token: 'a'.repeat(8000), why: 'thousands of letters' },
]

describeOverEachProtocol('a page token', ({ api, call, register, service }) => {
  // The token of the second page of three.
  const first = { page_size: 1, order: 'HIGHEST_VERSION_FIRST', label_selector: 'tier', state: 'ACTIVE' }
  const seconds = async (...tags: readonly string[]) => {
    for (const revision_tag of tags) await call('register', { revision_tag, labels: { tier: 'web' } })
    return tokenOf(await call('listRevisions', first))
  }
  const methods: { method: Method; request: () => Fields }[] = [
    { method: 'listRevisions', request: service },
    { method: 'listServices', request: () => ({ prefix: 'my-org' }) },
    { method: 'listServices', request: () => ({}) },
    { method: 'listNamespaces', request: () => ({}) },
  ]

  test('a page token requests the next page of its list', async () => {
    const page_token = await seconds('1.0.0', '1.1.0', '1.2.0')
    expect(tagsOf(await call('listRevisions', { ...first, page_token }))).toEqual(['1.1.0'])
  })

  test.for([
    { other: { order: 'NEWEST_FIRST' }, why: 'another order' },
    { other: { label_selector: 'tier=web' }, why: 'another label selector' },
    { other: { label_selector: '' }, why: 'no label selector' },
    { other: { state: 'YANKED' }, why: 'another state' },
    { other: { state: 'STATE_UNSPECIFIED' }, why: 'any state' },
    { other: { namespace: 'my-org-b' }, why: 'another service' },
  ])('a page token is refused by the list with $why', async ({ other }) => {
    const page_token = await seconds('1.0.0', '1.1.0', '1.2.0')
    await call('register', { namespace: 'my-org-b', revision_tag: '1.0.0' })
    await expectRefusal(call('listRevisions', { ...first, ...other, page_token }), refusal)
  })

  test('a page token of one list is refused by every other list', async () => {
    await register('1.0.0', '1.1.0')
    await call('register', { namespace: 'my-org-b', revision_tag: '1.0.0' })
    await call('register', { namespace: 'my-org-c', revision_tag: '1.0.0' })
    for (const [from, { method, request }] of methods.entries()) {
      const page_token = tokenOf(await api().call(method, { ...request(), page_size: 1 }))
      expect(page_token, method).not.toBe('')
      await api().call(method, { ...request(), page_token })
      for (const [to, other] of methods.entries()) {
        const call = () => api().call(other.method, { ...other.request(), page_token })
        if (to !== from) await expectRefusal(call(), refusal)
      }
    }
  })

  test('a page token of ListServices is valid for one prefix and one filter only', async () => {
    const prefix = `my-org/${service().name}`
    for (const end of ['', '-b', '-c']) {
      await call('register', { name: `${service().name}${end}`, revision_tag: '1.0.0', labels: { tier: 'web' } })
    }
    const request = { prefix, label_selector: 'tier', page_size: 1 }
    const page_token = tokenOf(await api().call('listServices', request))
    for (const other of [{ prefix: `${prefix}-` }, { prefix: 'my-org/' }, { prefix: '' }, { label_selector: '' }]) {
      await expectRefusal(api().call('listServices', { ...request, ...other, page_token }), refusal)
    }
  })

  test('a page token that was cut anywhere is refused', async () => {
    const page_token = await seconds('1.0.0', '1.1.0', '1.2.0')
    for (let length = 1; length < page_token.length; length++) {
      await expectRefusal(call('listRevisions', { ...first, page_token: page_token.slice(0, length) }), refusal)
    }
  })

  test('a page token with any changed byte is refused', async () => {
    const page_token = await seconds('1.0.0', '1.1.0', '1.2.0')
    const answered: number[] = []
    for (const [index, letter] of [...page_token].entries()) {
      const changed = `${page_token.slice(0, index)}${letter === 'A' ? 'B' : 'A'}${page_token.slice(index + 1)}`
      const refused = expectRefusal(call('listRevisions', { ...first, page_token: changed }), refusal)
      await refused.catch(() => answered.push(index))
    }
    expect(answered).toEqual([])
  })

  test('a page token with text added at the start, at the end or in the middle is refused', async () => {
    const token = await seconds('1.0.0', '1.1.0', '1.2.0')
    const middle = token.length >> 1
    for (const more of ['A', '!', ' ', '=', '.', 'AAAA', token]) {
      for (const page_token of [
        `${more}${token}`,
        `${token}${more}`,
        token.slice(0, middle) + more + token.slice(middle),
      ])
        await expectRefusal(call('listRevisions', { ...first, page_token }), refusal)
    }
  })

  describe('garbage as a page token', () => {
    test.for(garbage)('a page token that is garbage is refused by every list ($why)', async ({ token: page_token }) => {
      await register('1.0.0', '1.1.0')
      for (const { method, request } of methods) {
        await expectRefusal(api().call(method, { ...request(), page_token }), refusal)
      }
    })
  })

  test('a page token stays valid after its item leaves the filter, and an empty token starts again', async () => {
    const page_token = await seconds('1.0.0', '1.1.0', '1.2.0')
    await call('updateRevision', { revision_tag: '1.2.0', labels: { other: 'label' } })
    expect(tagsOf(await call('listRevisions', { ...first, page_token, page_size: 10 }))).toEqual(['1.1.0', '1.0.0'])
    expect(tagsOf(await call('listRevisions', { ...first, page_token: '' }))).toEqual(['1.1.0'])
  })

  test('ListRevisions of a missing service is not found, and refuses a token of another service', async () => {
    const page_token = await seconds('1.0.0', '1.1.0', '1.2.0')
    await expectRefusal(call('listRevisions', { name: `${service().name}-none`, page_token: '' }), {
      code: 'not_found',
      reason: 'SERVICE_NOT_FOUND',
    })
    await expectRefusal(call('listRevisions', { ...first, name: `${service().name}-none`, page_token }), refusal)
  })
})
