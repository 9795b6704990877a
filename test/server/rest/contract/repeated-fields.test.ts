import { describe, expect, test } from 'vitest'
import { contractServer, fieldsOf } from './requests.ts'

const { send, get, serviceWith, newService } = contractServer()

const nameIn = (path: string) => path.split('/').at(-1) ?? ''

describe('a field of the path that the body repeats', () => {
  test('a body may repeat a field of the path with the same value', async () => {
    const path = newService()
    const body = { namespace: 'my-org', name: nameIn(path), revision_tag: '1.0.0' }
    expect(await send('POST', path, { body })).toMatchObject({ status: 201 })
    const yank = { ...body, reason: 'loses data' }
    expect(await send('POST', `${path}/revisions/1.0.0/yank`, { body: yank })).toMatchObject({ status: 200 })
  })

  test.for([
    ['namespace', 'other'],
    ['name', 'other'],
    ['namespace', ''],
    ['namespace', 1],
    ['name', ['my-service']],
  ] as const)(
    'a registration whose body has another %s than the path is refused, and nothing is registered (%j)',
    async ([field, value]) => {
      const path = newService()
      const answer = await send('POST', path, { body: { revision_tag: '1.0.0', [field]: value } })
      expect([answer.status, fieldsOf(answer)], answer.text).toEqual([400, [field]])
      expect(await send('GET', path)).toMatchObject({ status: 404 })
      expect(await send('GET', `/services/other/${nameIn(path)}`)).toMatchObject({ status: 404 })
      expect(await send('GET', '/services/my-org/other')).toMatchObject({ status: 404 })
    },
  )

  test.for([
    ['PUT', '/default', { revision_tag: '1.0.0' }, { name: 'other' }],
    ['PUT', '/aliases/beta', { revision_tag: '1.0.0' }, { alias: 'gamma' }],
    ['POST', '/revisions/1.0.0/yank', {}, { revision_tag: '2.0.0' }],
    ['POST', '/revisions/1.0.0/deprecate', {}, { revision_tag: '2.0.0' }],
    ['PATCH', '/revisions/1.0.0', { description: 'x' }, { revision_tag: '2.0.0' }],
    ['DELETE', '/default', {}, { namespace: 'other' }],
  ] as const)(
    '%s …%s is refused if its body has another value than the path, and nothing changes',
    async ([method, rest, request, other]) => {
      const path = await serviceWith('1.0.0', '2.0.0')
      const before = await get(`${path}/revisions?view=FULL`)
      const answer = await send(method, `${path}${rest}`, { body: { ...request, ...other } })
      expect([answer.status, fieldsOf(answer)], answer.text).toEqual([400, Object.keys(other)])
      expect(await get(`${path}/revisions?view=FULL`)).toEqual(before)
      expect((await get(`${path}/aliases`)).aliases ?? []).toEqual([])
    },
  )

  test('a query is refused if it has another value than the path', async () => {
    const path = await serviceWith('1.0.0', '2.0.0')
    for (const [rest, field] of [
      ['?name=other', 'name'],
      ['/revisions/1.0.0?revision_tag=2.0.0', 'revision_tag'],
      ['/default?namespace=other', 'namespace'],
    ] as const) {
      const answer = await send('GET', `${path}${rest}`)
      expect([answer.status, fieldsOf(answer)], answer.text).toEqual([400, [field]])
    }
  })
})

describe('a field that stands in the query and in the body', () => {
  test('a field may have the same value in the query and in the body', async () => {
    const path = newService()
    const answer = await send('POST', `${path}?is_default=false`, {
      body: { revision_tag: '1.0.0', is_default: false },
    })
    expect([answer.status, answer.body?.is_default], answer.text).toEqual([201, false])
  })

  test.for([
    ['POST', '?revision_tag=1.0.0', '', { revision_tag: '3.0.0' }, 'revision_tag'],
    ['POST', '?is_default=false', '', { revision_tag: '3.0.0', is_default: true }, 'is_default'],
    ['PUT', '?revision_tag=1.0.0', '/default', { revision_tag: '2.0.0' }, 'revision_tag'],
    ['PUT', '?validate_only=true', '/default', { revision_tag: '1.0.0', validate_only: false }, 'validate_only'],
    ['PATCH', '?description=a', '/revisions/1.0.0', { description: 'b' }, 'description'],
    ['POST', '?reason=a', '/revisions/1.0.0/yank', { reason: 'b' }, 'reason'],
  ] as const)(
    '%s …%s%s is refused with the body %o, because the values differ',
    async ([method, query, rest, body, field]) => {
      const path = await serviceWith('1.0.0', '2.0.0')
      const before = await get(`${path}/revisions?view=FULL`)
      const answer = await send(method, `${path}${rest}${query}`, { body })
      expect([answer.status, fieldsOf(answer)], answer.text).toEqual([400, [field]])
      expect(await get(`${path}/revisions?view=FULL`)).toEqual(before)
    },
  )
})

describe('a parameter in the query of a request with a body', () => {
  test.for([
    ['POST', '', { revision_tag: '3.0.0' }],
    ['PUT', '/default', { revision_tag: '1.0.0' }],
    ['PUT', '/aliases/beta', { revision_tag: '1.0.0' }],
    ['PATCH', '/revisions/1.0.0', { description: 'changed' }],
    ['POST', '/revisions/1.0.0/yank', { reason: 'x' }],
    ['POST', '/revisions/1.0.0/deprecate', { message: 'x' }],
  ] as const)('validate_only in the query counts for %s …%s', async ([method, rest, body]) => {
    const path = await serviceWith('1.0.0', '2.0.0')
    const before = await get(`${path}/revisions?view=FULL`)
    const { status, text } = await send(method, `${path}${rest}?validate_only=true`, { body })
    expect(status, text).toBe(200)
    expect(await get(`${path}/revisions?view=FULL`)).toEqual(before)
    expect((await get(`${path}/aliases`)).aliases ?? []).toEqual([])
  })

  test('the query may contain the whole request', async () => {
    const path = await serviceWith('1.0.0', '2.0.0')
    expect(await send('PUT', `${path}/default?revision_tag=1.0.0`)).toMatchObject({
      status: 200,
      body: { default_revision_tag: '1.0.0' },
    })
    expect(await send('POST', `${path}?revision_tag=3.0.0`)).toMatchObject({ status: 201 })
  })
})
