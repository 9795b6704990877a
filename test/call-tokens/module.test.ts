import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { ModuleIssuerOptions } from '../../src/call-tokens/module-issuer.ts'
import { type ModuleIssuer, openModuleIssuer } from '../../src/call-tokens/module-issuer.ts'
import { anonymousIdentity } from '../../src/domain/access/identity.ts'
import { RegistryError } from '../../src/domain/errors.ts'
import type { Revision } from '../../src/domain/log.ts'
import { parseInfo } from '../../src/domain/revision-info.ts'
import { parseSruid } from '../../src/domain/sruid.ts'
import type { CallTokenOrder } from '../../src/registry/tokens/call-token-issuer.ts'
import { eventually } from '../support/eventually.ts'
import { startInProcess } from '../support/in-process.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { sendJson } from '../support/send-json.ts'
import { sqliteStorage } from '../support/storage.ts'

/** A secret that must never appear anywhere. */
const SECRET = 'ya29.c0AeXaMpLeSeCrEtToKeN_0123456789-abcdefghijklmnop'

let folder = ''
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-call-tokens-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function write(source: string): Promise<string> {
  const path = join(folder, `module-${++files}.mjs`)
  await writeFile(path, source)
  return path
}

async function open(source: string, options: Partial<ModuleIssuerOptions> = {}) {
  const { log, lines } = recordingLogger()
  const path = await write(source)
  const issuer = await openModuleIssuer({ path, log, ...options })
  onTestFinished(() => issuer.close())
  return { issuer, lines, path }
}

const info = parseInfo({
  ...{ labels: { tier: 'a' }, description: '', documentationUri: '' },
  endpoints: [{ protocol: 'https', uri: 'https://a.example.com', metadata: { zone: '1' } }],
} as unknown as Parameters<typeof parseInfo>[0])
const revision = { ...parseSruid('my-org/my-service:1.2.9'), info } as unknown as Revision
const order: CallTokenOrder = {
  ...{ revision, generation: 7, audience: 'waypost:my-org/my-service:1.2.9', lifetimeS: 300 },
  caller: { ...anonymousIdentity, kind: 'oidc', principal: { name: 'a', issuer: 'https://i.example', subject: 's' } },
}
const never = new AbortController().signal
const ask = (issuer: ModuleIssuer, signal = never) => issuer.issue(order, signal)

async function failureOf(issuer: ModuleIssuer) {
  const error = await ask(issuer).catch((refusal: RegistryError) => refusal)
  if (!(error instanceof RegistryError)) throw new Error('the module has issued a token')
  return { reason: error.reason, message: error.message, cause: String((error.cause as Error).message) }
}

const FAILED = 'the token to call my-org/my-service:1.2.9 could not be made; try again later.'

test('a module gets the revision, the audience and the caller, and its token is the answer', async () => {
  const { issuer } = await open(`export default async (request) => {
    return { accessToken: Buffer.from(JSON.stringify(request)).toString('base64'), expiresInSeconds: 90 }
  }`)
  const { accessToken, expiresInS } = await ask(issuer)
  expect(expiresInS).toBe(90)
  expect(JSON.parse(Buffer.from(accessToken, 'base64').toString())).toEqual({
    ...{ namespace: 'my-org', name: 'my-service', revisionTag: '1.2.9', generation: 7 },
    endpoints: [{ protocol: 'https', uri: 'https://a.example.com', metadata: { zone: '1' } }],
    ...{ labels: { tier: 'a' }, audience: 'waypost:my-org/my-service:1.2.9', lifetimeSeconds: 300 },
    caller: { name: 'a', issuer: 'https://i.example', subject: 's', id: 'https://i.example#s' },
  })
})

