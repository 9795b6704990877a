import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readConnectAnswer, readRestAnswer } from '../../support/api.ts'
import {
  attackedServer,
  expectAllRefused,
  expectErrorBody,
  expectReadRefused,
  expectRefused,
  expectRestError,
  messageOf,
} from '../../support/hostile.ts'
import { exchange } from '../../support/raw-http.ts'
import { envelope, streamExchange } from '../../support/raw-http2.ts'
import { sendJson } from '../../support/send-json.ts'
import { sqliteStorage } from '../../support/storage.ts'

const SERVICE = { namespace: 'my-org', name: 'victim' } as const
const PATH = '/services/my-org/victim'
const RPC = '/waypost.v1.ServiceRegistry'
const TAG = '1.0.0'

// One bad name stands for the rule itself, whose table is in test/domain. A path or a header could change the others on
// their way to the server.
const badNames = [
  ['capitals', 'My-Org'],
  ['a%2Fb in the path, which is decoded to a slash within one segment', 'a/b'],
  ['a%252Fb in the path, which must not be decoded twice', 'a%2Fb'],
  ['%00', '\0'],
  ['this directory', '.'],
  ['the directory above', '..'],
  ['a letter that is not ASCII', 'müller'],
  ['CRLF, which would split a header or a log line', 'a\r\nx-evil: 1'],
] as const

const badTags = [
  ['build metadata', '1.0+build', /'?\+'?.*build metadata/],
  ['500,000 characters, most of which the error must not repeat', 'a'.repeat(500_000), /128/],
  ['CRLF', '1.0\r\nx-evil: 1', /128/],
  ['half a surrogate pair, which UTF-8 cannot contain', '\ud800', /./],
] as const

// The values of these bodies have a wrong type. gRPC is left out, because its fields are typed.
const badTypes = [
  ['a number', 'revision_tag', 1],
  ['a fraction, which looks like a tag', 'revision_tag', 1.5],
  ['null, which counts as absent', 'revision_tag', null],
  ['a boolean', 'revision_tag', true],
  ['an array of a tag', 'revision_tag', [TAG]],
  ['an operator of MongoDB', 'revision_tag', { $ne: 1 }],
  ['an operator of MongoDB', 'revision_tag', { $gt: '' }],
  ['a word', 'is_default', 'yes'],
  ['a boolean as text', 'is_default', 'true'],
  ['a number', 'is_default', 1],
  ['an array', 'is_default', [true]],
  ['an operator of MongoDB', 'is_default', { $ne: false }],
  ['a long text, most of which the error must not repeat', 'is_default', 'y'.repeat(500_000)],
] as const

const withTag = (rest: string) => `{"namespace":"my-org","name":"victim","revision_tag":"${TAG}",${rest}}`
const nested = (open: string, close: string) => open.repeat(10_000) + close.repeat(10_000)
const latin1 = (text: string) => Buffer.from(text, 'latin1')

