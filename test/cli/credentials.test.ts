import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Code } from '@connectrpc/connect'
import type { Command } from 'commander'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Caller_Kind } from '../../gen/waypost/v1/access_pb.ts'
import { callingOptions, profileOptions } from '../../src/cli/options/calling/calling-options.ts'
import { describeCredential } from '../../src/cli/options/calling/credential.ts'
import { explainRefusal } from '../../src/cli/output/refusal.ts'
import { createProgram } from '../../src/cli/program.ts'
import { RegistryError } from '../../src/domain/errors.ts'
import { runWaypost, type ServeProcess, spawnServe } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { type Methods, refusal, refusing, type StubRegistry, startStubRegistry } from '../support/stub-registry.ts'
import { runInProcess } from './in-process.ts'

const pem = (name: string) => fileURLToPath(new URL(`../support/tls/${name}.pem`, import.meta.url))
const SECRET = 'very-secret-token-of-a-caller'

const found: Methods = {
  get: ({ namespace, name }) => ({ revision: { namespace, name, revisionTag: '1.0.0' } }),
  listNamespaces: ({ pageToken }) => (pageToken === '' ? { namespaces: ['a'], nextPageToken: 'b' } : {}),
}

let registry: StubRegistry
let folder: string
let source: Server
let host: string
let asked: IncomingMessage[] = []
let isSilent = false
let answerOf: () => readonly [string, Readonly<Record<string, string>>]

beforeAll(async () => {
  registry = await startStubRegistry()
  folder = mkdtempSync(join(tmpdir(), 'waypost-credentials-'))
  writeFileSync(join(folder, 'token'), `${SECRET}\n`)
  source = createServer((request, response) => {
    asked.push(request)
    if (isSilent) return
    const [text, headers] = answerOf()
    response.writeHead(200, headers).end(text)
  })
  await new Promise<void>((resolve) => source.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(source.address() as AddressInfo).port}`
})

beforeEach(() => {
  registry.answer(found)
  asked = []
  isSilent = false
  answerOf = () => [SECRET, { 'metadata-flavor': 'Google' }]
})

afterAll(async () => {
  await registry.close()
  source.closeAllConnections()
  source.close()
  rmSync(folder, { recursive: true })
})

const run = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const result = await runInProcess(args, { WAYPOST_REGISTRY: registry.url, ...env })
  expect(result.stdout + result.stderr, 'the token is never printed').not.toContain('secret')
  return result
}

const get = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  run(['get', 'my-org/x', ...args], env)
const github = () => ({
  ACTIONS_ID_TOKEN_REQUEST_URL: `http://${host}/token`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret-of-the-job',
})
const audiences = () => asked.map(({ url = '' }) => new URL(url, 'http://source').searchParams.get('audience'))

const leavesOf = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf)

test('every command that calls a registry has all options for its call', async () => {
  const calling = leavesOf(await createProgram([])).filter(({ options }) =>
    options.some(({ long }) => long === '--registry'),
  )
  expect(calling.length).toBeGreaterThan(18)
  const flags = [...callingOptions(), ...profileOptions()].map(({ long }) => long)
  for (const { options } of calling) expect(options.map(({ long }) => long)).toEqual(expect.arrayContaining(flags))
})

test('the help of --token warns that other users can see arguments', async () => {
  const { stdout } = await runWaypost(['get', '--help'])
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('Other users of this machine can see the arguments of a command')
})