describe('a module that fails', () => {
  test.for<readonly [string, string, RegExp]>([
    ['throws', `throw new Error('no idea')`, /^Error: no idea/],
    ['throws an error that contains a token', `throw new Error('Google said ${SECRET}')`, /Google said \[hidden\]/],
    ['throws a token', `throw '${SECRET}'`, /^\[hidden\]$/],
    ['rejects', `return Promise.reject(new Error('no idea'))`, /^Error: no idea/],
    ['returns nothing', '', /a value of the type undefined/],
    ['returns a token alone', `return '${SECRET}'`, /answered with a value of the type string; return/],
    ['returns null', 'return null', /answered with null/],
    ['returns a list', `return ['${SECRET}']`, /answered with an array/],
    ['returns an object without a token', `return { token: '${SECRET}' }`, /whose accessToken is not a text/],
    ['returns an empty token', `return { accessToken: '', expiresInSeconds: 1 }`, /whose accessToken/],
    ['returns a token with a line end', `return { accessToken: 'a\\nb', expiresInSeconds: 1 }`, /whose accessToken/],
    [
      'returns a very long token',
      `return { accessToken: 'a'.repeat(16385), expiresInSeconds: 1 }`,
      /whose accessToken/,
    ],
    [
      'returns a huge object',
      `return { accessToken: 'a'.repeat(1e6), expiresInSeconds: 1 }`,
      /an object of 1000\d+ char/,
    ],
    ['returns a token without an end', `return { accessToken: '${SECRET}' }`, /whose expiresInSeconds is not/],
    ['returns a token that has ended', `return { accessToken: '${SECRET}', expiresInSeconds: 0 }`, /expiresInSeconds/],
    ['returns a time as text', `return { accessToken: '${SECRET}', expiresInSeconds: '300' }`, /expiresInSeconds/],
    ['returns itself', 'const a = {}; a.a = a; return a', /circular/],
    ['exits', 'process.exit(3)', /^the call token module ended its process \(exit code 3\)$/],
  ])('a module that %s gives no token, and neither the answer nor the log has a secret', async ([, body, cause]) => {
    const { issuer, lines } = await open(`export default async () => { ${body} }`)
    const failure = await failureOf(issuer)
    expect(failure).toEqual({ reason: 'CALL_TOKEN_FAILED', message: FAILED, cause: expect.stringMatching(cause) })
    expect(JSON.stringify([failure, lines])).not.toContain(SECRET.slice(0, 12))
  })

  test.for([
    ['never answers', 'return new Promise(() => {})'],
    ['never returns', 'while (true);'],
  ])('a module that %s is given up after its time, and the next token is made by a new process', async ([, body]) => {
    const source = `import { existsSync, writeFileSync } from 'node:fs'
      export default async () => {
        if (!existsSync('${folder}/asked-${files}')) { writeFileSync('${folder}/asked-${files}', ''); ${body} }
        return { accessToken: 'token', expiresInSeconds: 60 }
      }`
    const { issuer } = await open(source, { timeLimitMs: 300 })
    expect(await failureOf(issuer)).toMatchObject({ cause: 'the call token module took longer than 300 ms' })
    const patient = await ask(issuer).catch(() => ask(issuer))
    expect(patient).toEqual({ accessToken: 'token', expiresInS: 60 })
  })

  test('a caller that goes away ends the waiting with its own reason', async () => {
    const { issuer } = await open('export default () => new Promise(() => {})')
    const gone = new AbortController()
    const asked = ask(issuer, gone.signal)
    gone.abort(new Error('the caller is gone'))
    await expect(asked).rejects.toThrow('the caller is gone')
  })

  test('the lines that a module prints go to the log, without tokens', async () => {
    const { issuer, lines, path } = await open(`export default async () => {
      console.log('got ${SECRET} for my-org/my-service')
      return { accessToken: 'token', expiresInSeconds: 60 }
    }`)
    await ask(issuer)
    await eventually('the line is in the log', async () => lines.length > 0)
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'the call token module printed a line',
        fields: { module: path, stream: 'stdout', line: 'got [hidden] for my-org/my-service' },
      },
    ])
  })
})

test.for([
  ['does not export a function', 'export default 5', 'the default export of the call token module is not a function'],
  ['throws while it is loaded', 'throw new Error("broken at load")', 'broken at load'],
])('a module that %s stops the start', async ([, source, message]) => {
  await expect(open(source ?? '')).rejects.toThrow(message)
})

test('a server with a module answers with its token, and a failure leaks nothing to the caller', async () => {
  const source = (body: string) => `export default async () => { ${body} }`
  const path = await write(source(`return { accessToken: '${SECRET}', expiresInSeconds: 120 }`))
  const storage = await sqliteStorage()
  const { log, lines } = recordingLogger()
  const server = await startInProcess(storage, { callTokens: { issuer: { kind: 'module', path } }, log })
  onTestFinished(async () => {
    await server.close()
    await storage.remove()
  })
  await sendJson(server.url, '/services/my-org/my-service', { body: { revision_tag: '1.2.9' } })
  const issue = () => sendJson(server.url, '/services/my-org/my-service/token', { body: {} })
  const issued = await issue()
  expect([issued.status, issued.headers['cache-control']]).toEqual([200, 'no-store'])
  expect(JSON.parse(issued.text)).toMatchObject({ access_token: SECRET, token_type: 'Bearer', expires_in: 120 })
  expect((await sendJson(server.url, '/.well-known/jwks.json')).status).toBe(404)

  await writeFile(path, source(`throw new Error('see ${folder} and ${SECRET}')`))
  server.reload()
  await eventually('the module is loaded again', async () =>
    lines.some(({ message }) => message.endsWith('was reloaded')),
  )
  const failed = await issue()
  expect([failed.status, failed.headers['retry-after'], JSON.parse(failed.text)]).toEqual([
    503,
    '1',
    { error: FAILED, reason: 'CALL_TOKEN_FAILED' },
  ])
  const logged = lines.find(({ message }) => message === 'a call failed')
  expect(String((Object(logged?.fields).err.cause as Error).message)).toContain(`see ${folder} and [hidden]`)
  expect(
    JSON.stringify(lines, (_, value) => (value instanceof Error ? [value.stack, value.cause] : value)),
  ).not.toContain(SECRET)
})
