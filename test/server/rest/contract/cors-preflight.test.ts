import { describe, expect, test } from 'vitest'
import { contractServer } from './requests.ts'

const APP = 'https://app.example.com'
const EVIL = 'https://evil.example.com'
const named = contractServer({ corsOrigins: [APP] })
const open = contractServer({ corsOrigins: ['*'] })
const closed = contractServer()

const SERVICE = '/services/my-org/my-service'
const listOf = (header: unknown) => String(header).toLowerCase().split(/, */)
const preflight = (origin: string, method: string) => ({
  origin,
  'access-control-request-method': method,
  'access-control-request-headers': 'content-type,if-match',
})

describe('a preflight', () => {
  test.for([SERVICE, `${SERVICE}/default`, `${SERVICE}/revisions/1.0.0`])(
    'a preflight for %s allows every method of REST and the headers of conditional requests',
    async (path) => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const { status, headers } = await named.send('OPTIONS', path, { headers: preflight(APP, method) })
        expect([status, headers['access-control-allow-origin']]).toEqual([204, APP])
        const methods = listOf(headers['access-control-allow-methods'])
        expect(methods).toEqual(expect.arrayContaining(['get', 'post', 'put', 'patch', 'delete']))
        const allowed = listOf(headers['access-control-allow-headers'])
        expect(allowed).toEqual(expect.arrayContaining(['content-type', 'if-match', 'if-none-match']))
      }
    },
  )

  test('a preflight of a foreign page allows nothing if the server names other origins or none', async () => {
    for (const server of [named, closed]) {
      const { headers } = await server.send('OPTIONS', SERVICE, { headers: preflight(EVIL, 'PUT') })
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    }
  })
})

describe('an answer to a page', () => {
  test('a page can read the headers ETag and Waypost-Reason of an answer', async () => {
    for (const [server, origin] of [
      [named, APP],
      [open, EVIL],
    ] as const) {
      const { headers } = await server.send('GET', SERVICE, { headers: { origin } })
      const exposed = listOf(headers['access-control-expose-headers'])
      expect(exposed).toEqual(expect.arrayContaining(['etag', 'waypost-reason']))
      expect(headers['waypost-reason']).toBe('SERVICE_NOT_FOUND')
    }
  })

  test('a page can read why it is refused if the server lets every origin read', async () => {
    const options = { body: { revision_tag: '1.0.0' }, headers: { origin: EVIL } }
    const { status, headers } = await open.send('POST', SERVICE, options)
    expect([status, headers['access-control-allow-origin']]).toEqual([403, '*'])
  })

  test('an allowed page can change something and read the answer, the 412 and the 304', async () => {
    const headers = { origin: APP }
    const created = await named.send('POST', SERVICE, { body: { revision_tag: '1.0.0' }, headers })
    expect([created.status, created.headers['access-control-allow-origin']]).toEqual([201, APP])
    const stale = { body: { revision_tag: '1.0.0' }, headers: { ...headers, 'if-match': '"stale"' } }
    const failed = await named.send('PUT', `${SERVICE}/default`, stale)
    expect([failed.status, failed.headers['access-control-allow-origin']]).toEqual([412, APP])
    const known = await named.send('GET', SERVICE, { headers: { ...headers, 'if-none-match': '*' } })
    expect([known.status, known.headers['access-control-allow-origin']]).toEqual([304, APP])
    expect(listOf(known.headers['access-control-expose-headers'])).toContain('etag')
  })
})
