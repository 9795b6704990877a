import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createRegistryClient } from '../../src/client/index.ts'
import { withinTime } from '../../src/client/tokens/token-source.ts'
import { fileToken, githubToken, googleToken, type TokenFunction } from '../../src/client/tokens.ts'
import { type GatedRegistry, startGatedRegistry } from '../support/gated-registry.ts'

const AUDIENCE = 'https://registry.example.com/services?a=b&c'
const SECRET = 'secret-token'

interface SentRequest {
  readonly method: string | undefined
  readonly url: URL
  readonly headers: IncomingHttpHeaders
}

const requests: SentRequest[] = []
let answerTo: RequestListener
let host: string
let folder: string
const server = createServer((request, response) => {
  const { method, headers } = request
  requests.push({ method, url: new URL(request.url ?? '', 'http://source'), headers })
  answerTo(request, response)
})

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waypost-tokens-'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(() => {
  requests.length = 0
  vi.unstubAllEnvs()
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(folder, { recursive: true })
})

/** Answers every request with this status, text and headers. */
const answering =
  (status: number, text: string, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end(text)

const google = (status: number, text: string) => answering(status, text, { 'Metadata-Flavor': 'Google' })
const json = (value: unknown) => JSON.stringify(value)

function onGithub(query = '?api-version=2.0'): void {
  vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_URL', `http://${host}/token${query}`)
  vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'secret-request-token')
}

const call = (token: TokenFunction, signal = new AbortController().signal) => token({ signal })

async function errorOf(token: TokenFunction): Promise<Error> {
  const error = await call(token).then(
    () => expect.unreachable('it must reject'),
    (caught: Error) => caught,
  )
  expect(inspect(error, { depth: null, showHidden: true }), 'the error has no secret').not.toMatch(/secret/)
  return error
}

describe('githubToken', () => {
  const token = githubToken({ audience: AUDIENCE })

  test('githubToken asks GitHub for a token of its audience, with the token of the job', async () => {
    onGithub()
    answerTo = answering(200, json({ value: SECRET, count: 7 }))
    expect(await call(token)).toBe(SECRET)
    const [sent] = requests
    expect(sent?.method).toBe('GET')
    expect([...(sent?.url.searchParams ?? [])]).toEqual([
      ['api-version', '2.0'],
      ['audience', AUDIENCE],
    ])
    expect(sent?.headers).toMatchObject({ authorization: 'Bearer secret-request-token', accept: 'application/json' })
  })

  test.for(['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'])(
    'githubToken names the variable %s if it is missing, and the permission that the job needs',
    async (name) => {
      for (const value of [undefined, '']) {
        onGithub()
        vi.stubEnv(name, value)
        expect((await errorOf(token)).message).toBe(
          `the variable ${name} is not set; run in a job of GitHub Actions that has the permission "id-token: write".`,
        )
      }
      expect(requests).toEqual([])
    },
  )

  test('githubToken refuses a URL of another kind without quoting it', async () => {
    onGithub()
    vi.stubEnv('ACTIONS_ID_TOKEN_REQUEST_URL', 'file:///secret')
    expect((await errorOf(token)).message).toContain('is not an http or https URL')
  })

  test.for<readonly [string, RequestListener, string]>([
    ['a refusal', answering(403, 'secret'), 'GitHub answered HTTP 403 to the request for an ID token; run in a job'],
    ['a redirect', answering(302, '', { location: '/secret' }), 'GitHub answered HTTP 302'],
    ['no JSON', answering(200, 'secret'), 'has no ID token; check the variable ACTIONS_ID_TOKEN_REQUEST_URL.'],
    ['null', answering(200, 'null'), 'has no ID token'],
    ['a value of another type', answering(200, json({ value: 7 })), 'has no ID token'],
    ['an empty token', answering(200, json({ value: '' })), 'the token of GitHub is empty; '],
    ['a token with a line break', answering(200, json({ value: 'secret\nsecret' })), 'cannot carry; it must be'],
    ['a large answer', answering(200, json({ value: 'secret'.repeat(20_000) })), 'it has more than 65536 bytes'],
  ])('githubToken rejects after %s, and quotes nothing of the answer', async ([, listener, message]) => {
    onGithub()
    answerTo = listener
    expect((await errorOf(token)).message).toContain(message)
    expect(requests).toHaveLength(1)
  })

  test.for([429, 500, 503])('githubToken asks up to 3 times while GitHub answers %i', async (status) => {
    onGithub()
    answerTo = (request, response) =>
      answering(requests.length < 3 ? status : 200, json({ value: SECRET }))(request, response)
    expect(await call(token)).toBe(SECRET)
    requests.length = 0
    answerTo = answering(status, '')
    expect((await errorOf(token)).message).toContain(`HTTP ${status}`)
    expect(requests).toHaveLength(3)
  })
})

