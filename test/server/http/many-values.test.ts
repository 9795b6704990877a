import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { attackedServer } from '../../support/hostile.ts'
import { envelope, streamExchange } from '../../support/raw-http2.ts'
import { sendJson } from '../../support/send-json.ts'
import { sqliteStorage } from '../../support/storage.ts'

const REST = '/services/my-org/victim'
const RPC = '/waypost.v1.ServiceRegistry'
const COUNT = 500_000

const json = (value: string) => Buffer.from(`{"revision_tag":"1.0.0","endpoints":[${value}]}`)
const many = json('{},'.repeat(COUNT - 1).concat('{}'))
/** As many empty endpoints in protobuf, and as many unknown fields. */
const endpoints = Buffer.from('\x32\x00'.repeat(COUNT), 'latin1')
const unknown = Buffer.from('\x78\x00'.repeat(COUNT), 'latin1')
const TOO_MANY = 'the request has more than 5000 values; send at most 5000 values.'
const gzip = { 'content-encoding': 'gzip' }
const proto = { 'content-type': 'application/proto' }

describe('a request with many values', () => {
  const target = attackedServer(sqliteStorage)

  const isRefused = (text: string) => {
    expect(text).toContain('REQUEST_TOO_LARGE')
    expect(text).toContain(TOO_MANY)
  }

  test.for([
    ['JSON over REST', REST, { body: json('{},'.repeat(100_000).concat('{}')) }],
    ['gzipped JSON over REST', REST, { body: gzipSync(json('0,'.repeat(COUNT).concat('0'))), headers: gzip }],
    ['an unknown key over REST', REST, { body: Buffer.from(`{"x":[${'0,'.repeat(6_000)}0]}`) }],
    ['keys over REST', REST, { body: Buffer.from(`{${'"a":0,'.repeat(COUNT / 5)}"b":0}`) }],
    ['JSON over Connect', `${RPC}/Register`, { body: json('{},'.repeat(100_000).concat('{}')) }],
    ['gzipped JSON over Connect', `${RPC}/Register`, { body: gzipSync(many.subarray(0, 1_000_000)), headers: gzip }],
    ['protobuf over Connect', `${RPC}/Register`, { body: endpoints, headers: proto }],
    ['unknown fields over Connect', `${RPC}/Register`, { body: unknown, headers: proto }],
    ['gzipped protobuf over Connect', `${RPC}/Register`, { body: gzipSync(endpoints), headers: { ...proto, ...gzip } }],
  ] as const)('%s is refused before it is decoded', async ([, path, options]) => {
    isRefused((await sendJson(target.url, path, options)).text)
  })

  test.for([
    ['REST', 'PATCH', `${REST}/revisions/1.0.0`, { update_mask: '_a'.repeat(COUNT) }],
    ['Connect', 'POST', `${RPC}/UpdateRevision`, { updateMask: 'aB'.repeat(COUNT) }],
  ] as const)(
    'a field mask of a million characters is refused over %s before it is split',
    async ([, method, path, body]) => {
      const { text } = await sendJson(target.url, path, { method, body })
      expect(text).toContain('update_mask has 1000000 characters; use at most 5000.')
    },
  )

  test('gzipped protobuf in the query of a Connect GET is refused before it is decoded', async () => {
    const message = gzipSync(unknown).toString('base64url')
    const query = `connect=v1&encoding=proto&compression=gzip&base64=1&message=${message}`
    isRefused((await sendJson(target.url, `${RPC}/Get?${query}`)).text)
  })

  test.for(['application/grpc', 'application/grpc-web'])('gzipped protobuf over %s is refused', async (type) => {
    const headers = { ':path': `${RPC}/Register`, 'content-type': type, te: 'trailers', 'grpc-encoding': 'gzip' }
    const answer = await streamExchange(target.url, headers, envelope(gzipSync(endpoints), { compressed: true }))
    const told = `${JSON.stringify([answer.headers, answer.trailers])}${answer.text}`
    expect(decodeURIComponent(told)).toContain(TOO_MANY)
  })

  test('a message that would have more bytes than a body after decompression is refused while it inflates', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024), { level: 9 })
    const { text } = await sendJson(target.url, `${RPC}/Register`, { body: bomb, headers: { ...proto, ...gzip } })
    expect(text).toContain('larger than 1048576 bytes after decompression')
  })
})
