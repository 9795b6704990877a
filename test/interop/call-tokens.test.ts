import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { rotateKeys } from '../../src/call-tokens/keys/key-directory.ts'
import { rotationTimes } from '../../src/call-tokens/keys/key-schedule.ts'
import { generateKeyFile, parseKeyFile } from '../../src/call-tokens/keys/signing-key.ts'
import type { RunningServer } from '../../src/start-server.ts'
import { readBlocks } from '../support/documents.ts'
import { eventually } from '../support/eventually.ts'
import { freePort } from '../support/free-port.ts'
import { startInProcess } from '../support/in-process.ts'
import { sendJson } from '../support/send-json.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { findPythonWith, hasCommand, run, skipWithout } from '../support/tools.ts'

// The programs of docs/call-tokens.md verify tokens of a registry, with libraries that nobody here wrote.

const PAGE = 'docs/call-tokens.md'
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const GO_MODULE = fileURLToPath(new URL('./verify-go/', import.meta.url))
/** PyJWKClient does not look for an unknown key right after it has read the keys, so the key must be published before. */
const UNTIL_DUE_MS = 3_000

const SHOWN = 'https://registry.my-org.example'

const python = findPythonWith('jwt', 'cryptography') ?? ''
const noPython = skipWithout(python !== '', 'PyJWT: no Python with PyJWT and cryptography')
const noGo = skipWithout(hasCommand('go', 'version'), 'golang-jwt: no Go')

let folder = ''
let keys = ''
let registry = ''
let storage: Storage
let server: RunningServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-verify-'))
  keys = join(folder, 'keys')
  storage = await sqliteStorage()
  const port = await freePort()
  registry = `http://127.0.0.1:${port}`
  const issuer = { kind: 'jwt', publicUrl: registry, signingKeys: keys } as const
  server = await startInProcess(storage, { port, callTokens: { publicUrl: registry, issuer } })
  for (const tag of ['1.2.8', '1.2.9']) {
    await sendJson(registry, '/services/my-org/my-service', { body: { revision_tag: tag } })
  }
})
afterAll(async () => {
  await server.close()
  await storage.remove()
  await rm(folder, { recursive: true })
})

/** A program of the page, with the URL of this registry. */
function program(file: string): string {
  const text = readBlocks(PAGE).find((block) => block.file === file)?.text ?? ''
  expect(text).toContain(SHOWN)
  return text.replaceAll(SHOWN, registry)
}

async function issue(tag = '1.2.9'): Promise<string> {
  const { text } = await sendJson(registry, '/services/my-org/my-service/token', { body: { revision_tag: tag } })
  return JSON.parse(text).access_token
}

const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid

/** Tokens that every verifier must refuse. */
async function badTokens(): Promise<readonly (readonly [string, string])[]> {
  const stranger = parseKeyFile(JSON.stringify(generateKeyFile(0)))
  const good = await issue()
  const [head, payload = ''] = good.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const forged = (kid: string) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid }).sign(stranger.privateKey)
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url')
  return [
    ['for another revision', await issue('1.2.8')],
    ['of a stranger', await forged(stranger.kid)],
    ['of a stranger who uses the name of our key', await forged(kidOf(good))],
    ['that was changed', `${head}.${changed}.${good.split('.')[2]}`],
    ['without a signature', `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`],
  ]
}

/** A verifier that runs for the whole test. It reads a token a line, and writes a line for each. */
function startVerifier(command: string, args: readonly string[]) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const closed = once(child, 'close')
  const end = async () => {
    child.stdin.end()
    await closed
  }
  onTestFinished(end)
  return {
    verify: async (token: string): Promise<string> => {
      child.stdin.write(`${token}\n`)
      const { value, done } = await lines.next()
      return done ? `refused: ${stderr.trim()}` : value
    },
    end,
  }
}

/** Lets a verifier verify tokens of the registry before and after its key is replaced. Then it refuses bad tokens. */
async function checkVerifier(command: string, args: readonly string[]): Promise<void> {
  const { verify } = startVerifier(command, args)
  const before = await issue()
  expect(await verify(before)).toBe('waypost:anonymous')
  // Verifiers read the keys again after a second here, and not after 5 minutes. So the time until the key signs is shorter, too.
  const { added } = await rotateKeys(keys, Date.now(), { ...rotationTimes, untilDueMs: UNTIL_DUE_MS })
  await eventually('the new key signs', async () => kidOf(await issue()) === added.kid)
  expect(await verify(await issue())).toBe('waypost:anonymous')
  expect(await verify(before)).toBe('waypost:anonymous')
  for (const [what, token] of await badTokens()) {
    expect(await startVerifier(command, args).verify(token), what).toMatch(/^refused: ./)
  }
}

describe('a token to call a revision', () => {
  test.skipIf(noPython)('PyJWT verifies tokens, also after the key was replaced, and refuses bad ones', async () => {
    const path = join(folder, 'verify.py')
    await writeFile(path, program('verify.py').replace('lifespan=300', 'lifespan=1'))
    await checkVerifier(python, [path])
  })

  test.skipIf(noGo)(
    'golang-jwt with keyfunc verifies tokens, also after the key was replaced, and refuses bad ones',
    async () => {
      await writeFile(join(folder, 'verify.go'), program('verify.go'))
      for (const file of ['go.mod', 'go.sum']) await copyFile(join(GO_MODULE, file), join(folder, file))
      await run('go', ['build', '-o', 'verify', '.'], folder)
      await checkVerifier(join(folder, 'verify'), [])
    },
  )

  test('the server of the page for Node lets a caller with a token in, and no other', async () => {
    const port = await freePort()
    const source = program('verify.mjs').replace('9000', `${port}`)
    // Code from standard input may import this package by its name.
    const args = ['--conditions=waypost-source', '--input-type=module', '-']
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['pipe', 'ignore', 'inherit'] })
    const closed = once(child, 'close')
    onTestFinished(async () => {
      child.kill()
      await closed
    })
    child.stdin.end(source)
    const call = async (authorization: string) => {
      const { status, text } = await sendJson(`http://127.0.0.1:${port}`, '/', { headers: { authorization } })
      return [status, text]
    }
    await eventually('it listens', async () => (await call('')).length > 0)
    expect(await call(`Bearer ${await issue()}`)).toEqual([200, 'Hello, waypost:anonymous.\n'])
    for (const [what, token] of await badTokens()) expect((await call(`Bearer ${token}`))[0], what).toBe(401)
    expect(await call('')).toEqual([401, 'the token is not a JWT; send a token that a registry has issued.\n'])
  })
})
