import { describe, expect, test } from 'vitest'
import { type Answer, contractServer, fieldsOf } from './requests.ts'

const { send, serviceWith, newService } = contractServer()

const NOT_FOUND = 'Service revision not found.'

describe('the three bodies with one key', () => {
  test.for(['{}', '', '{"revision_tag": ""}', '{"is_default": true}'])(
    'a registration with the body %j has no tag and gets the documented 400',
    async (body) => {
      const { status, text } = await send('POST', newService(), { body })
      const error = 'A revision tag must be included when registering a new service revision.'
      expect([status, text]).toEqual([400, JSON.stringify({ error })])
    },
  )

  test('a GET of a service that does not exist gets the documented 404, and a header contains the reason', async () => {
    const { status, text, headers } = await send('GET', newService())
    expect([status, text]).toEqual([404, JSON.stringify({ error: NOT_FOUND })])
    expect(headers['waypost-reason']).toBe('SERVICE_NOT_FOUND')
  })

  test.for([
    ['GET', '?revision_tag=1.0.0'],
    ['GET', '?alias=beta'],
    ['GET', '?version_range=%5E1'],
    ['GET', '/default'],
    ['GET', '/revisions/1.0.0'],
    ['GET', '/revisions'],
    ['GET', '/aliases'],
    ['GET', '/aliases/beta'],
    ['DELETE', '/default'],
    ['DELETE', '/aliases/beta'],
    ['POST', '/revisions/1.0.0/yank'],
    ['PATCH', '/revisions/1.0.0'],
  ] as const)(
    '%s …%s of a service that does not exist gets a body with one key, and a header contains the reason',
    async ([method, rest]) => {
      const { status, body = {}, headers } = await send(method, `${newService()}${rest}`)
      expect([status, Object.keys(body)]).toEqual([404, ['error']])
      expect(headers['waypost-reason']).toBe('SERVICE_NOT_FOUND')
    },
  )

  test('a method that a path does not have gets the documented 405', async () => {
    const { status, text } = await send('PUT', newService())
    expect([status, text]).toEqual([405, '{"error":"Invalid request method."}'])
  })
})

describe('the other bodies', () => {
  const expectReason = (answer: Answer, status: number, reason: string, ...fields: readonly string[]) => {
    expect([answer.status, answer.body?.reason, fieldsOf(answer)], answer.text).toEqual([status, reason, fields])
    expect(answer.body?.error).toEqual(expect.stringMatching(/./))
    expect(answer.headers['content-type']).toBe('application/json')
  }

  test('the error for a bad tag in a registration has the field, the value and the rule', async () => {
    const answer = await send('POST', newService(), { body: { revision_tag: '1.0+build' } })
    expectReason(answer, 400, 'INVALID_REVISION_TAG', 'revision_tag')
    expect(answer.body?.error).toContain('1.0+build')
    expect(answer.body?.fields).toEqual([{ field: 'revision_tag', description: expect.stringContaining('1.0+build') }])
  })

  test.for([
    ['/services/My-Org/my-service', 'INVALID_NAMESPACE', 'namespace'],
    ['/services/my-org/my_service', 'INVALID_NAME', 'name'],
  ] as const)('POST %s gets 400 with %s', async ([path, reason, field]) => {
    expectReason(await send('POST', path, { body: { revision_tag: '1.0.0' } }), 400, reason, field)
  })

  test('bad JSON gets 400 with INVALID_REQUEST', async () => {
    const answer = await send('POST', newService(), { body: '{"revision_tag":' })
    expectReason(answer, 400, 'INVALID_REQUEST')
  })

  test('a value of the wrong type gets 400 with INVALID_REQUEST and its field', async () => {
    const answer = await send('POST', newService(), { body: { revision_tag: '1.0.0', is_default: 'yes' } })
    expectReason(answer, 400, 'INVALID_REQUEST', 'is_default')
  })

  test('another registration of the same tag gets 409 with REVISION_ALREADY_EXISTS', async () => {
    const path = await serviceWith('1.0.0')
    const answer = await send('POST', path, { body: { revision_tag: '1.0.0', description: 'other' } })
    expectReason(answer, 409, 'REVISION_ALREADY_EXISTS')
  })

  test('a stale etag in a body gets 409 with ETAG_MISMATCH and its field', async () => {
    const path = await serviceWith('1.0.0')
    const body = { revision_tag: '1.0.0', etag: 'stale' }
    expectReason(await send('PUT', `${path}/default`, { body }), 409, 'ETAG_MISMATCH', 'etag')
  })

  test('a body that is too large gets 413 with REQUEST_TOO_LARGE', async () => {
    const body = { revision_tag: '1.0.0', description: 'a'.repeat(1024 * 1024) }
    expectReason(await send('POST', newService(), { body }), 413, 'REQUEST_TOO_LARGE')
  })

  test('a path that does not exist gets 404 with a reason', async () => {
    const { status, body } = await send('GET', '/nothing/here')
    expect([status, body?.reason]).toEqual([404, expect.stringMatching(/^[A-Z_]+$/)])
  })
})
