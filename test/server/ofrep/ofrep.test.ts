import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../../src/start-server.ts'
import { startInProcess } from '../../support/in-process.ts'
import { type HttpAnswer, type SendOptions, sendJson } from '../../support/send-json.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const FLAGS = '/ofrep/v1/evaluate/flags'
const KEY = 'my-org/my-service'
const PATH = `${FLAGS}/my-org%2Fmy-service`
const anybody = { context: {} }

let storage: Storage
let server: RunningServer
beforeAll(async () => {
  storage = await sqliteStorage()
  server = await startInProcess(storage, { basePath: '/registry', corsOrigins: ['*'] })
  await register('my-org/my-service', '1.2.9')
  await register('my-org/other', 'main', { is_default: false })
})
afterAll(async () => {
  await server.close()
  await storage.remove()
})

async function register(service: string, tag: string, fields: object = {}): Promise<void> {
  const body = { revision_tag: tag, ...fields }
  expect((await sendJson(server.url, `/registry/services/${service}`, { body })).status).toBe(201)
}

function evaluate(path: string, body: unknown, options: SendOptions = {}): Promise<HttpAnswer> {
  return sendJson(server.url, `/registry${path}`, { method: 'POST', body, ...options })
}

const evaluation = {
  key: KEY,
  value: '1.2.9',
  reason: 'STATIC',
  variant: '1.2.9',
  metadata: { namespace: 'my-org', name: 'my-service', is_default: true, generation: 1 },
}

describe('the evaluation of one flag', () => {
  test.for<readonly [why: string, path: string]>([
    ['has its slash percent-encoded', PATH],
    ['has its slash as it is, as most providers send it', `${FLAGS}/${KEY}`],
    ['comes after two slashes, because the URL of the provider ends with one', `/${FLAGS}/${KEY}`],
    ['comes before a query', `${PATH}?flagConfigEtag=1`],
  ])('a flag is evaluated if its key %s', async ([, path]) => {
    const { status, text, headers } = await evaluate(path, { context: { targetingKey: 'user-42', email: 'a@b' }, a: 1 })
    expect([status, JSON.parse(text)]).toEqual([200, evaluation])
    expect(headers).toMatchObject({ 'content-type': 'application/json' })
    expect(headers.etag).toBeUndefined()
  })

  test.for([{}, { targetingKey: '' }, { targetingKey: null }])(
    'a caller with the context %j has no targeting key, and gets the default',
    async (context) => {
      expect(JSON.parse((await evaluate(PATH, { context })).text)).toEqual(evaluation)
    },
  )

  test.for([
    [`${FLAGS}/my-org/none`, 'my-org/none', /^Service revision not found\./],
    [`${FLAGS}/my-org/other`, 'my-org/other', /has no default revision/],
    [`${FLAGS}/my-service`, 'my-service', /^the flag "my-service" does not exist; use the key namespace\/name/],
    [`${FLAGS}/my-org/my-service/1.2.9`, 'my-org/my-service/1.2.9', /does not exist/],
    [`${FLAGS}/My-Org%2Fmy-service`, 'My-Org/my-service', /does not exist/],
    [`${FLAGS}/`, '', /^the flag "" does not exist/],
  ] as const)('the flag of %s does not exist', async ([path, key, details]) => {
    const { status, text } = await evaluate(path, anybody)
    const errorDetails = expect.stringMatching(details)
    expect([status, JSON.parse(text)]).toEqual([404, { key, errorCode: 'FLAG_NOT_FOUND', errorDetails }])
  })

  test.for<readonly [body: unknown, code: string, details: string]>([
    [Buffer.from('{"context"'), 'PARSE_ERROR', 'the body is not valid JSON'],
    [Buffer.from(''), 'PARSE_ERROR', 'the body is not valid JSON'],
    [[], 'PARSE_ERROR', 'the body is []; send a JSON object.'],
    [{}, 'INVALID_CONTEXT', 'context is missing; send a JSON object, such as {"targetingKey": "user-42"}.'],
    [{ context: 'a' }, 'INVALID_CONTEXT', 'context is "a"; send a JSON object, such as'],
    [{ context: { targetingKey: 42 } }, 'INVALID_CONTEXT', 'context.targetingKey is 42; use a text.'],
    [
      { context: { targetingKey: 'a'.repeat(257) } },
      'INVALID_CONTEXT',
      'context.targetingKey has 257 characters; use at most 256.',
    ],
    [
      { context: { targetingKey: 'a\nb' } },
      'INVALID_CONTEXT',
      'context.targetingKey has U+000A as its character 2; use well-formed Unicode text',
    ],
  ])('the body %j is refused', async ([body, errorCode, details]) => {
    const { status, text } = await evaluate(PATH, body)
    const errorDetails = expect.stringContaining(details)
    expect([status, JSON.parse(text)]).toEqual([400, { key: KEY, errorCode, errorDetails }])
  })

  test('a key with broken percent-encoding is refused', async () => {
    const { status, text } = await evaluate(`${FLAGS}/my-org%2`, anybody)
    const errorDetails = 'key "my-org%2" has broken percent-encoding in the path; write a percent sign as %25.'
    expect([status, JSON.parse(text)]).toEqual([400, { key: 'my-org%2', errorCode: 'PARSE_ERROR', errorDetails }])
  })

  test('a body that is too large is refused with the flag that it was for', async () => {
    const { status, text } = await evaluate(PATH, { context: { a: 'a'.repeat(2_000_000) } })
    expect([status, JSON.parse(text)]).toMatchObject([413, { key: KEY, errorCode: 'GENERAL' }])
  })
})

