import { describe, expect, test } from 'vitest'
import { exchange, openSocket } from '../../../support/raw-http.ts'
import { streamExchange } from '../../../support/raw-http2.ts'
import { contractServer } from './requests.ts'

const server = contractServer()
const RPC = '/waypost.v1.ServiceRegistry/Register'
const ORIGIN = 'https://evil.example.com'

// The body is announced and never sent. A server that waits for it does not answer within its own limit of 8 seconds.
const TIMEOUT_MS = 5000

describe('a foreign page', () => {
  test.for([
    ['POST', '/services/my-org/my-service', 'application/json'],
    ['PUT', '/services/my-org/my-service/default', 'application/json'],
    ['PATCH', '/services/my-org/my-service/revisions/1.0.0', 'text/plain'],
    ['DELETE', '/services/my-org/my-service/default', 'text/plain'],
    ['POST', RPC, 'application/json'],
    ['POST', RPC, 'application/proto'],
  ] as const)(
    '%s %s with %s over HTTP/1.1 from a foreign page is refused before the body is read',
    async ([verb, path, contentType]) => {
      for (const length of ['Content-Length: 100', 'Transfer-Encoding: chunked']) {
        const head = `${verb} ${path} HTTP/1.1\r\nHost: a\r\nOrigin: ${ORIGIN}\r\nContent-Type: ${contentType}\r\n${length}\r\n\r\n`
        const { status, text } = await exchange(server.url, head, { timeoutMs: TIMEOUT_MS })
        expect([length, status]).toEqual([length, 403])
        expect(text).toMatch(path === RPC ? /permission_denied/ : /"reason":"ORIGIN_NOT_ALLOWED"/)
      }
    },
  )

  test('a foreign page that waits for 100 Continue gets its 403 without sending the body', async () => {
    const lines = ['POST /services/my-org/my-service HTTP/1.1', 'Host: a', `Origin: ${ORIGIN}`]
    const socket = openSocket(server.url).setTimeout(TIMEOUT_MS, () => socket.destroy())
    socket.write([...lines, 'Content-Length: 100', 'Expect: 100-continue', '', ''].join('\r\n'))
    let received = ''
    for await (const chunk of socket) {
      received += chunk
      if (received.includes('ORIGIN_NOT_ALLOWED')) break
    }
    expect(received).toMatch(/^HTTP\/1\.1 403 /m)
  })

  test('a gRPC-Web call from a foreign page is refused before the body is read', async () => {
    const head = `POST ${RPC} HTTP/1.1\r\nHost: a\r\nOrigin: ${ORIGIN}\r\nContent-Type: application/grpc-web+proto\r\nContent-Length: 100\r\n\r\n`
    const { status, head: headers, text } = await exchange(server.url, head, { timeoutMs: TIMEOUT_MS })
    expect(status).toBe(200)
    expect(`${headers}${text}`).toMatch(/grpc-status: ?7/i)
  })

  test('a gRPC call from a foreign page is refused before the body is read', async () => {
    const headers = { ':path': RPC, 'content-type': 'application/grpc+proto', te: 'trailers', origin: ORIGIN }
    const answer = await streamExchange(server.url, headers, undefined, TIMEOUT_MS)
    expect(answer.status).toBe(200)
    expect({ ...answer.headers, ...answer.trailers }).toMatchObject({ 'grpc-status': '7' })
  })

  test('a REST call over HTTP/2 from a foreign page is refused before the body is read', async () => {
    const headers = { ':path': '/services/my-org/my-service', 'content-type': 'application/json', origin: ORIGIN }
    expect(await streamExchange(server.url, headers, undefined, TIMEOUT_MS)).toMatchObject({ status: 403 })
  })

  test('a foreign page that sends its body anyway can read the answer', async () => {
    const body = JSON.stringify({ revision_tag: '1.0.0', description: 'a'.repeat(500_000) })
    const head = `POST /services/my-org/my-service HTTP/1.1\r\nHost: a\r\nOrigin: ${ORIGIN}\r\nContent-Length: ${body.length}\r\n\r\n`
    const answer = await exchange(server.url, [Buffer.from(head), Buffer.from(body)], { timeoutMs: TIMEOUT_MS })
    expect(answer).toMatchObject({ status: 403 })
    expect(await server.send('GET', '/services/my-org/my-service')).toMatchObject({ status: 404 })
  })
})