const badJson = [
  ['an early end', '{"revision_tag":'],
  ['an extra comma', withTag('')],
  ['single quotes', "{'revision_tag':'1.0.0'}"],
  ['a second value after the first', `${withTag('"x":1')}{}`],
  ['a number that JSON does not have', withTag('"x":NaN')],
  ['a NUL', '\0'],
  ['an empty array in place of the object', '[]'],
  ['an array of one object', `[${withTag('"x":1')}]`],
  ['null in place of the object', 'null'],
  ['a string in place of the object', '"1.0.0"'],
  ['a number in place of the object', '1'],
  ['arrays 10,000 deep, at the top', nested('[', ']')],
  ['objects 10,000 deep', `${'{"revision_tag":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ['a tag that is an array 10,000 deep', `{"revision_tag":${nested('[', ']')}}`],
  ['an unknown key that is an array 10,000 deep', withTag(`"x":${nested('[', ']')}`)],
  ['a byte that is not UTF-8 in an unknown key', latin1(withTag('"x":"\xff"'))],
  ['Latin-1 in the tag', latin1('{"namespace":"my-org","name":"victim","revision_tag":"1.0\xe9"}')],
  ['an overlong encoding of a slash', latin1(withTag('"x":"\xc0\xaf"'))],
  ['half a surrogate pair', latin1(withTag('"x":"\xed\xa0\x80"'))],
  ['the encoding UTF-16', Buffer.from(withTag('"x":1'), 'utf16le')],
] as const

const otherContentTypes = [
  ['text', 'text/plain'],
  ['a form, as curl -d sends it', 'application/x-www-form-urlencoded'],
  ['a form with files', 'multipart/form-data; boundary=x'],
  ['XML', 'application/xml'],
  ['a type that begins like the right one', 'application/jsonp'],
  ['no media type', 'json'],
] as const

// These are malformed protobuf messages, which the binary format of Connect and gRPC may carry.
const validProto = Buffer.from('\x0a\x06my-org\x12\x06victim\x1a\x051.0.0')
const badProto = [
  ['bytes that are not protobuf', Buffer.from('ffffffff', 'hex')],
  ['a length beyond the end', Buffer.concat([validProto, Buffer.from('1a7f31', 'hex')])],
  ['a tag that is not UTF-8', Buffer.concat([validProto, Buffer.from('1a0231ff', 'hex')])],
  ['a tag that is a number', Buffer.concat([validProto.subarray(0, 16), Buffer.from('1801', 'hex')])],
  ['groups 10,000 deep, never ended', Buffer.concat([validProto, Buffer.alloc(10_000, 0x7b)])],
  ['groups 10,000 deep', Buffer.concat([validProto, Buffer.alloc(10_000, 0x7b), Buffer.alloc(10_000, 0x7c)])],
] as const

describe('bad input', () => {
  // A refused request never reaches a store, so one kind of store is enough.
  const target = attackedServer(sqliteStorage)

  describe('in a name', () => {
    const rows = badNames.flatMap(([reason, text]) => [
      ['namespace', reason, text] as const,
      ['name', reason, text] as const,
    ])
    test.each(rows)(
      'a %s with %s is refused by every protocol, and a GET over REST does not find it',
      async (field, _reason, text) => {
        const call = { ...SERVICE, revision_tag: TAG, [field]: text }
        const says = new RegExp(`^${field}\\b.*lower kebab case.*\\b128\\b`)
        await expectAllRefused(target.apis, ['register', call], { field, says })
        await expectReadRefused(target.apis, ['get', call], { field, says })
      },
    )

    const request = (method: 'GET' | 'POST', path: string) => {
      const body = method === 'GET' ? '' : `{"revision_tag":"${TAG}"}`
      const head = `${method} ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`
      return exchange(target.url, latin1(`${head}Content-Length: ${body.length}\r\n\r\n${body}`))
    }

    test.each([
      ['/services//victim', 'namespace', 'no namespace'],
      ['/services/my-org/', 'name', 'no name'],
      ['/services/%2e%2e/victim', 'namespace', 'the directory above, encoded'],
      ['/services/__proto__/constructor', 'namespace', 'property names of every JavaScript object'],
    ])('the path %j is not found by GET and is refused for POST because of its %s (%s)', async (path, field) => {
      const read = await request('GET', path)
      expect(read).toMatchObject({ status: 404 })
      expectRestError(read.text, 'SERVICE_NOT_FOUND', field)
      const written = await request('POST', path)
      expect(written).toMatchObject({ status: 400 })
      expectRestError(written.text, `INVALID_${field.toUpperCase()}`, field)
    })

    test.each([
      ['/services/my-org/%C3', 'half a character of UTF-8'],
      ['/services/my-org/%zz', 'broken percent-encoding'],
      ['/services/my-org/%', 'half an escape'],
    ])('the path %j is refused with 400 (%s)', async (path) => {
      for (const method of ['GET', 'POST'] as const) {
        const answer = await request(method, path)
        expect(answer, method).toMatchObject({ status: 400 })
        expectRestError(answer.text, 'INVALID_REQUEST', 'name')
      }
    })

    test('a path with a raw byte that is not ASCII is refused with 400', async () => {
      for (const method of ['GET', 'POST'] as const) {
        const answer = await request(method, '/services/m\xfcller/victim')
        expect(answer, method).toMatchObject({ status: 400 })
        expectErrorBody(answer.text)
      }
    })
  })

  test.each(badTags)('a revision tag with %s is refused by every protocol', async (_reason, tag, says) => {
    const apis = tag.isWellFormed() ? target.apis : target.apis.filter(({ protocol }) => protocol !== 'gRPC')
    const call = { ...SERVICE, revision_tag: tag }
    // A text that is not Unicode is refused by the JSON parser, which does not name a field.
    await expectAllRefused(apis, ['register', call], tag.isWellFormed() ? { field: 'revision_tag', says } : { says })
    if (tag.length > 1000 || !tag.isWellFormed()) return
    await expectReadRefused(apis, ['get', call], { field: 'revision_tag', says })
  })

  test.each(badTypes)('%s as the value of %s is refused by REST and Connect', async (_reason, field, value) => {
    const call = { ...SERVICE, revision_tag: TAG, [field]: value }
    const apis = target.apis.filter(({ protocol }) => protocol !== 'gRPC')
    await expectAllRefused(apis, ['register', call], {
      ...(value === null ? {} : { field }),
      says: missingOr(field, value),
    })
  })

  test.each(badJson)(
    'a JSON body with %s is refused by REST and Connect with the same message',
    async (_reason, text) => {
      const body = Buffer.from(text)
      const rest = readRestAnswer('register', await sendJson(target.url, PATH, { body }))
      const connect = readConnectAnswer('register', await sendJson(target.url, `${RPC}/Register`, { body }))
      const expected = {
        reason: 'INVALID_REQUEST',
        says: /^the body is (not valid JSON \(.*\); send a JSON object\.|(\S+); send a JSON object\.)$/s,
      }
      expectRefused(rest, expected, 'REST')
      expectRefused(connect, expected, 'Connect')
      expect(messageOf(connect)).toBe(messageOf(rest))
    },
  )

  test.each(otherContentTypes)(
    'a body with the content type %s (%s) is read as JSON by REST and refused with 415 by RPCs',
    async (_reason, type) => {
      const options = { headers: { 'content-type': type } }
      // REST refuses the unknown key, not the content type.
      const rest = await sendJson(target.url, PATH, { body: Buffer.from(withTag('"x":1')), ...options })
      expectRefused(readRestAnswer('register', rest), { reason: 'INVALID_REQUEST', field: 'x' }, 'REST')
      const body = Buffer.from(`{"revision_tag":"${TAG}","validate_only":true}`)
      expect(await sendJson(target.url, PATH, { body, ...options })).toMatchObject({ status: 200 })
      const connect = await sendJson(target.url, `${RPC}/Register`, { body: Buffer.from(withTag('"x":1')), ...options })
      expect(connect.status).toBe(415)
    },
  )

  test.each(['application/grpc+xml', 'application/grpcx', 'text/plain'])(
    'a gRPC call with the content type %s is refused with 415',
    async (type) => {
      const headers = { ':path': `${RPC}/Register`, 'content-type': type, te: 'trailers' }
      expect(await streamExchange(target.url, headers, envelope(validProto))).toMatchObject({ status: 415 })
    },
  )

  test.each(badProto)('a protobuf message with %s is refused by Connect and gRPC', async (_reason, bytes) => {
    const headers = { 'content-type': 'application/proto' }
    const answer = readConnectAnswer(
      'register',
      await sendJson(target.url, `${RPC}/Register`, { body: bytes, headers }),
    )
    expectRefused(answer, {}, 'Connect')
    const grpc = { ':path': `${RPC}/Register`, 'content-type': 'application/grpc', te: 'trailers' }
    const { headers: head, trailers } = await streamExchange(target.url, grpc, envelope(bytes))
    expect({ ...head, ...trailers }).toMatchObject({ 'grpc-status': '3' })
    const compressed = { ...grpc, 'grpc-encoding': 'gzip' }
    const packed = await streamExchange(target.url, compressed, envelope(gzipSync(bytes), { compressed: true }))
    expect({ ...packed.headers, ...packed.trailers }).toMatchObject({ 'grpc-status': '3' })
  })

  test.each([
    ['announces more bytes than follow', envelope(validProto, { length: 1000 })],
    ['announces fewer bytes than follow', envelope(validProto, { length: 3 })],
    ['is followed by a second envelope', Buffer.concat([envelope(validProto), envelope(validProto)])],
    ['is cut in half', envelope(validProto).subarray(0, 3)],
    ['is missing', Buffer.alloc(0)],
    ['is marked as compressed and no compression is named', envelope(validProto, { compressed: true })],
  ])('a gRPC call fails if its envelope %s', async (_reason, bytes) => {
    const grpc = { ':path': `${RPC}/Register`, 'content-type': 'application/grpc', te: 'trailers' }
    const { headers, trailers } = await streamExchange(target.url, grpc, bytes)
    expect({ ...headers, ...trailers }).toMatchObject({ 'grpc-status': expect.stringMatching(/^([3-9]|1\d)$/) })
  })

  test.each([
    ['', 'no message'],
    ['?encoding=json&message=%7B', 'broken JSON'],
    ['?encoding=json&message=%zz', 'broken percent-encoding'],
    ['?encoding=xml&message=%7B%7D', 'an unknown encoding'],
    ['?encoding=proto&base64=1&message=!!!', 'broken base64'],
    ['?encoding=json&message=[]', 'a JSON array'],
    ['?encoding=json&compression=gzip&message=%7B%7D', 'a wrong claim of compression'],
    ['?connect=v9&encoding=json&message=%7B%7D', 'a version that does not exist'],
  ])('a Connect GET with the query %j is refused (%s)', async (query) => {
    const { status, text } = await sendJson(target.url, `${RPC}/Get${query}`)
    expect([400, 415], text).toContain(status)
    expect(text).not.toMatch(/\n\s+at /)
  })

  describe('in the authority', () => {
    const heads = [
      ['1.1', 'Host: a:99999\r\n', 'a port that does not exist'],
      ['1.1', 'Host: a b\r\n', 'a space'],
      ['1.1', 'Host: a/b\r\n', 'a path'],
      ['1.1', 'Host: [::1\r\n', 'half a bracket'],
      ['1.1', 'Host: %zz\r\n', 'broken percent-encoding'],
      ['1.1', 'Host:\r\n', 'empty'],
      ['1.1', '', 'no Host'],
      ['1.0', 'Host: a:99999\r\n', 'a port that does not exist'],
    ] as const
    const requests = [
      ['POST', PATH, `{"revision_tag":"${TAG}"}`],
      ['GET', PATH, ''],
      ['POST', `${RPC}/Register`, withTag('"x":1')],
      ['GET', `${RPC}/Get?encoding=json&message=%7B%7D`, ''],
    ] as const
    test.each(heads)(
      'an HTTP/%s request with the header %j is refused with 400 by REST and RPC paths (%s)',
      async (version, host) => {
        for (const [method, path, body] of requests) {
          const head = `${method} ${path} HTTP/${version}\r\n${host}Content-Type: application/json\r\n`
          const answer = await exchange(target.url, `${head}Content-Length: ${body.length}\r\n\r\n${body}`)
          expect(answer, `${method} ${path}`).toMatchObject({ status: 400 })
          expectErrorBody(answer.text)
        }
      },
    )

    // By RFC 9113, section 8.1.1, a malformed request is a stream error, even before the application sees it.
    const isReset = 'NGHTTP2_PROTOCOL_ERROR'
    test.each<readonly [authority: string, outcome: string | number, reason: string]>([
      ['a:99999', 400, 'a port that does not exist'],
      ['[::1', 400, 'half a bracket'],
      ['%zz', 400, 'broken percent-encoding'],
      ['a b', isReset, 'a space, which makes the header malformed'],
      ['u@a', isReset, 'user information, which makes the header malformed'],
      ['', isReset, 'empty, which makes the header malformed'],
    ])('an HTTP/2 request with the :authority %j ends in %s on REST and RPC paths (%s)', async (authority, outcome) => {
      const types = [
        [PATH, 'application/json', `{"revision_tag":"${TAG}"}`],
        [`${RPC}/Register`, 'application/json', withTag('"x":1')],
        [`${RPC}/Register`, 'application/grpc', envelope(validProto)],
      ] as const
      for (const [path, type, body] of types) {
        const headers = { ':path': path, ':authority': authority, 'content-type': type, te: 'trailers' }
        const { status, error } = await streamExchange(target.url, headers, body)
        // The server may also answer the request with 400.
        expect([outcome, 400], path).toContain(status ?? error)
      }
    })
  })

  describe('in keys', () => {
    const keys = [
      [`{"revision_tag":{"$ne":1}}`, 'an operator of MongoDB as the tag'],
      [`{"$where":"sleep(1000)","revision_tag":null}`, 'an operator of MongoDB as a key'],
      [`{"__proto__":{"revision_tag":"${TAG}","revisionTag":"${TAG}"}}`, 'a tag in the prototype'],
      [
        `{"constructor":{"prototype":{"revision_tag":"${TAG}","revisionTag":"${TAG}"}}}`,
        'a tag in the prototype of Object',
      ],
    ] as const
    test.each(keys)('the body %s registers nothing (%s)', async (body) => {
      expectRefused(
        readRestAnswer('register', await sendJson(target.url, PATH, { body: Buffer.from(body) })),
        {},
        'REST',
      )
      const rpcBody = Buffer.from(body.replace('{', '{"namespace":"my-org","name":"victim",'))
      expectRefused(
        readConnectAnswer('register', await sendJson(target.url, `${RPC}/Register`, { body: rpcBody })),
        {},
        'Connect',
      )
      // The process kept nothing of it: a request without a tag still has no tag.
      expect(await sendJson(target.url, PATH, { body: {} })).toMatchObject({
        status: 400,
        text: '{"error":"A revision tag must be included when registering a new service revision."}',
      })
    })

    const evil = '{"is_default":true,"isDefault":true,"polluted":1}'
    const polluting = [
      ['__proto__', `"__proto__":${evil}`],
      ['constructor', `"constructor":{"prototype":${evil}}`],
    ] as const

    test.each(polluting)(
      'a body that has %s beside a tag is refused by REST, and Connect ignores the extra key',
      async (key, member) => {
        const service = { namespace: 'my-org', name: `polluted-${key.replaceAll('_', '')}` }
        const path = `/services/${service.namespace}/${service.name}`
        const rest = Buffer.from(`{"revision_tag":"2.0.0",${member},"is_default":false}`)
        const refused = readRestAnswer('register', await sendJson(target.url, path, { body: rest }))
        expectRefused(refused, { reason: 'INVALID_REQUEST', field: key }, 'REST')
        target.stored(2)
        const named = `"namespace":"${service.namespace}","name":"${service.name}"`
        const rpc = Buffer.from(`{${named},"revision_tag":"2.0.0",${member},"is_default":false}`)
        const ignored = readConnectAnswer('register', await sendJson(target.url, `${RPC}/Register`, { body: rpc }))
        expect(ignored).toMatchObject({ ok: true, response: { revision: { ...service, revision_tag: '2.0.0' } } })
        // The policy decides here, and refuses the lower version.
        const next = readRestAnswer('register', await sendJson(target.url, path, { body: { revision_tag: '1.0.0' } }))
        const revision = { ...service, revision_tag: '1.0.0', is_default: false }
        expect(next).toEqual({ ok: true, status: 201, response: { revision } })
        expect(await sendJson(target.url, path)).toMatchObject({ status: 404 })
      },
    )

    test('an operator of a query language in the query string selects nothing', async () => {
      const path = '/services/my-org/hidden'
      target.stored(1)
      expect(await sendJson(target.url, path, { body: { revision_tag: TAG, is_default: false } })).toMatchObject({
        status: 201,
      })
      for (const query of ['revision_tag[$ne]=1', 'revision_tag=[$ne]', '__proto__=x&constructor=y', '$where=1']) {
        expect([400, 404], query).toContain((await sendJson(target.url, `${path}?${query}`)).status)
      }
    })

    test.each(['__proto__', 'constructor', 'toString'])(
      'the revision tag %s is an ordinary tag in every protocol',
      async (tag) => {
        const service = { namespace: 'constructor', name: 'prototype' }
        for (const { attempt } of target.apis) {
          expect(await attempt('get', { ...service, revision_tag: tag })).toMatchObject({ ok: false })
        }
        target.stored(1)
        for (const { attempt } of target.apis) {
          const answer = await attempt('register', { ...service, revision_tag: tag })
          expect(answer).toMatchObject({ ok: true, response: { revision: { ...service, revision_tag: tag } } })
          expect(answer).not.toMatchObject({ response: { revision: { is_default: true } } })
        }
      },
    )
  })
})

/** A message that names the field and its type. */
function missingOr(field: string, value: unknown): RegExp {
  if (value === null) return /A revision tag must be included/
  return new RegExp(`${field}.*${field === 'is_default' ? 'use true or false' : 'use a string'}`)
}