describe('googleToken', () => {
  const token = googleToken({ audience: AUDIENCE })

  test('googleToken asks the metadata server for a token with the e-mail address of the service account', async () => {
    vi.stubEnv('GCE_METADATA_HOST', host)
    answerTo = google(200, `${SECRET}\n`)
    expect(await call(token)).toBe(SECRET)
    const [sent] = requests
    expect(sent?.url.pathname).toBe('/computeMetadata/v1/instance/service-accounts/default/identity')
    expect(Object.fromEntries(sent?.url.searchParams ?? [])).toEqual({ audience: AUDIENCE, format: 'full' })
    expect(sent?.headers['metadata-flavor']).toBe('Google')
  })

  test.for<readonly [string, RequestListener, string]>([
    ['a machine without a service account', google(404, 'secret'), 'answered HTTP 404; check that the machine has a'],
    ['another server', answering(200, 'secret'), 'is not one of Google (HTTP 200); run on Google Cloud, or elsewhere'],
    ['an empty token', google(200, ' \n'), 'is empty; it must be'],
    ['a page', google(200, '<p>secret is secret</p>'), 'has spaces or characters that a header cannot carry'],
    ['a large answer', google(200, 'secret'.repeat(20_000)), 'it has more than 65536 bytes'],
  ])('googleToken rejects after the answer of %s, and quotes nothing of it', async ([, listener, message]) => {
    vi.stubEnv('GCE_METADATA_HOST', host)
    answerTo = listener
    expect((await errorOf(token)).message).toContain(message)
  })

  test('googleToken tells how to get a token on another machine if there is no metadata server', async () => {
    vi.stubEnv('GCE_METADATA_HOST', '127.0.0.1:1')
    expect((await errorOf(token)).message).toMatch(
      /^the metadata server 127\.0\.0\.1:1 cannot be reached \(ECONNREFUSED\); run on Google Cloud, or elsewhere, get a token with "gcloud auth print-identity-token .*--audiences=AUDIENCE/,
    )
  })

  test.for(['a b', 'user@host', 'host/path', '[::1'])('googleToken refuses the metadata server %j', async (name) => {
    vi.stubEnv('GCE_METADATA_HOST', name)
    expect((await errorOf(token)).message).toContain('GCE_METADATA_HOST')
    expect(requests).toEqual([])
  })
})

