import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { exchange } from '../../../support/raw-http.ts'
import { contractServer } from './requests.ts'

const server = contractServer()
const { send, get, serviceWith, newService } = server

const contentTypes = [
  ['no content type', undefined],
  ['the form of curl -d', 'application/x-www-form-urlencoded'],
  ['plain text', 'text/plain;charset=UTF-8'],
  ['JSON', 'application/json'],
  ['JSON with a charset', 'Application/JSON; charset=utf-8'],
  ['a form with files', 'multipart/form-data; boundary=x'],
  ['bytes', 'application/octet-stream'],
  ['XML', 'application/xml'],
  ['protobuf', 'application/x-protobuf'],
  ['nothing that is a type', ';;;'],
  ['an empty one', ''],
] as const

const headersOf = (contentType: string | undefined) =>
  contentType === undefined ? {} : { 'content-type': contentType }

describe.for(contentTypes)('a body with %s', ([, contentType]) => {
  const headers = headersOf(contentType)

  test('every method reads a body with this content type as JSON', async () => {
    const path = newService()
    const registration = { revision_tag: '1.0.0', labels: { tier: 'web' } }
    expect(await send('POST', path, { body: registration, headers })).toMatchObject({ status: 201, body: registration })
    const body = { description: 'Größe' }
    expect(await send('PATCH', `${path}/revisions/1.0.0`, { body, headers })).toMatchObject({ status: 200, body })
    const alias = { follows: '^1' }
    expect(await send('PUT', `${path}/aliases/beta`, { body: alias, headers })).toMatchObject({
      status: 200,
      body: alias,
    })
    const validate = { body: { validate_only: true }, headers }
    expect(await send('DELETE', `${path}/default`, validate)).toMatchObject({ status: 200 })
    expect(await get(path)).toMatchObject({ revision_tag: '1.0.0' })
  })

  test('a body with this content type that is not JSON is refused, and nothing is registered', async () => {
    const path = newService()
    for (const body of ['{"revision_tag": "1.0.0"', 'revision_tag=1.0.0', '[]', '"1.0.0"', 'null0']) {
      const answer = await send('POST', path, { body, headers })
      expect([answer.status, answer.body?.reason], body).toEqual([400, 'INVALID_REQUEST'])
    }
    expect(await send('GET', path)).toMatchObject({ status: 404 })
  })

  test('an empty body with this content type is a registration without a tag', async () => {
    const error = 'A revision tag must be included when registering a new service revision.'
    expect(await send('POST', newService(), { body: '', headers })).toMatchObject({ status: 400, body: { error } })
  })
})

test('a request in exactly the form in which curl -d sends it is answered', async () => {
  const path = newService()
  const json = '{"revision_tag": "1.0.0", "is_default": false}'
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: localhost:8080',
    'User-Agent: curl/8.5.0',
    'Accept: */*',
    `Content-Length: ${json.length}`,
    'Content-Type: application/x-www-form-urlencoded',
  ]
  const { status, text } = await exchange(server.url, `${lines.join('\r\n')}\r\n\r\n${json}`)
  expect([status, JSON.parse(text)]).toMatchObject([201, { revision_tag: '1.0.0', is_default: false }])
})

describe('a body with a content encoding', () => {
  const json = '{"revision_tag": "1.0.0"}'

  test.for([
    ['gzip', gzipSync(json)],
    ['identity', Buffer.from(json)],
  ] as const)('a body with the content encoding %s is read', async ([encoding, body]) => {
    const headers = { 'content-encoding': encoding, 'content-type': 'text/plain' }
    expect(await send('POST', newService(), { body, headers })).toMatchObject({ status: 201 })
  })

  test.for([
    ['br', brotliCompressSync(json)],
    ['zstd', Buffer.from(json)],
    ['nothing', Buffer.from(json)],
  ] as const)(
    'a body with the content encoding %s is refused with 415, and nothing is registered',
    async ([encoding, body]) => {
      const path = newService()
      const answer = await send('POST', path, { body, headers: { 'content-encoding': encoding } })
      expect([answer.status, answer.body?.reason], answer.text).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
      expect(await send('GET', path)).toMatchObject({ status: 404 })
    },
  )

  test('a DELETE body with an unknown content encoding is refused with 415, and nothing is deleted', async () => {
    const path = await serviceWith('1.0.0')
    const options = { body: brotliCompressSync('{"validate_only": true}'), headers: { 'content-encoding': 'br' } }
    expect(await send('DELETE', `${path}/default`, options)).toMatchObject({ status: 415 })
    expect(await get(path)).toMatchObject({ revision_tag: '1.0.0' })
  })

  test('a body that claims to be gzip and is not is refused with 400', async () => {
    const headers = { 'content-encoding': 'gzip' }
    expect(await send('POST', newService(), { body: json, headers })).toMatchObject({ status: 400 })
  })
})
