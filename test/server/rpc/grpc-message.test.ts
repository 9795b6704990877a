import { expect, test } from 'vitest'
import { encodeGrpcMessage } from '../../../src/server/rpc/grpc-message.ts'

// "Percent-Encoded" of https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
test.each([
  ['plain text: a, b; "c" ~', 'plain text: a, b; "c" ~'],
  ['100 %', '100 %25'],
  ['line\r\nbreak', 'line%0D%0Abreak'],
  ['ü and 😀', '%C3%BC and %F0%9F%98%80'],
  ['half a pair \ud800', 'half a pair %EF%BF%BD'],
  ['\x7f', '%7F'],
])('the text %j is %j in grpc-message', (text, encoded) => {
  expect(encodeGrpcMessage(text)).toBe(encoded)
  expect(decodeURIComponent(encoded)).toBe(text.toWellFormed())
})
