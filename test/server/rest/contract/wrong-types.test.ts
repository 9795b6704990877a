import { describe, expect, test } from 'vitest'
import { contractServer, fieldsOf } from './requests.ts'

const { send, get, newService, serviceWith } = contractServer()

// The names of proto messages and the words of the library that decodes them.
const INTERNALS = /waypost\.v1|decode|int32|proto|Array\(|message /

const values: readonly [key: string, value: unknown, field: string][] = [
  ['revision_tag', 7, 'revision_tag'],
  ['is_default', 'yes', 'is_default'],
  ['validate_only', 1, 'validate_only'],
  ['labels', { tier: 1 }, 'labels'],
  ['labels', 'tier=web', 'labels'],
  ['endpoints', 'https://my-service.example.com', 'endpoints'],
  ['endpoints', [1], 'endpoints'],
  ['endpoints', [{ protocol: 'grpc', uri: 1 }], 'uri'],
  ['source', 'abc', 'source'],
  ['source', { commit: 1 }, 'commit'],
]

describe('a value of the wrong type', () => {
  test.for(values)('%s %j in a body is refused, and the error has its field', async ([key, value, field]) => {
    const path = newService()
    const answer = await send('POST', path, { body: { revision_tag: '1.0.0', [key]: value } })
    expect([answer.status, answer.body?.reason], answer.text).toEqual([400, 'INVALID_REQUEST'])
    expect(fieldsOf(answer)).toEqual([expect.stringContaining(field)])
    expect(await send('GET', path)).toMatchObject({ status: 404 })
  })

  test.for(values)('the error for %s %j in a body does not reveal internals', async ([key, value]) => {
    const { body } = await send('POST', newService(), { body: { revision_tag: '1.0.0', [key]: value } })
    expect(body?.error).not.toMatch(INTERNALS)
  })

  test.for(['explain=yes', 'explain=1', 'include_prerelease=', 'view=full', 'view=1.5'])(
    '%s in a query is refused, and the error has its field and does not reveal internals',
    async (query) => {
      const answer = await send('GET', `${newService()}?${query}`)
      expect([answer.status, fieldsOf(answer)], answer.text).toEqual([400, [query.split('=')[0]]])
      expect(answer.body?.error).not.toMatch(INTERNALS)
    },
  )

  test('the error for a wrong type in a Connect call with JSON does not reveal internals', async () => {
    const headers = { 'content-type': 'application/json' }
    const body = { namespace: 'my-org', name: 'my-service', revisionTag: '1.0.0', isDefault: 'yes' }
    const answer = await send('POST', '/waypost.v1.ServiceRegistry/Register', { body, headers })
    expect([answer.status, answer.body?.code]).toEqual([400, 'invalid_argument'])
    expect(answer.body?.message).not.toMatch(INTERNALS)
  })
})

describe('a key in lowerCamelCase', () => {
  test('a key in lowerCamelCase does not hide the documented key or the path', async () => {
    for (const body of [
      { revision_tag: '1.0.0', revisionTag: '2.0.0' },
      { revision_tag: '1.0.0', is_default: false, isDefault: true },
      { revision_tag: '1.0.0', source: { imageDigest: 'a', image_digest: 'b' } },
    ]) {
      const path = newService()
      expect((await send('POST', path, { body })).status, JSON.stringify(body)).toBe(400)
      expect((await send('GET', path)).status).toBe(404)
    }
  })

  test.for([
    { set_labels: { tier: 'web' }, setLabels: { region: 'eu' } },
    { remove_labels: ['tier'], removeLabels: ['region'] },
    { remove_labels: ['tier', 'region'], removeLabels: ['tier,region'] },
  ])('a key in lowerCamelCase does not hide another map or list: %o', async (body) => {
    const path = await serviceWith('1.0.0')
    await send('PATCH', `${path}/revisions/1.0.0`, { body: { labels: { tier: 'a', region: 'b' } } })
    expect(await send('PATCH', `${path}/revisions/1.0.0`, { body })).toMatchObject({ status: 400 })
    expect(await get(path)).toMatchObject({ labels: { tier: 'a', region: 'b' } })
  })
})
