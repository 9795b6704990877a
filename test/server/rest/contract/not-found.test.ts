import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, ApiError, everyApi, type Fields, type Method } from '../../../support/api.ts'
import { type ContractServer, contractServer, fieldsOf, fourProtocols } from './requests.ts'

const server: ContractServer = contractServer()

const SENTENCE = 'Service revision not found'

beforeAll(async () => {
  await server.send('POST', '/services/my-org/my-service', { body: { revision_tag: '1.0.0' } })
  await server.send('POST', '/services/my-org/without-default', { body: { revision_tag: '1.0.0', is_default: false } })
})

describe.for(Object.entries(fourProtocols))('errors about missing things over %s', ([, open]) => {
  let api: Api
  beforeAll(() => {
    api = open(server.url)
  })
  afterAll(() => api.close())

  const refusalOf = async (method: Method, request: Fields): Promise<ApiError> => {
    const error = await api.call(method, { namespace: 'my-org', name: 'my-service', ...request }).catch((e) => e)
    if (!(error instanceof ApiError)) throw new Error(`it was answered ${JSON.stringify(error)}`)
    if (api.protocol === 'REST') expect(error.status).toBe(404)
    else expect(error.code).toBe('not_found')
    return error
  }
  const serviceExists = (exists: boolean) => ({ service_exists: api.protocol === 'REST' ? exists : String(exists) })

  test.for<[Method, Fields, string]>([
    ['get', {}, 'default revision'],
    ['get', { revision_tag: '1.0.0' }, 'tag'],
    ['get', { version_range: '^1' }, 'range'],
    ['get', { alias: 'beta' }, 'alias'],
    ['listRevisions', {}, 'list of revisions'],
    ['listAliases', {}, 'list of aliases'],
    ['getAlias', { alias: 'beta' }, 'alias by its own method'],
    ['clearDefault', {}, 'default to clear'],
    ['yank', { revision_tag: '1.0.0' }, 'revision to yank'],
  ])('%s of a service that does not exist has the reason SERVICE_NOT_FOUND: %o (%s)', async ([method, request]) => {
    const error = await refusalOf(method, { ...request, name: 'missing' })
    expect(error.reason).toBe('SERVICE_NOT_FOUND')
    // The body over REST has one key.
    expect(error.metadata).toMatchObject(api.protocol === 'REST' ? {} : serviceExists(false))
  })

  test.for<[Method, Fields, string]>([
    ['get', { revision_tag: '9.9.9' }, 'REVISION_NOT_FOUND'],
    ['get', { version_range: '^9' }, 'REVISION_NOT_FOUND'],
    ['get', { label_selector: 'tier=web' }, 'REVISION_NOT_FOUND'],
    ['unyank', { revision_tag: '9.9.9' }, 'REVISION_NOT_FOUND'],
    ['get', { alias: 'beta' }, 'ALIAS_NOT_FOUND'],
    ['getAlias', { alias: 'beta' }, 'ALIAS_NOT_FOUND'],
    ['deleteAlias', { alias: 'beta' }, 'ALIAS_NOT_FOUND'],
  ])(
    '%s of %o in an existing service has the reason %s, and the message contains the value',
    async ([method, request, reason]) => {
      const error = await refusalOf(method, request)
      expect([error.reason, error.metadata]).toEqual([reason, serviceExists(true)])
      const [value = ''] = Object.values(request)
      expect(error.message).toContain(value)
    },
  )

  test('a service without a default has the reason NO_DEFAULT, and the message explains how to set one', async () => {
    const error = await refusalOf('get', { name: 'without-default' })
    expect([error.reason, error.metadata]).toEqual(['NO_DEFAULT', serviceExists(true)])
    expect(error.message).toMatch(/no default.*make one of its revisions the default/)
  })
})

test.for([
  '/services/my-org/my-service?revision_tag=9.9.9',
  '/services/my-org/my-service/aliases/beta',
  '/services/my-org/without-default',
  '/services/My-Org/my-service',
  '/services/my-org/my-service?revision_tag=1.0%2Bbuild',
])('the error for GET %s begins with the whole sentence of the documented 404', async (path) => {
  const { body } = await server.send('GET', path)
  expect(body?.error).toMatch(/^Service revision not found\. ./)
})