describe('the token of a command', () => {
  test('a command without a token sends none', async () => {
    expect(await get([])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(registry.credentials()).toEqual([undefined])
  })

  test.for<readonly [string, readonly string[], Readonly<Record<string, string>>]>([
    ['--token', ['--token', SECRET], {}],
    ['WAYPOST_TOKEN, with a line break at its end', [], { WAYPOST_TOKEN: `${SECRET}\n` }],
    ['--token and not of WAYPOST_TOKEN', ['--token', SECRET], { WAYPOST_TOKEN: 'other' }],
    ['--token and not of WAYPOST_TOKEN_FROM', ['--token', SECRET], { WAYPOST_TOKEN_FROM: 'github' }],
    ['WAYPOST_TOKEN if WAYPOST_TOKEN_FROM is empty', [], { WAYPOST_TOKEN: SECRET, WAYPOST_TOKEN_FROM: '' }],
  ])('a command sends the token of %s', async ([, args, env]) => {
    expect(await get(args, env)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(registry.credentials()).toEqual([`Bearer ${SECRET}`])
  })

  test('a command sends the token of the file of --token-from, and not that of WAYPOST_TOKEN', async () => {
    for (const [args, env] of [
      [['--token-from', `file:${join(folder, 'token')}`], { WAYPOST_TOKEN: 'other' }],
      [[], { WAYPOST_TOKEN_FROM: `file:${join(folder, 'token')}` }],
    ] as const) {
      registry.answer(found)
      expect(await get(args, env)).toMatchObject({ exitCode: 0, stderr: '' })
      expect(registry.credentials()).toEqual([`Bearer ${SECRET}`])
    }
  })

  test('--token-from github gets the token of the job, for the URL of the registry with /services', async () => {
    answerOf = () => [JSON.stringify({ value: SECRET }), {}]
    expect(await get(['--token-from', 'github', '--registry', `${registry.url}/`], github())).toMatchObject({
      exitCode: 0,
    })
    expect(registry.credentials()).toEqual([`Bearer ${SECRET}`])
    expect(audiences()).toEqual([`${registry.url}/services`])
    expect(asked[0]?.headers.authorization).toBe('Bearer secret-of-the-job')
  })

  test('--token-from google gets the token of the machine, for the audience of --audience or WAYPOST_AUDIENCE', async () => {
    const env = { GCE_METADATA_HOST: host, WAYPOST_TOKEN_FROM: 'google', WAYPOST_AUDIENCE: 'https://b.example' }
    await get(['--audience', 'https://a.example'], env)
    await get([], env)
    await get([], { ...env, WAYPOST_AUDIENCE: '' })
    expect(registry.credentials()).toEqual([SECRET, SECRET, SECRET].map((token) => `Bearer ${token}`))
    expect(audiences()).toEqual(['https://a.example', 'https://b.example', `${registry.url}/services`])
  })

  test('a list sends the token with the request for each page, and gets it once', async () => {
    await run(['namespaces', '--token-from', 'google'], { GCE_METADATA_HOST: host })
    expect(registry.credentials()).toEqual([`Bearer ${SECRET}`, `Bearer ${SECRET}`])
    expect(asked).toHaveLength(1)
  })

  test.for<readonly [string, readonly string[], Readonly<Record<string, string>>, RegExp]>([
    [
      'a token with a space',
      ['--token', 'very secret'],
      {},
      /--token \(WAYPOST_TOKEN\): the token has characters that/,
    ],
    ['a token of letters that are not ASCII', [], { WAYPOST_TOKEN: 'sécret-secret' }, /has characters that a header/],
    ['an empty variable', [], { WAYPOST_TOKEN: '' }, /--token \(WAYPOST_TOKEN\): the token is empty; use visible/],
    ['an unknown source', ['--token-from', 'gitlab'], {}, /"gitlab" is not valid; use github, google or file:PATH\./],
    ['a file without a path', ['--token-from', 'file:'], {}, /"file:" is not valid; use github/],
    ['a token as the source', ['--token-from', SECRET], {}, /: the value is not valid; use github/],
    [
      'an audience with a space',
      ['--audience', 'a b', '--token-from', 'github'],
      {},
      /--audience .*"a b" is not valid/,
    ],
    ['an audience without a source', ['--audience', 'a'], {}, /--audience is only for --token-from github or google/],
    ['an audience for a file', ['--audience', 'a', '--token-from', 'file:a'], {}, /--audience is only for/],
    ['two flags', ['--token', SECRET, '--token-from', 'github'], {}, /--token and --token-from contradict each other/],
    [
      'two variables',
      [],
      { WAYPOST_TOKEN: SECRET, WAYPOST_TOKEN_FROM: 'github' },
      /WAYPOST_TOKEN and WAYPOST_TOKEN_FROM contradict each other; give one of them\./,
    ],
  ])('%s is refused before anything is sent, without the token in the message', async ([, args, env, message]) => {
    const refused = { exitCode: 2, stdout: '', stderr: expect.stringMatching(message) }
    expect(await get(args, env)).toEqual(refused)
    const inJson = await get([...args, '--json'], env)
    expect(JSON.parse(inJson.stderr)).toMatchObject({
      reason: 'INVALID_COMMAND_LINE',
      error: expect.stringMatching(message),
    })
    expect([registry.requests, asked]).toEqual([[], []])
  })

  test.for<readonly [string, readonly string[], Readonly<Record<string, string>>, RegExp]>([
    [
      'a missing file',
      ['--token-from', 'file:/none/token'],
      {},
      /file:\/none\/token: the file "\/none\/token" cannot be read \(ENOENT\)/,
    ],
    [
      'a job without the permission',
      ['--token-from', 'github'],
      {},
      /ACTIONS_ID_TOKEN_REQUEST_URL is not set; run in a job/,
    ],
    [
      'no metadata server',
      ['--token-from', 'google'],
      { GCE_METADATA_HOST: '127.0.0.1:1' },
      /cannot be reached \(ECONNREFUSED\)/,
    ],
  ])(
    'a command that cannot get its token because of %s names the cause, and exits with 7',
    async ([, args, env, message]) => {
      const { exitCode, stderr } = await get(args, env)
      expect(stderr).toMatch(/^waypost: the command could not get the token of --token-from [^\n]+\n$/)
      expect(stderr).toMatch(message)
      expect([exitCode, registry.requests]).toEqual([7, []])
    },
  )

  test('a command whose token does not come in time blames its source, and not the registry', async () => {
    isSilent = true
    const { exitCode, stderr } = await get(['--token-from', 'google', '--timeout', '0.2'], { GCE_METADATA_HOST: host })
    expect(stderr).toMatch(
      /^waypost: the command could not get the token of --token-from google for the audience "[^"]+": there was none within/,
    )
    expect([exitCode, registry.requests]).toEqual([7, []])
  })
})

describe('a refusal', () => {
  const methods = (code: Code, reason: string) => ({ get: refusing(refusal(code, reason)) })

  test.for<readonly [string, Code, readonly string[], RegExp]>([
    [
      'TOKEN_MISSING',
      Code.Unauthenticated,
      [],
      /said The command sent no token; give one with --token-from \(WAYPOST_TOKEN_FROM\), W/,
    ],
    [
      'TOKEN_INVALID',
      Code.Unauthenticated,
      ['--token', SECRET],
      /sent the token of --token \(WAYPOST_TOKEN\); check its issuer, its audience and/,
    ],
    [
      'PERMISSION_DENIED',
      Code.PermissionDenied,
      ['--token', SECRET],
      /; run waypost whoami to see who you are and what you may do\.$/,
    ],
    ['SOURCE_MISMATCH', Code.PermissionDenied, ['--token', SECRET], /^waypost: SOURCE_MISMATCH said$/],
  ])('the message of %s tells the next step, and the exit code is 7', async ([reason, code, args, message]) => {
    registry.answer(methods(code, reason))
    const { exitCode, stdout, stderr } = await get(args)
    expect([exitCode, stdout]).toEqual([7, ''])
    expect(stderr.trimEnd()).toMatch(message)
    registry.answer(methods(code, reason))
    const inJson = JSON.parse((await get([...args, '--json'])).stderr)
    expect(inJson).toEqual({ error: stderr.slice('waypost: '.length).trimEnd(), reason, exit_code: 7 })
  })

  test('the message of TOKEN_INVALID names the audience of the token', async () => {
    registry.answer(methods(Code.Unauthenticated, 'TOKEN_INVALID'))
    const { stderr } = await get(['--token-from', 'google', '--audience', 'https://a.example'], {
      GCE_METADATA_HOST: host,
    })
    expect(stderr).toContain('The command sent the token of --token-from google for the audience "https://a.example"; ')
    expect(asked, 'another token is tried once').toHaveLength(2)
  })

  test('the message of TOKEN_INVALID for a certificate does not speak of the audience of a token', () => {
    const flags = { registry: 'https://registry.example', tokenFrom: '', audience: '', cert: 'client.pem' } as const
    const error = new RegistryError({ reason: 'TOKEN_INVALID', message: 'No.' })
    expect(explainRefusal(error, 'No.', describeCredential(flags))).toBe(
      'No. The command sent the certificate of --cert; check who has signed it, and until when it is valid.',
    )
  })

  test('a refusal of a proxy says that the proxy may ask for a token', async () => {
    const proxy = createServer((_request, response) => response.writeHead(401).end())
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const { exitCode, stderr } = await get(['--registry', url])
    expect([exitCode, stderr]).toEqual([
      7,
      expect.stringContaining('; a proxy may ask for one, so give one with --token-from'),
    ])
    proxy.closeAllConnections()
    proxy.close()
  })

  test('a registry that limits the rate of the caller longer than the call may take has the exit code 5', async () => {
    registry.answer({ get: refusing(refusal(Code.ResourceExhausted, 'RATE_LIMITED', 60)) })
    expect(await get([])).toMatchObject({ exitCode: 5, stderr: 'waypost: RATE_LIMITED said\n' })
    expect(registry.requests).toHaveLength(1)
  })
})

describe('--timeout', () => {
  test('a call ends after the seconds of --timeout or WAYPOST_TIMEOUT', async () => {
    registry.answer({ get: () => new Promise(() => {}) })
    const late = { exitCode: 5, stderr: expect.stringContaining('cannot be reached (no answer within 50 ms)') }
    expect(await get(['--timeout', '0.05'], { WAYPOST_TIMEOUT: '60' })).toMatchObject(late)
    expect(await get([], { WAYPOST_TIMEOUT: '0.05' })).toMatchObject(late)
  })

  test.for(['0.001', '5', '30.5', '86400'])('--timeout %s is accepted', async (value) => {
    expect((await get(['--timeout', value])).stderr).not.toContain('--timeout')
  })

  test.for(['0', '0.0', '-1', '86401', '1e3', '0.0001', '5s', 'soon'])('--timeout %s is refused', async (value) => {
    expect(await get(['--timeout', value])).toEqual({
      ...{ exitCode: 2, stdout: '' },
      stderr: `waypost: --timeout (WAYPOST_TIMEOUT): "${value}" is not valid; use a number of seconds from 0.001 to 86400.\n`,
    })
  })
})

describe('--cert and --key', () => {
  let storage: Storage
  let server: ServeProcess
  beforeAll(async () => {
    storage = await sqliteStorage()
    const tls = ['--tls-cert', pem('server'), '--tls-key', pem('server-key'), '--tls-client-ca', pem('ca')]
    server = await spawnServe(['--store', storage.location, '--log-level', 'silent', ...tls])
  })
  afterAll(async () => {
    await server.stop()
    await storage.remove()
  })
  const call = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    run(['namespaces', '--registry', server.url, '--ca', pem('ca'), ...args], env)

  test('a command shows the certificate of --cert and --key, or of their variables', async () => {
    const both = ['--cert', pem('client'), '--key', pem('client-key')]
    expect(await call(both)).toMatchObject({ exitCode: 0, stderr: '' })
    const variables = { WAYPOST_CERT: pem('client'), WAYPOST_KEY: pem('client-key') }
    expect(await call([], variables)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await get([], variables), 'a registry without TLS needs no certificate').toMatchObject({ exitCode: 0 })
  })

  test('a command without a certificate says that the registry asks for one, and how to give it', async () => {
    const { exitCode, stderr } = await call([])
    expect([exitCode, stderr]).toEqual([
      5,
      expect.stringMatching(/asks for a client certificate \(\w+\); give one with --cert and --key/),
    ])
  })

  test('a command whose certificate the registry does not trust says so', async () => {
    const { exitCode, stderr } = await call(['--cert', pem('stranger'), '--key', pem('stranger-key')])
    expect([exitCode, stderr]).toEqual([
      5,
      expect.stringMatching(
        /closed the connection without an answer \(ECONNRESET\); if it asks for a client certificate, check --cert/,
      ),
    ])
  })

  test.for<readonly [string, readonly string[], RegExp]>([
    ['--cert alone', ['--cert', pem('client')], /--cert needs --key \(WAYPOST_KEY\); give both, or none of them\./],
    ['--key alone', ['--key', pem('client-key')], /--key needs --cert \(WAYPOST_CERT\); give both/],
    [
      'a missing certificate',
      ['--cert', 'none.pem', '--key', pem('client-key')],
      /--cert \(WAYPOST_CERT\): the file .*none\.pem" cannot be read \(ENOENT\)/,
    ],
    [
      'a missing key',
      ['--cert', pem('client'), '--key', 'none.pem'],
      /--key \(WAYPOST_KEY\): the file .* cannot be read \(ENOENT\); check the path/,
    ],
    [
      'a key as a certificate',
      ['--cert', pem('client-key'), '--key', pem('client-key')],
      /--cert .* has no certificate; use/,
    ],
    [
      'a certificate as a key',
      ['--cert', pem('client'), '--key', pem('client')],
      /--key .* has no private key; use the path/,
    ],
    [
      'the key of another certificate',
      ['--cert', pem('client'), '--key', pem('server-key')],
      /--key .* is not the private key of --cert; use/,
    ],
  ])('%s is refused', async ([, args, message]) => {
    expect(await call(args)).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(message) })
  })

  test('an encrypted key is refused with the command that decrypts it', async () => {
    const { generateKeyPairSync } = await import('node:crypto')
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const
    writeFileSync(join(folder, 'encrypted.pem'), privateKey.export(options))
    const { exitCode, stderr } = await call(['--cert', pem('client'), '--key', join(folder, 'encrypted.pem')])
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/has an encrypted key; decrypt it with openssl pkey/)])
  })

  test.for(['--cert', '--key', '--ca'])('%s for a registry without TLS is refused', async (flag) => {
    expect(await get([flag, pem('client')])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`${flag} is only for https`),
    })
  })
})

