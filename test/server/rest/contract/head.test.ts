import { connect, type IncomingHttpHeaders } from 'node:http2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSocket } from '../../../support/raw-http.ts'
import { contractServer } from './requests.ts'

const server = contractServer()
const SERVICE = '/services/my-org/my-service'

beforeAll(async () => {
  await server.send('POST', SERVICE, { body: { revision_tag: '1.0.0' } })
  await server.send('PUT', `${SERVICE}/aliases/beta`, { body: { revision_tag: '1.0.0' } })
})

/** Every path that GET answers, with its status, including errors. */
const paths = [
  ['/', 200],
  ['/version', 200],
  ['/livez', 200],
  ['/readyz', 200],
  ['/openapi.json', 200],
  ['/services', 200],
  ['/namespaces', 200],
  [SERVICE, 200],
  [`${SERVICE}?revision_tag=1.0.0&view=FULL`, 200],
  [`${SERVICE}/default`, 200],
  [`${SERVICE}/revisions`, 200],
  [`${SERVICE}/revisions/1.0.0`, 200],
  [`${SERVICE}/aliases`, 200],
  [`${SERVICE}/aliases/beta`, 200],
  [`${SERVICE}/policy/2.0.0`, 200],
  [`${SERVICE}?alias=missing`, 404],
  ['/services/my-org/missing', 404],
  ['/services/My-Org/my-service', 404],
  ['/nothing/here', 404],
  [`${SERVICE}?explian=true`, 400],
  [`${SERVICE}/revisions/1.0.0/yank`, 405],
] as const

const compared = ({ date, ...headers }: IncomingHttpHeaders) => headers

describe('HEAD', () => {
  test.for(paths)(
    'HEAD %s over HTTP/1.1 has the status (%i) and the headers of GET and no body',
    async ([path, status]) => {
      const get = await server.send('GET', path)
      const head = await server.send('HEAD', path)
      expect([get.status, head.status, head.text]).toEqual([status, status, ''])
      expect(compared(head.headers)).toEqual(compared(get.headers))
      expect(head.headers['content-length']).toBe(String(Buffer.byteLength(get.text)))
    },
  )

  describe('over HTTP/2', () => {
    let session: ReturnType<typeof connect>
    beforeAll(() => {
      session = connect(server.url)
    })
    afterAll(() => session.destroy())

    const ask = (method: string, path: string) =>
      new Promise<{ headers: IncomingHttpHeaders; bytes: number }>((resolve, reject) => {
        let headers: IncomingHttpHeaders = {}
        let bytes = 0
        const stream = session.request({ ':method': method, ':path': path })
        stream
          .on('response', (received) => {
            headers = received
          })
          .on('data', (chunk: Buffer) => {
            bytes += chunk.length
          })
          .on('end', () => resolve({ headers, bytes }))
          .on('error', reject)
      })

    test.for(paths)(
      'HEAD %s over HTTP/2 has the status (%i) and the headers of GET and no body',
      async ([path, status]) => {
        const get = await ask('GET', path)
        const head = await ask('HEAD', path)
        expect([get.headers[':status'], head.bytes]).toEqual([status, 0])
        expect(compared(head.headers)).toEqual(compared(get.headers))
        expect(head.headers['content-length']).toBe(String(get.bytes))
      },
    )
  })

  test('a request after HEAD on the same connection gets its own answer', async () => {
    const socket = openSocket(server.url)
    const request = (method: string, more = '') => `${method} ${SERVICE} HTTP/1.1\r\nHost: a\r\n${more}\r\n`
    socket.write(request('HEAD') + request('GET', 'Connection: close\r\n'))
    let received = ''
    for await (const chunk of socket) received += chunk
    const [first = '', second = ''] = received.split('\r\n\r\n')
    expect(first).toMatch(/^HTTP\/1\.1 200 .*content-length: \d/is)
    expect(second).toMatch(/^HTTP\/1\.1 200 /)
  })

  test('HEAD with the ETag of GET is answered with 304', async () => {
    const { headers } = await server.send('GET', SERVICE)
    const answer = await server.send('HEAD', SERVICE, { headers: { 'if-none-match': String(headers.etag) } })
    expect([answer.status, answer.headers.etag]).toEqual([304, headers.etag])
  })
})

describe('405', () => {
  test.for([
    [SERVICE, ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'], ['GET', 'HEAD', 'POST']],
    [`${SERVICE}/default`, ['POST', 'PATCH'], ['DELETE', 'GET', 'HEAD', 'PUT']],
    [`${SERVICE}/aliases`, ['POST', 'PUT', 'PATCH', 'DELETE'], ['GET', 'HEAD']],
    [`${SERVICE}/aliases/beta`, ['POST', 'PATCH'], ['DELETE', 'GET', 'HEAD', 'PUT']],
    [`${SERVICE}/revisions`, ['POST', 'PUT', 'DELETE'], ['GET', 'HEAD']],
    [`${SERVICE}/revisions/1.0.0`, ['POST', 'PUT'], ['DELETE', 'GET', 'HEAD', 'PATCH']],
    [`${SERVICE}/revisions/1.0.0/yank`, ['GET', 'HEAD', 'PUT', 'DELETE'], ['POST']],
    [`${SERVICE}/revisions/1.0.0/restore`, ['GET', 'HEAD', 'DELETE'], ['POST']],
    [`${SERVICE}/policy/1.0.0`, ['POST', 'DELETE'], ['GET', 'HEAD']],
    ['/services', ['POST', 'DELETE'], ['GET', 'HEAD']],
    ['/namespaces', ['POST'], ['GET', 'HEAD']],
    ['/', ['POST', 'DELETE'], ['GET', 'HEAD']],
    ['/version', ['POST', 'PUT'], ['GET', 'HEAD']],
  ] as const)('%s answers %j with 405, and Allow lists %j', async ([path, refused, allowed]) => {
    for (const method of refused) {
      const { status, headers, text } = await server.send(method, path)
      expect([status, headers.allow?.split(', ').sort()], method).toEqual([405, allowed])
      expect(text, method).toBe(method === 'HEAD' ? '' : '{"error":"Invalid request method."}')
    }
  })
})