describe('a bulk evaluation', () => {
  const flagsOf = ({ text }: HttpAnswer) => JSON.parse(text).flags
  const keys = (count: number) => Array.from({ length: count }, (_, index) => `my-org/service-${index}`)

  test('the flags that the context names are evaluated, each once and in their order', async () => {
    const flags = ['my-org/none', KEY, 'nothing', KEY]
    const { status, text } = await evaluate(FLAGS, { context: { targetingKey: 'user-42', flags } })
    expect([status, JSON.parse(text)]).toEqual([
      200,
      {
        flags: [
          { key: 'my-org/none', errorCode: 'FLAG_NOT_FOUND', errorDetails: expect.stringMatching(/^Service revision/) },
          evaluation,
          { key: 'nothing', errorCode: 'FLAG_NOT_FOUND', errorDetails: expect.stringMatching(/^the flag "nothing"/) },
        ],
      },
    ])
  })

  test('100 flags are evaluated, and 101 are refused', async () => {
    expect(flagsOf(await evaluate(FLAGS, { context: { flags: keys(100) } }))).toHaveLength(100)
    const { status, text } = await evaluate(FLAGS, { context: { flags: keys(101) } })
    const errorDetails = 'context.flags has 101 flags; use at most 100.'
    expect([status, JSON.parse(text)]).toEqual([400, { errorCode: 'INVALID_CONTEXT', errorDetails }])
  })

  test.for<readonly [body: unknown, code: string, details: string]>([
    [{}, 'INVALID_CONTEXT', 'context is missing'],
    [anybody, 'INVALID_CONTEXT', 'context.flags is missing; list 1 to 100 flags, such as ["my-org/my-service"].'],
    [{ context: { flags: [] } }, 'INVALID_CONTEXT', 'context.flags is []; list 1 to 100 flags'],
    [{ context: { flags: KEY } }, 'INVALID_CONTEXT', 'context.flags is "my-org/my-service"; list 1 to 100 flags'],
    [{ context: { flags: [KEY, 1] } }, 'INVALID_CONTEXT', 'context.flags[1] is 1; use the key of a flag.'],
    [{ context: { flags: [KEY], targetingKey: 1 } }, 'INVALID_CONTEXT', 'context.targetingKey is 1; use a text.'],
    ['{', 'PARSE_ERROR', 'the body is "{"; send a JSON object.'],
  ])('the body %j is refused', async ([body, errorCode, details]) => {
    const { status, text } = await evaluate(FLAGS, body)
    const errorDetails = expect.stringContaining(details)
    expect([status, JSON.parse(text)]).toEqual([400, { errorCode, errorDetails }])
  })

  test('a client that has the answer gets 304, until a flag has another value', async () => {
    await register('my-org/changing', '1.0.0')
    const body = { context: { flags: ['my-org/changing', KEY] } }
    const first = await evaluate(FLAGS, body)
    const { etag = '' } = first.headers
    const again = () => evaluate(FLAGS, body, { headers: { 'if-none-match': etag } })
    const { status, text, headers } = await again()
    expect([status, text, headers.etag]).toEqual([304, '', etag])
    await register('my-org/changing', '1.0.1')
    const changed = await again()
    expect([changed.status, flagsOf(changed)[0].value]).toEqual([200, '1.0.1'])
    expect(changed.headers.etag).not.toBe(etag)
  })
})

test('a web page of a foreign origin may evaluate flags, because that changes nothing', async () => {
  const headers = { origin: 'https://app.example.com' }
  expect((await evaluate(PATH, anybody, { headers })).status).toBe(200)
  expect((await evaluate(FLAGS, { context: { flags: [KEY] } }, { headers })).status).toBe(200)
})

test.for([PATH, FLAGS])('%s allows POST only', async (path) => {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const { status, text, headers } = await sendJson(server.url, `/registry${path}`, { method })
    expect([status, text, headers.allow]).toEqual([405, '{"error":"Invalid request method."}', 'POST'])
  }
})

test('other paths of OFREP, and its paths without the base path, do not exist', async () => {
  for (const path of ['/registry/ofrep/v1/configuration', '/registry/ofrep/v1/evaluate', PATH]) {
    expect((await sendJson(server.url, path, { body: anybody })).status).toBe(404)
  }
})
