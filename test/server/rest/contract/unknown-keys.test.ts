import { describe, expect, test } from 'vitest'
import { contractServer, fieldsOf } from './requests.ts'

const { send, get, serviceWith, newService } = contractServer()

const endpoint = { protocol: 'grpc', uri: 'https://my-service.example.com' }

describe('an unknown key of a registration', () => {
  test.for<[Record<string, unknown>, string, string]>([
    [{ is_defualt: false }, 'is_defualt', 'is_default'],
    [{ is_default: true, lables: { tier: 'web' } }, 'lables', 'labels'],
    [{ descripton: 'x' }, 'descripton', 'description'],
    [{ endpoints: [{ ...endpoint, urii: 'x' }] }, 'urii', 'uri'],
    [{ endpoints: [endpoint, { ...endpoint, metadta: {} }] }, 'metadta', 'metadata'],
    [{ source: { comit: 'abc' } }, 'comit', 'commit'],
    [{ source: { image_digets: 'sha256:00' } }, 'image_digets', 'image_digest'],
  ])(
    'a registration with %o is refused, the error has the key and the nearest known one, and nothing is registered',
    async ([more, key, nearest]) => {
      const path = newService()
      const answer = await send('POST', path, { body: { revision_tag: '1.0.0', ...more } })
      expect([answer.status, answer.body?.reason], answer.text).toEqual([400, 'INVALID_REQUEST'])
      expect(fieldsOf(answer)).toEqual([expect.stringMatching(new RegExp(`(^|\\.)${key}$`))])
      expect(answer.body?.error).toMatch(new RegExp(`\\b${key}\\b`))
      expect(answer.body?.error).toMatch(new RegExp(`\\b${nearest}\\b`))
      expect(await send('GET', path)).toMatchObject({ status: 404 })
    },
  )

  test('a registration with is_defualt is refused and does not move the default', async () => {
    const path = await serviceWith('1.0.0')
    const body = { revision_tag: '2.0.0', is_defualt: false }
    expect(await send('POST', path, { body })).toMatchObject({ status: 400 })
    expect(await get(path)).toMatchObject({ revision_tag: '1.0.0' })
    expect(await send('GET', `${path}/revisions/2.0.0`)).toMatchObject({ status: 404 })
  })

  test.for(['colour', '__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])(
    'a registration with the key %j, which is not like any other, is refused',
    async (key) => {
      const path = newService()
      const body = `{"revision_tag": "1.0.0", ${JSON.stringify(key)}: {"is_default": true}}`
      expect(await send('POST', path, { body })).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST' } })
      expect(await send('GET', path)).toMatchObject({ status: 404 })
    },
  )

  test('a key of an endpoint is an unknown key at the top of a registration', async () => {
    const path = newService()
    const answer = await send('POST', path, { body: { revision_tag: '1.0.0', uri: 'https://example.com' } })
    expect([answer.status, fieldsOf(answer)]).toEqual([400, ['uri']])
  })

  test('labels and the metadata of an endpoint may have any key', async () => {
    const labels = { is_defualt: 'x', uri: 'y' }
    const endpoints = [{ ...endpoint, metadata: { urii: 'x', __typename: 'y' } }]
    const path = newService()
    const { status, body } = await send('POST', path, { body: { revision_tag: '1.0.0', labels, endpoints } })
    expect([status, body]).toEqual([201, expect.objectContaining({ labels, endpoints })])
  })

  test('a registration with an unknown key in the query is refused', async () => {
    const path = newService()
    const answer = await send('POST', `${path}?is_defualt=false`, { body: { revision_tag: '1.0.0' } })
    expect([answer.status, fieldsOf(answer)], answer.text).toEqual([400, ['is_defualt']])
    expect(answer.body?.error).toMatch(/\bis_default\b/)
    expect(await send('GET', path)).toMatchObject({ status: 404 })
  })
})

describe('an unknown parameter of a query', () => {
  test.for([
    ['', 'revison_tag=1.0.0', 'revision_tag'],
    ['', 'aliass=beta', 'alias'],
    ['', 'explian=true', 'explain'],
    ['/default', 'veiw=FULL', 'view'],
    ['/revisions', 'page_sise=1', 'page_size'],
    ['/revisions', 'ordre=NEWEST_FIRST', 'order'],
    ['/revisions/1.0.0', 'label_selectr=tier', 'label_selector'],
  ] as const)(
    'GET …%s?%s is refused, and the error has the parameter and the nearest known one',
    async ([rest, query, nearest]) => {
      const path = await serviceWith('1.0.0')
      const answer = await send('GET', `${path}${rest}?${query}`)
      const [key = ''] = query.split('=')
      expect([answer.status, answer.body?.reason, fieldsOf(answer)], answer.text).toEqual([
        400,
        'INVALID_REQUEST',
        [key],
      ])
      expect(answer.body?.error).toMatch(new RegExp(`\\b${nearest}\\b`))
    },
  )

  test.for(['/services?prefx=my-org', '/namespaces?page_sise=1'])(
    'GET %s with an unknown parameter is refused',
    async (path) => {
      expect(await send('GET', path)).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST' } })
    },
  )

  test('GET of the aliases, of one alias and of the policy refuse every parameter', async () => {
    const path = await serviceWith('1.0.0')
    await send('PUT', `${path}/aliases/beta`, { body: { revision_tag: '1.0.0' } })
    for (const rest of ['/aliases', '/aliases/beta', '/policy/1.0.0']) {
      const answer = await send('GET', `${path}${rest}?view=FULL`)
      expect([answer.status, fieldsOf(answer)], rest).toEqual([400, ['view']])
    }
  })
})

describe('an unknown key of a change', () => {
  test.for([
    ['PUT', '/default', { revision_tag: '1.0.0' }],
    ['PUT', '/aliases/beta', { revision_tag: '1.0.0' }],
    ['POST', '/revisions/2.0.0/deprecate', {}],
    ['POST', '/revisions/2.0.0/undeprecate', {}],
    ['POST', '/revisions/2.0.0/yank', {}],
    ['POST', '/revisions/2.0.0/unyank', {}],
    ['POST', '/revisions/2.0.0/restore', {}],
    ['PATCH', '/revisions/2.0.0', { description: 'changed' }],
    ['DELETE', '/default', {}],
    ['DELETE', '/revisions/2.0.0', {}],
  ] as const)(
    '%s …%s refuses validate_onyl in the body and in the query, and nothing changes',
    async ([method, rest, body]) => {
      const path = await serviceWith('1.0.0', '2.0.0')
      const before = await get(`${path}/revisions?view=FULL`)
      const inBody = await send(method, `${path}${rest}`, { body: { ...body, validate_onyl: true } })
      const inQuery = await send(method, `${path}${rest}?validate_onyl=true`, { body })
      for (const answer of [inBody, inQuery]) {
        expect([answer.status, fieldsOf(answer)], answer.text).toEqual([400, ['validate_onyl']])
        expect(answer.body?.error).toMatch(/\bvalidate_only\b/)
      }
      expect(await get(`${path}/revisions?view=FULL`)).toEqual(before)
      expect((await get(`${path}/aliases`)).aliases ?? []).toEqual([])
    },
  )
})
