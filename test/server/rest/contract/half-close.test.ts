import { expect, test } from 'vitest'
import { exchange } from '../../../support/raw-http.ts'
import { contractServer } from './requests.ts'

const server = contractServer()
const halfClose = { halfClose: true, timeoutMs: 10_000 }

const request = (verb: string, path: string, body = '') =>
  `${verb} ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`

test.for(['/services/my-org/half-closed', '/services', '/', '/readyz', '/openapi.json'])(
  'GET %s is answered although the client has closed its sending side',
  async (path) => {
    await server.send('POST', '/services/my-org/half-closed', { body: { revision_tag: '1.0.0' } })
    const { status, text } = await exchange(server.url, request('GET', path), halfClose)
    expect([status, JSON.parse(text)]).toEqual([200, expect.anything()])
  },
)

test('a registration is stored and answered although the client has closed its sending side', async () => {
  const path = server.newService()
  for (const [body, status] of [
    ['{"revision_tag": "1.0.0"}', 201],
    ['{"revision_tag": "1.0.0"}', 200],
    ['{"revision_tag": "2.0.0", "description": "a"}', 201],
  ] as const) {
    const answer = await exchange(server.url, request('POST', path, body), halfClose)
    expect([answer.status, JSON.parse(answer.text)]).toEqual([status, expect.objectContaining(JSON.parse(body))])
  }
  expect(await server.get(path)).toMatchObject({ revision_tag: '2.0.0' })
})

test.for(['PUT', 'DELETE'])(
  '%s …/default is answered although the client has closed its sending side',
  async (verb) => {
    const path = await server.serviceWith('1.0.0')
    const body = verb === 'PUT' ? '{"revision_tag": "1.0.0"}' : ''
    expect(await exchange(server.url, request(verb, `${path}/default`, body), halfClose)).toMatchObject({ status: 200 })
  },
)

test('a Connect call is answered although the client has closed its sending side', async () => {
  const body = '{"namespace": "my-org", "name": "half-closed-connect", "revisionTag": "1.0.0"}'
  for (const method of ['Register', 'Get']) {
    const bytes = request('POST', `/waypost.v1.ServiceRegistry/${method}`, body)
    const { status, text } = await exchange(server.url, bytes, halfClose)
    expect([status, JSON.parse(text)]).toMatchObject([200, { revision: { revisionTag: '1.0.0' } }])
  }
})

test('a late answer is sent although the client has closed its sending side', async () => {
  const path = server.newService()
  const answers = Array.from({ length: 20 }, (_, index) =>
    exchange(server.url, request('POST', path, `{"revision_tag": "1.0.${index}"}`), halfClose),
  )
  const statuses = (await Promise.all(answers)).map(({ status }) => status)
  expect(statuses).toEqual(statuses.map(() => 201))
})

test.for(['application/connect+json', 'application/grpc-web+json'])(
  'a stream of %s that has begun ends if the client closes its sending side',
  async (type) => {
    const head = `POST /grpc.health.v1.Health/Watch HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\n`
    const bytes = `${head}Content-Length: 7\r\n\r\n\0\0\0\0\x02{}`
    const { status, text, closed } = await exchange(server.url, bytes, halfClose)
    expect({ status, closed }).toEqual({ status: 200, closed: true })
    expect(text).toContain('SERVING')
  },
)

test('a request that is cut off is not carried out', async () => {
  const path = server.newService()
  const whole = request('POST', path, '{"revision_tag": "1.0.0"}')
  await exchange(server.url, whole.slice(0, -1), halfClose)
  expect(await server.send('GET', path)).toMatchObject({ status: 404 })
})