describe('waypost whoami', () => {
  const caller = {
    name: 'github:my-org/x deploy.yml@main run 1.1',
    kind: Caller_Kind.OIDC,
    issuer: 'https://token.actions.githubusercontent.com',
    subject: 'repo:my-org/x',
    claims: { repository: 'my-org/x', runNumber: '7' },
  }
  const grants = [{ permissions: ['read', 'register'], on: ['my-org/*'] }]

  test('waypost whoami prints the caller, its claims and its grants', async () => {
    registry.answer({ whoAmI: () => ({ caller, grants }) })
    expect(await run(['whoami'])).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: [
        'github:my-org/x deploy.yml@main run 1.1',
        '  credential: oidc',
        '  issuer: https://token.actions.githubusercontent.com',
        '  subject: repo:my-org/x',
        '  claim repository: my-org/x',
        '  claim runNumber: 7',
        '  may: read, register on my-org/*\n',
      ].join('\n'),
    })
    expect(JSON.parse((await run(['whoami', '--json'])).stdout)).toEqual({
      caller: { ...caller, kind: 'OIDC' },
      grants,
    })
  })

  test('waypost whoami tells whether the caller has a permission, and exits with 7 if not', async () => {
    const asked: unknown[] = []
    const answer = (allowed: boolean) => ({
      whoAmI: ({ permission, resource }: { permission: string; resource: string }) => {
        asked.push([permission, resource])
        const kind = Caller_Kind.ANONYMOUS
        return { caller: { name: 'anonymous', kind }, check: { allowed, explanation: allowed ? '' : 'nobody may.' } }
      },
    })
    registry.answer(answer(true))
    expect(await run(['whoami', '--permission', 'delete', '--on', 'my-org/x'])).toEqual({
      ...{ exitCode: 0, stderr: '' },
      stdout: 'anonymous\n  credential: anonymous\n  delete on my-org/x: yes\n',
    })
    registry.answer(answer(false))
    expect(await run(['whoami', '--permission', 'read'])).toEqual({
      ...{ exitCode: 7, stderr: '' },
      stdout: 'anonymous\n  credential: anonymous\n  read on any service: no: nobody may.\n',
    })
    expect(asked).toEqual([
      ['delete', 'my-org/x'],
      ['read', ''],
    ])
  })

  test.for<readonly [readonly string[], RegExp]>([
    [
      ['--permission', 'write'],
      /--permission "write" is not valid; use read, register, manage, delete, call, or admin\./,
    ],
    [['--on', 'my-org/x'], /--on needs --permission; give both, or none of them\./],
  ])('waypost whoami %j is refused', async ([args, message]) => {
    expect(await run(['whoami', ...args])).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(message) })
  })
})