describe('a GET of an impossible name or tag', () => {
  test.for([
    ['/services/My-Org/my-service', 'namespace'],
    ['/services/my-org/my_service', 'name'],
    ['/services/my-org/my_service?revision_tag=1.0.0', 'name'],
    ['/services/my-org/my_service/default', 'name'],
    ['/services/My-Org/my-service/revisions/1.0.0', 'namespace'],
    ['/services/My-Org/my-service/revisions', 'namespace'],
    ['/services/my-org/my_service/aliases', 'name'],
    ['/services/my-org/my_service/aliases/beta', 'name'],
    [`/services/${'a'.repeat(129)}/my-service`, 'namespace'],
    ['/services/my%252Dorg/my-service', 'namespace'],
  ] as const)('GET %s is 404, because no service can have that %s', async ([path, field]) => {
    const answer = await server.send('GET', path)
    expect([answer.status, answer.body?.reason, fieldsOf(answer)], answer.text).toEqual([
      404,
      'SERVICE_NOT_FOUND',
      [field],
    ])
    expect(answer.body?.metadata).toEqual({ service_exists: false })
    expect(answer.body?.error).toMatch(new RegExp(`^${SENTENCE}.*${field}`))
  })

  test.for(['?revision_tag=1.0%2Bbuild', '/revisions/1.0%2Bbuild', `/revisions/${'a'.repeat(129)}`])(
    'GET …%s is 404, because no revision can have that tag',
    async (rest) => {
      const answer = await server.send('GET', `/services/my-org/my-service${rest}`)
      expect([answer.status, answer.body?.reason, fieldsOf(answer)], answer.text).toEqual([
        404,
        'REVISION_NOT_FOUND',
        ['revision_tag'],
      ])
      expect(answer.body?.error).toMatch(new RegExp(`^${SENTENCE}.*revision_tag`))
    },
  )

  test('HEAD of an impossible name or tag is 404', async () => {
    expect(await server.send('HEAD', '/services/My-Org/my-service')).toMatchObject({ status: 404, text: '' })
  })

  test('GET with a bad version range is 400, because a range is not a name', async () => {
    const answer = await server.send('GET', '/services/my-org/my-service?version_range=%5E%5E')
    expect([answer.status, answer.body?.reason]).toEqual([400, 'INVALID_VERSION_RANGE'])
  })

  test.for([
    ['PUT', '/services/My-Org/my-service/default', { revision_tag: '1.0.0' }, 'INVALID_NAMESPACE'],
    ['PUT', '/services/my-org/my-service/default', { revision_tag: '1.0+x' }, 'INVALID_REVISION_TAG'],
    ['DELETE', '/services/my-org/my_service/default', undefined, 'INVALID_NAME'],
    ['POST', '/services/my-org/my-service/revisions/1.0%2Bx/yank', {}, 'INVALID_REVISION_TAG'],
  ] as const)('%s %s with an impossible name or tag is 400', async ([method, path, body, reason]) => {
    const answer = await server.send(method, path, { body })
    expect([answer.status, answer.body?.reason], answer.text).toEqual([400, reason])
  })

  test.for(Object.entries(everyApi).filter(([name]) => name !== 'REST'))(
    'an RPC over %s with an impossible name or tag is an INVALID_ARGUMENT error',
    async ([, open]) => {
      const api = open(server.url)
      const service = { namespace: 'my-org', name: 'my-service' }
      for (const [field, value, reason] of [
        ['namespace', 'My-Org', 'INVALID_NAMESPACE'],
        ['name', 'my_service', 'INVALID_NAME'],
        ['revision_tag', '1.0+x', 'INVALID_REVISION_TAG'],
      ] as const) {
        const error = await api.call('get', { ...service, [field]: value }).catch((e) => e)
        expect(error).toMatchObject({ code: 'invalid_argument', reason, fields: [field] })
      }
      api.close()
    },
  )
})
