import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GuardedServer, startGuarded } from '../../support/guarded-server.ts'
import { exchange } from '../../support/raw-http.ts'
import { streamExchange } from '../../support/raw-http2.ts'

// A caller whose token is not valid does not get to send its body. None of these requests ends.

const REST = '/services/my-org/my-service'
const RPC = '/waypost.v1.ServiceRegistry/Register'
const BAD = 'Bearer not.a.token'

let server: GuardedServer

beforeAll(async () => {
  // The server waits for the rest of a refused body, but not for long.
  server = await startGuarded({ grants: [] }, { limits: { drainMs: 100 } })
})

afterAll(() => server.close())

describe('over HTTP/1.1', () => {
  test.for([
    ['REST', REST, 'application/json'],
    ['Connect', RPC, 'application/json'],
  ])('%s answers 401 with a challenge before the body comes', async ([, path, type]) => {
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: ${BAD}\r\nContent-Type: ${type}\r\n`
    const answer = await exchange(server.url, `${head}Content-Length: 100\r\n\r\n{`)
    expect(answer.status).toBe(401)
    expect(answer.head).toMatch(
      /^www-authenticate: Bearer realm="waypost", error="invalid_token", error_description=/im,
    )
    expect(answer.text).toContain('TOKEN_INVALID')
    expect(answer.text + answer.head).not.toContain('not.a.token')
  })
})

describe('over HTTP/2', () => {
  test.for([
    ['REST', REST, 'application/json'],
    ['Connect', RPC, 'application/proto'],
  ])('%s answers 401 with a challenge before the body comes', async ([, path, type]) => {
    const headers = { ':path': path, 'content-type': type, authorization: BAD }
    const answer = await streamExchange(server.url, headers, undefined)
    expect(answer).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringContaining('error="invalid_token"') },
      text: expect.stringContaining('TOKEN_INVALID'),
    })
  })

  test('gRPC answers UNAUTHENTICATED before the body comes', async () => {
    const headers = { ':path': RPC, 'content-type': 'application/grpc', te: 'trailers', authorization: BAD }
    const answer = await streamExchange(server.url, headers, undefined)
    expect(answer).toMatchObject({ status: 200, headers: { 'grpc-status': '16' } })
  })
})

test('a caller without a token gets a challenge that names no error, as RFC 6750 asks', async () => {
  const answer = await exchange(server.url, `GET ${REST} HTTP/1.1\r\nHost: a\r\n\r\n`)
  expect(answer.status).toBe(401)
  expect(answer.head).toMatch(/^www-authenticate: Bearer realm="waypost"\r$/im)
})