describe('waypost token', () => {
  const issuing: Methods = {
    issueCallToken: (request) => {
      asked.push(request as never)
      const { namespace, name } = request
      return { revision: { namespace, name, revisionTag: '1.2.9' }, accessToken: 'a.call.token', expiresIn: 300 }
    },
  }

  test('waypost token prints the token and nothing else', async () => {
    registry.answer(issuing)
    expect(await run(['token', 'my-org/x', '--token', SECRET])).toEqual({
      exitCode: 0,
      stdout: 'a.call.token\n',
      stderr: '',
    })
    expect(registry.credentials()).toEqual([`Bearer ${SECRET}`])
  })

  test('waypost token --json prints the revision and the end of the token, too', async () => {
    registry.answer(issuing)
    const { stdout } = await run(['token', 'my-org/x', '--json'])
    const { expires_in: expiresIn, ...others } = JSON.parse(stdout)
    const revision = { namespace: 'my-org', name: 'x', revision_tag: '1.2.9', is_default: false }
    expect(others).toEqual({ revision, access_token: 'a.call.token', token_type: 'Bearer' })
    expect(expiresIn).toBeGreaterThan(200)
    expect(expiresIn).toBeLessThanOrEqual(300)
  })

  test('waypost token sends the selection and the lifetime', async () => {
    registry.answer(issuing)
    await run(['token', 'my-org/x', '--range', '^1', '--include-prerelease', '--selector', 'a=b', '--lifetime', '3600'])
    await run(['token', 'my-org/x', '--alias', 'beta', '--lifetime', '60'])
    expect(asked).toMatchObject([
      { versionRange: '^1', includePrerelease: true, labelSelector: 'a=b', lifetimeSeconds: 3_600 },
      { alias: 'beta', lifetimeSeconds: 60 },
    ])
  })

  test('waypost token prints nothing to stdout if it fails', async () => {
    registry.answer({ issueCallToken: refusing(refusal(Code.FailedPrecondition, 'CALL_TOKENS_OFF')) })
    expect(await run(['token', 'my-org/x'])).toEqual({
      exitCode: 4,
      stdout: '',
      stderr: 'waypost: CALL_TOKENS_OFF said\n',
    })
  })

  test.for(['59', '3601', '0', '5m', '60.5'])('waypost token --lifetime %s is refused', async (value) => {
    expect(await run(['token', 'my-org/x', '--lifetime', value])).toEqual({
      ...{ exitCode: 2, stdout: '' },
      stderr: `waypost: --lifetime "${value}" is not valid; use a whole number from 60 to 3600.\n`,
    })
  })
})
