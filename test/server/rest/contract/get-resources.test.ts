import { beforeAll, describe, expect, test } from 'vitest'
import { contractServer, fieldsOf } from './requests.ts'

const server = contractServer()
const { send, get } = server
const SERVICE = '/services/my-org/my-service'

beforeAll(async () => {
  await send('POST', SERVICE, { body: { revision_tag: '1.0.0', labels: { tier: 'web' } } })
  await send('POST', SERVICE, { body: { revision_tag: '2.0.0-beta', is_default: false, labels: { tier: 'api' } } })
  await send('PUT', `${SERVICE}/aliases/beta`, { body: { revision_tag: '2.0.0-beta' } })
  await send('PUT', `${SERVICE}/aliases/stable`, { body: { follows: '^1' } })
  await send('POST', '/services/my-org/without-default', { body: { revision_tag: '1.0.0', is_default: false } })
})

describe('GET …/default', () => {
  test.for(['', '?view=FULL', '?explain=true', '?label_selector=tier%3Dweb', '?view=FULL&explain=true'])(
    'GET …/default%s answers the same bytes as GET of the service',
    async (query) => {
      const short = await send('GET', `${SERVICE}${query}`)
      const long = await send('GET', `${SERVICE}/default${query}`)
      expect([long.status, long.text, long.headers.etag]).toEqual([200, short.text, short.headers.etag])
      expect(long.body).toMatchObject({ revision_tag: '1.0.0', is_default: true })
    },
  )

  test('GET …/default answers the full view and an explanation', async () => {
    const body = await get(`${SERVICE}/default?view=FULL&explain=true`)
    expect(body).toMatchObject({ state: 'ACTIVE', explanation: { rule: 'DEFAULT_BY_POLICY' } })
    expect(body).toHaveProperty('service_etag')
  })

  test('GET …/default is not found if the default does not match the label selector', async () => {
    const answer = await send('GET', `${SERVICE}/default?label_selector=tier%3Dapi`)
    expect([answer.status, answer.body?.reason]).toEqual([404, 'REVISION_NOT_FOUND'])
  })

  test.for(['revision_tag=1.0.0', 'revision_tag=2.0.0-beta', 'version_range=*', 'alias=beta'])(
    'GET …/default refuses the selector %s, because it could choose another revision',
    async (query) => {
      const answer = await send('GET', `${SERVICE}/default?${query}`)
      expect([answer.status, fieldsOf(answer)], answer.text).toEqual([400, [query.split('=')[0]]])
    },
  )

  test('GET …/default of a service without a default is 404 with NO_DEFAULT', async () => {
    const answer = await send('GET', '/services/my-org/without-default/default')
    expect([answer.status, answer.body?.reason, answer.body?.metadata]).toEqual([
      404,
      'NO_DEFAULT',
      { service_exists: true },
    ])
  })
})

describe('GET …/revisions/{tag}', () => {
  test.for(['', 'view=FULL', 'explain=true', 'label_selector=tier%3Dapi', 'view=FULL&explain=true'])(
    'GET …/revisions/{tag}?%s answers the same bytes as GET of the service with that tag',
    async (query) => {
      const long = await send('GET', `${SERVICE}?revision_tag=2.0.0-beta&${query}`)
      const short = await send('GET', `${SERVICE}/revisions/2.0.0-beta?${query}`)
      expect([short.status, short.text, short.headers.etag]).toEqual([200, long.text, long.headers.etag])
      expect(short.body).toMatchObject({ revision_tag: '2.0.0-beta', is_default: false })
    },
  )

  test('GET …/revisions/{tag} answers the full view and an explanation', async () => {
    const body = await get(`${SERVICE}/revisions/1.0.0?view=FULL&explain=true`)
    expect(body).toMatchObject({ state: 'ACTIVE', explanation: { rule: 'REVISION_TAG' } })
    expect(body).toHaveProperty('etag')
  })

  test('GET …/revisions/{tag} is 404 if the revision does not match the label selector', async () => {
    const answer = await send('GET', `${SERVICE}/revisions/1.0.0?label_selector=tier%3Dapi`)
    expect([answer.status, answer.body?.reason]).toEqual([404, 'REVISION_NOT_FOUND'])
  })

  test('GET …/revisions/{tag} answers a yanked revision', async () => {
    await send('POST', SERVICE, { body: { revision_tag: '0.5.0', is_default: false } })
    await send('POST', `${SERVICE}/revisions/0.5.0/yank`, { body: { reason: 'loses data' } })
    expect(await get(`${SERVICE}/revisions/0.5.0`)).toMatchObject({ state: 'YANKED', yank: { reason: 'loses data' } })
  })

  test.for(['version_range=*', 'alias=beta'])('GET …/revisions/{tag} refuses the selector %s', async (query) => {
    expect(await send('GET', `${SERVICE}/revisions/1.0.0?${query}`)).toMatchObject({ status: 400 })
  })
})

describe('GET …/aliases/{alias}', () => {
  test.for([
    ['beta', { alias: 'beta', revision_tag: '2.0.0-beta' }],
    ['stable', { alias: 'stable', revision_tag: '1.0.0', follows: '^1' }],
  ] as const)('GET …/aliases/%s answers the alias as the list contains it', async ([alias, expected]) => {
    const body = await get(`${SERVICE}/aliases/${alias}`)
    const { aliases } = (await get(`${SERVICE}/aliases`)) as { aliases: { alias: string }[] }
    expect(body).toEqual(aliases.find((each) => each.alias === alias))
    expect(body).toEqual({ ...expected, etag: expect.stringMatching(/./) })
  })

  test('GET …/aliases/{alias} answers the same alias as PUT did, without the effect of the change', async () => {
    const put = await send('PUT', `${SERVICE}/aliases/production`, { body: { revision_tag: '1.0.0' } })
    const alias = await get(`${SERVICE}/aliases/production`)
    expect({ ...alias, effect: put.body?.effect }).toEqual(put.body)
    expect(alias).not.toHaveProperty('effect')
  })

  test('GET …/aliases/{alias} is 404 with ALIAS_NOT_FOUND after the alias is deleted', async () => {
    await send('PUT', `${SERVICE}/aliases/short-lived`, { body: { revision_tag: '1.0.0' } })
    await send('DELETE', `${SERVICE}/aliases/short-lived`)
    const answer = await send('GET', `${SERVICE}/aliases/short-lived`)
    expect([answer.status, answer.body?.reason, answer.body?.metadata]).toEqual([
      404,
      'ALIAS_NOT_FOUND',
      { service_exists: true },
    ])
  })
})