describe('fileToken', () => {
  const write = (text: string | Buffer) => {
    const path = join(folder, 'token')
    writeFileSync(path, text)
    return path
  }

  test('fileToken reads the token without the white space around it, and asks to be read again after a minute', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000)
    const token = fileToken(write(`\n${SECRET}\r\n`))
    expect(await call(token)).toEqual({ token: SECRET, expiresAt: 1_700_000_090_000 })
    write('other')
    expect(await call(token)).toMatchObject({ token: 'other' })
    vi.restoreAllMocks()
  })

  test('fileToken reads a JWT again before the end that it contains', async () => {
    const exp = Math.floor(Date.now() / 1_000) + 60
    const jwt = `e30.${Buffer.from(json({ exp })).toString('base64url')}.e30`
    expect(await call(fileToken(write(jwt)))).toEqual({ token: jwt, expiresAt: exp * 1_000 })
  })

  test.for<readonly [string, () => string, RegExp]>([
    [
      'a missing file',
      () => join(folder, 'none'),
      /none" cannot be read \(ENOENT\); check the path and its permissions\.$/,
    ],
    ['a folder', () => folder, /cannot be read \(EISDIR\)/],
    ['an empty file', () => write(''), /is empty; it must be/],
    ['a file with two tokens', () => write('secret\nsecret'), /has spaces or characters that a header cannot carry/],
    ['a file of bytes', () => write(Buffer.from([0x73, 0xff, 0x00])), /has spaces or characters/],
    ['a large file', () => write('secret'.repeat(20_000)), /has more than 65536 bytes, so it is no token; check/],
    ['a file without an end', () => '/dev/zero', /has more than 65536 bytes/],
  ])('fileToken rejects %s, and quotes nothing of it', async ([, path, message]) => {
    expect((await errorOf(fileToken(path()))).message).toMatch(message)
  })

  test('a token of 64 KiB is read, and one of a byte more is not', async () => {
    const largest = 'a'.repeat(65_536)
    expect(await call(fileToken(write(largest)))).toMatchObject({ token: largest })
    expect((await errorOf(fileToken(write(`${largest}a`)))).message).toContain('more than 65536 bytes')
  })
})

describe('the time of a token function', () => {
  test('a token function ends as soon as the signal of the call aborts', async () => {
    onGithub()
    answerTo = () => {}
    const controller = new AbortController()
    const waiting = call(githubToken({ audience: AUDIENCE }), controller.signal)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  test('a token function that gets no answer ends at its own time limit with an error that names the source', async () => {
    const never = () => new Promise<never>(() => {})
    await expect(withinTime('GitHub', new AbortController().signal, never, 5)).rejects.toThrow(
      'GitHub gave no token within 0.005 seconds; try again later.',
    )
  })
})

describe('a client with a token function', () => {
  let registry: GatedRegistry
  beforeAll(async () => {
    registry = await startGatedRegistry()
    await createRegistryClient({ baseUrl: registry.url }).register('my-org/x:1.0.0')
    registry.reset()
  })
  afterAll(() => registry.close())
  afterEach(() => registry.reset())
  const sent = () => registry.requests.map(({ headers }) => headers.authorization)

  test('a client sends the token of the file, and the new one if the registry refuses the old one', async () => {
    const path = join(folder, 'projected')
    writeFileSync(path, 'old')
    const client = createRegistryClient({ baseUrl: registry.url, token: fileToken(path) })
    await client.get('my-org/x')
    writeFileSync(path, 'new')
    registry.setGate((request, response, pass) => {
      if (request.headers.authorization === 'Bearer new') pass()
      else response.writeHead(401).end()
    })
    await client.get('my-org/x')
    expect(sent()).toEqual(['Bearer old', 'Bearer old', 'Bearer new'])
  })

  test('a client rejects with TOKEN_FAILED if its token function does, and sends nothing', async () => {
    const client = createRegistryClient({ baseUrl: registry.url, token: fileToken(join(folder, 'none')) })
    const failed = client.get('my-org/x')
    await expect(failed).rejects.toMatchObject({
      ...{ code: 'unauthenticated', reason: 'TOKEN_FAILED' },
      cause: { message: expect.stringContaining('ENOENT') },
    })
    expect(sent()).toEqual([])
  })
})

test.for([
  ['githubToken', () => githubToken({} as never), 'audience'],
  ['githubToken', () => githubToken({ audience: '' }), 'audience'],
  ['googleToken', () => googleToken({ audience: 7 } as never), 'audience'],
  ['googleToken', () => googleToken({ audience: 'a', audiance: 'a' } as never), 'audiance'],
  ['googleToken', () => googleToken(undefined as never), 'options'],
  ['fileToken', () => fileToken(''), 'path'],
  ['fileToken', () => fileToken(undefined as never), 'path'],
] as const)('%s throws at once if its argument is not valid', ([, create, field]) => {
  expect(create).toThrow(
    expect.objectContaining({
      code: 'invalid_argument',
      fieldViolations: [{ field, description: expect.any(String) }],
    }),
  )
})
