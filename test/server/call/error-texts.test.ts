import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findDuplicateKey } from '../../../src/server/http/duplicate-key.ts'
import type { RunningServer } from '../../../src/start-server.ts'
import { internalsIn } from '../../support/error-texts.ts'
import { startInProcess } from '../../support/in-process.ts'
import { envelope, type StreamAnswer, streamExchange } from '../../support/raw-http2.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const SERVICE = '/waypost.v1.ServiceRegistry'
const MAX_BYTES = 1024

let storage: Storage
let server: RunningServer

beforeAll(async () => {
  storage = await sqliteStorage()
  server = await startInProcess(storage, { limits: { bodyBytes: MAX_BYTES } })
})

afterAll(async () => {
  await server.close()
  await storage.remove()
})

interface Request {
  readonly method?: string
  readonly path: string
  readonly type?: string
  readonly body?: Uint8Array | string
}

/** The text of the error with which the server refuses a request. */
async function textOf({ method = 'POST', path, type, body = '' }: Request): Promise<string> {
  const headers = {
    ':method': method,
    ':path': path,
    te: 'trailers',
    ...(type !== undefined && { 'content-type': type }),
  }
  return errorIn(await streamExchange(server.url, headers, body))
}

function errorIn({ headers, trailers, text }: StreamAnswer): string {
  const inBody = /grpc-message: ?(.*)\r\n/.exec(text)?.[1]
  const message = headers['grpc-message'] ?? trailers['grpc-message'] ?? inBody
  if (message !== undefined) return decodeURIComponent(String(message))
  const { error, message: text_ } = JSON.parse(text.slice(text.indexOf('{'))) as { error?: unknown; message?: string }
  return typeof error === 'object' && error !== null
    ? String((error as { message?: string }).message)
    : String(text_ ?? error)
}

/** The ways to send a message as JSON: each makes the request of a method. */
const jsonWays: Readonly<Record<string, (method: string, json: string) => Request>> = {
  Connect: (method, json) => ({ path: `${SERVICE}/${method}`, type: 'application/json', body: json }),
  gRPC: (method, json) => ({
    path: `${SERVICE}/${method}`,
    type: 'application/grpc+json',
    body: envelope(Buffer.from(json)),
  }),
  'gRPC-Web': (method, json) => ({
    ...{ path: `${SERVICE}/${method}`, type: 'application/grpc-web+json', body: envelope(Buffer.from(json)) },
  }),
}

const protoWays: Readonly<Record<string, (method: string, bytes: Uint8Array) => Request>> = {
  Connect: (method, body) => ({ path: `${SERVICE}/${method}`, type: 'application/proto', body }),
  gRPC: (method, bytes) => ({ path: `${SERVICE}/${method}`, type: 'application/grpc', body: envelope(bytes) }),
  'gRPC-Web': (method, bytes) => ({
    path: `${SERVICE}/${method}`,
    type: 'application/grpc-web',
    body: envelope(bytes),
  }),
}

const half = '\\ud800'
const badJson: readonly (readonly [json: string, text: string])[] = [
  ['[]', 'the body is []; send a JSON object.'],
  ['"x"', 'the body is "x"; send a JSON object.'],
  ['', 'the body is not valid JSON (unexpected end of JSON input); send a JSON object.'],
  ['nope', "the body is not valid JSON (unexpected token 'o'); send a JSON object."],
  ['\u0000', "the body is not valid JSON (unexpected token '\\u0000'); send a JSON object."],
  ['{"name":[]}', 'name is []; use a string.'],
  ['{"name":1e400}', 'name is Infinity; use a string.'],
  [`{"name":"${half}"}`, `name is "${half}"; use Unicode text, without half of a surrogate pair.`],
  ['{"name":"a","name":"b"}', 'the body has the key "name" twice; send it once.'],
  ['{"labels":{"a":"b","\\u0061":"c"}}', 'the body has the key "a" twice; send it once.'],
  ['{"isDefault":"yes"}', 'is_default is "yes"; use true or false.'],
  [
    '{"revisionTag":"1","revision_tag":"1"}',
    'revision_tag is given as "revisionTag" and as "revision_tag"; give it once.',
  ],
  ['{"labels":[]}', 'labels is []; use a JSON object whose values are strings.'],
  ['{"endpoints":{}}', 'endpoints is {}; use a list of JSON objects.'],
  ['{"endpoints":[{},{"uri":1}]}', 'endpoints[1].uri is 1; use a string.'],
  ['{"endpoints":[{"metadata":[]}]}', 'endpoints[0].metadata is []; use a JSON object whose values are strings.'],
  ['{"source":{"commit":true}}', 'source.commit is true; use a string.'],
  ['{"endpoints":[{"uri":["https://u:secret@h"]}]}', 'endpoints[0].uri is ["https://…@h"]; use a string.'],
]

