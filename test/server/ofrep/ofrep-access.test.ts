import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeToken } from '../../support/access-file.ts'
import { type GuardedServer, startGuarded } from '../../support/guarded-server.ts'
import { type HttpAnswer, sendJson } from '../../support/send-json.ts'

const FLAGS = '/ofrep/v1/evaluate/flags'
const owner = makeToken('owner')
const reader = makeToken('reader')
const mixed = makeToken('mixed')
const stranger = makeToken('stranger')
const limited = makeToken('limited')
const wrong = makeToken('wrong')

let server: GuardedServer
beforeAll(async () => {
  const grants = [
    { permissions: ['admin'], on: ['*'], to: { token: 'owner' } },
    { permissions: ['read'], on: ['my-org/open'], to: { token: 'reader' } },
    { permissions: ['read'], on: ['my-org/open'], to: { token: 'mixed' } },
    { permissions: ['read'], on: ['*'], to: { token: 'limited' } },
  ]
  const callerLimits = { rates: { read: 2 }, revisionsPerService: undefined, servicesPerNamespace: undefined }
  server = await startGuarded({ tokens: [owner, reader, mixed, stranger, limited], grants }, { callerLimits })
  for (const name of ['open', 'secret']) {
    const { status } = await sendJson(server.url, `/services/my-org/${name}`, {
      ...{ body: { revision_tag: '1.0.0' }, headers: owner.headers },
    })
    expect(status).toBe(201)
  }
})
afterAll(() => server.close())

interface Caller {
  readonly headers?: Readonly<Record<string, string>>
}

function evaluate(path: string, { headers }: Caller, context: object = {}): Promise<HttpAnswer> {
  return sendJson(server.url, `${FLAGS}${path}`, { body: { context }, headers })
}

test('a caller may evaluate the flags of the services that it may read, and no others', async () => {
  const { status, text } = await evaluate('/my-org/open', reader)
  expect([status, JSON.parse(text).value]).toEqual([200, '1.0.0'])
  const refused = await evaluate('/my-org/secret', reader)
  expect([refused.status, JSON.parse(refused.text)]).toEqual([
    403,
    { key: 'my-org/secret', errorCode: 'GENERAL', errorDetails: expect.stringContaining('"read"') },
  ])
})

test('in a bulk evaluation, a flag that the caller may not read does not keep the others from their values', async () => {
  const { status, text } = await evaluate('', mixed, { flags: ['my-org/secret', 'my-org/open'] })
  expect([status, JSON.parse(text).flags]).toEqual([
    200,
    [
      { key: 'my-org/secret', errorCode: 'GENERAL', errorDetails: expect.stringContaining('"read"') },
      expect.objectContaining({ key: 'my-org/open', value: '1.0.0' }),
    ],
  ])
})

test('a caller without a token, or with a wrong one, is told how to authenticate', async () => {
  for (const [caller, reason] of [
    [{}, 'TOKEN_MISSING'],
    [wrong, 'TOKEN_INVALID'],
  ] as const) {
    for (const path of ['/my-org/open', '']) {
      const { status, text, headers } = await evaluate(path, caller, { flags: ['my-org/open'] })
      expect([status, headers['waypost-reason'], JSON.parse(text).errorCode]).toEqual([401, reason, 'GENERAL'])
      expect(headers['www-authenticate']).toMatch(/^Bearer realm="waypost"/)
    }
  }
})

test('a caller who may read nothing is refused', async () => {
  const { status, text } = await evaluate('', stranger, { flags: ['my-org/open'] })
  expect([status, JSON.parse(text)]).toMatchObject([403, { errorCode: 'GENERAL' }])
})

test('a caller above its rate is told when to try again', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => evaluate('/my-org/open', limited)))
  const refused = answers.find(({ status }) => status === 429)
  expect(refused?.headers['retry-after']).toBe('1')
  expect(JSON.parse(refused?.text ?? '')).toMatchObject({ key: 'my-org/open', errorCode: 'GENERAL' })
})
