import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findNeedles, needlesOf, tokenIn, wordsOf } from '../support/token-search/needles.ts'
import { recorder, recordFields, recordOutput } from '../support/token-search/recorder.ts'
import { searchTokens } from '../support/token-search/search.ts'

// Every test run searches the output of its servers for tokens. These tests show that the search would find one.

const signature = `Sig${'Ab1_'.repeat(20)}end`
const claims = 'Q2xhaW1z'.repeat(10)
const jwt = `ZXlKaGVhZGVy.${claims}.${signature}`
const opaque = 'an-opaque-token-0123456789'

test.for([
  ['the whole token', jwt],
  ['the token in a header', `authorization: Bearer ${jwt}`],
  ['the token in JSON', JSON.stringify({ nested: [{ header: `Bearer ${jwt}` }] })],
  ['the signature alone', `signature=${signature}`],
  ['the beginning of the signature', `.${signature.slice(0, 30)}…`],
  ['the end of the signature', `…${signature.slice(-30)}`],
  ['the claims alone', `the claims ${claims} are not valid`],
] as const)('a JWT is found if a server writes %s', ([, text]) => {
  expect(findNeedles(needlesOf(jwt), wordsOf(text))).not.toEqual([])
})

test.for([opaque, `x=${opaque}&y`, `"${opaque.slice(0, 24)}…"`])('an opaque token is found in %s', (text) => {
  expect(findNeedles(needlesOf(opaque), wordsOf(text))).not.toEqual([])
})

test('a token is not found in a text without it', () => {
  expect(
    findNeedles(needlesOf(jwt), wordsOf(`${claims.slice(0, 20)} ${signature.slice(4, 20)} run-of-a-pipeline`)),
  ).toEqual([])
  expect([...needlesOf('abc'), ...needlesOf('a'.repeat(9_000))]).toEqual([])
})

test.for([
  ['Bearer abc', 'abc'],
  ['bearer   abc ', 'abc'],
  ['Basic abc', 'abc'],
  ['abc', 'abc'],
  [undefined, ''],
] as const)('the token of the header %j is %j', ([header, token]) => {
  expect(tokenIn(header)).toBe(token)
})

test('an error in the fields of a message is searched with its causes and its properties', () => {
  const cause = Object.assign(new Error('x'), { request: { headers: ['a-header-with-a-secret'] } })
  recordFields({ err: new Error('outer', { cause }) })
  expect([...recorder.words].some((word) => word.includes('a-header-with-a-secret'))).toBe(true)
})

test('the output of each process that a test starts is searched', async () => {
  const script = "console.log('written-to-' + 'stdout'); console.error('written-to-' + 'stderr')"
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.resume()
  await once(child, 'close')
  for (const word of ['written-to-stdout', 'written-to-stderr']) expect(recorder.words).toContain(word)
})

test('the output of a command that prints a token is not searched', async () => {
  const child = spawn(process.execPath, ['-e', "console.log('printed-on-' + 'purpose')", 'auth', 'token'])
  for (const stream of [child.stdout, child.stderr]) stream.resume()
  await once(child, 'close')
  expect(recorder.words).not.toContain('printed-on-purpose')
})

test.for(['node:http', 'fetch', 'node:http2'])('the token of each request by %s is searched for', async (client) => {
  const token = `a-token-sent-by-${client.replace(/\W/g, '-')}`
  const headers = { authorization: `Bearer ${token}` }
  const server = client === 'node:http2' ? createHttp2Server() : createServer()
  server.on('request', (_request, response) => response.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  if (client === 'fetch') await (await fetch(url, { headers })).text()
  else if (client === 'node:http') await once(get(url, { headers }), 'response').then(([response]) => response.resume())
  else {
    const session = connect(url)
    await once(session.request({ ':path': '/', ...headers }).resume(), 'end')
    session.close()
  }
  expect([...recorder.needles]).toContain(token.slice(0, 24))
})

test('the search over a whole run fails if a token of one process is in the output of another', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'needles-1'), `${needlesOf(jwt).join('\n')}\n`)
  writeFileSync(join(folder, 'words-2'), 'harmless-words-only\n')
  expect(searchTokens(folder)).toEqual({ needles: 3, words: 1 })
  writeFileSync(join(folder, 'words-3'), `${wordsOf(`Bearer ${jwt}`).join('\n')}\n`)
  expect(() => searchTokens(folder)).toThrow(/3 parts of tokens/)
})

test('a text that a test records is searched', () => {
  recordOutput('some words and-a-longer-one')
  expect(recorder.words).toContain('and-a-longer-one')
})