describe('the texts of errors', () => {
  for (const [protocol, toRequest] of Object.entries(jsonWays)) {
    test.for(badJson)(`over ${protocol}, the body %s is refused with the text: %s`, async ([json, text]) => {
      expect(await textOf(toRequest('Register', json))).toBe(text)
    })
  }

  // The path of REST gives the namespace and the name, and its query is empty.
  test.for(badJson.filter(([json]) => json !== '' && !/"(?:name|revision_tag)"/.test(json)))(
    'over REST, the body %s is refused with the text: %s',
    async ([body, text]) => {
      const path = '/services/my-org/my-service'
      expect((await textOf({ path, body })).replace(' has ', ' is ')).toBe(text.replace(' has ', ' is '))
    },
  )

  for (const [protocol, toRequest] of Object.entries(protoWays)) {
    test.for([
      [[0xff], /^the request is not valid protobuf \(.*\); send the message of this method\.$/],
      [[0x0a, 0x05, 0x61], /^the request is not valid protobuf \(.*\); send the message of this method\.$/],
      [
        [0x0a, 0x02, 0xff, 0xfe],
        /^the request cannot be decoded; send the message of this method, with texts in UTF-8\.$/,
      ],
    ] as const)(
      `over ${protocol}, the protobuf bytes %j are refused with a text that matches %s`,
      async ([bytes, text]) => {
        expect(await textOf(toRequest('Register', Buffer.from(bytes)))).toMatch(text)
      },
    )
  }

  const large = 'x'.repeat(MAX_BYTES + 1)
  const query = (rest: string) => ({ method: 'GET', path: `${SERVICE}/Get?connect=v1&${rest}` })
  test.for<[Request, RegExp]>([
    [query(`encoding=json&message=${large}`), /^the request body has 1025 bytes; send at most 1024 bytes\.$/],
    [query(`encoding=proto&message=${large}`), /^the request body has 1025 bytes; send at most 1024 bytes\.$/],
    [query('encoding=json&base64=1&message=!!!'), /^the parameter message is not valid base64; /],
    [query('encoding=json&message=[]'), /^the body is \[\]; send a JSON object\.$/],
    [{ path: `${SERVICE}/Get`, type: 'application/json', body: large }, /^the request body .* at most 1024 bytes\.$/],
    [{ path: `${SERVICE}/Get`, type: 'application/grpc', body: envelope(Buffer.from(large)) }, /at most 1024 bytes\.$/],
    [{ path: '/services/my-org/my-service', body: large }, /^the request body .* at most 1024 bytes\.$/],
    [
      {
        path: '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
        ...{ type: 'application/connect+proto', body: Buffer.from([2, 0, 0, 0, 2, 0x7b, 0x7d]) },
      },
      /^a message has the flags 2; use 0, or 1 for a compressed message\.$/,
    ],
  ])('the request %o is refused with a text that matches %s', async ([request, text]) => {
    expect(await textOf(request)).toMatch(text)
  })
})

describe('the check of the texts', () => {
  test.for([
    'cannot decode message waypost.v1.RegisterRequest from JSON: Array(0)',
    'message size 5 is larger than configured readMaxBytes 4',
    'TypeError: x is not a function',
    'the value is undefined; try again.',
    'the value is [object Object]; try again.',
    'open failed: ENOENT',
    'the module /home/me/policy.ts failed',
    'failed at run (policy.ts:1:2)',
    'parse binary: premature EOF',
  ])('the text %s is found not to be for people', (text) => {
    expect(internalsIn(text)).not.toEqual([])
  })

  test.for([
    'no method has the path /waypost.v1.ServiceRegistry/Nope; check the names of the service and the method.',
    'namespace "[object Object]" is not valid; use lower kebab case.',
    'If-Match "*" is not valid; use one strong etag in quotes.',
  ])('the text %s is found to be for people', (text) => {
    expect(internalsIn(text)).toEqual([])
  })
})

test.for([
  ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', undefined],
  ['{"a":{"x":1,"y":2,"x":3}}', 'x'],
  ['[{"a":1},{"b":"\\"a\\":{","b":2}]', 'b'],
  ['{"a\\n":1,"a\\u000a":2}', 'a\n'],
  ['{"a":"a","c":":","d":"{"}', undefined],
] as const)('the key that an object of the JSON %.60s has twice is %j', ([json, key]) => {
  expect(findDuplicateKey(json)).toBe(key)
})

test('a string of 32 MB does not overflow the stack of the search for a key that is there twice', () => {
  expect(findDuplicateKey(`{"a":"${'\\\\'.repeat(16_000_000)}","a":1}`)).toBe('a')
})
