import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OAuth2Server } from 'oauth2-mock-server'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { writeAccessFile } from '../support/access-file.ts'
import { startInProcess } from '../support/in-process.ts'
import { sendJson } from '../support/send-json.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { findPythonWith, skipWithout } from '../support/tools.ts'

// Tokens that libraries of others have made, at issuers of others.

const AUDIENCE = 'https://registry.example/services'

let storage: Storage
let folder: string
beforeAll(async () => {
  storage = await sqliteStorage()
  folder = await mkdtemp(join(tmpdir(), 'waypost-issuers-'))
})
afterAll(async () => {
  await storage.remove()
  await rm(folder, { recursive: true })
})

/** Starts a server that accepts the tokens of these issuers. Every one of their subjects may register. */
async function startWith(
  ...issuers: { readonly issuer: string; readonly jwks_file?: string }[]
): Promise<RunningServer> {
  const grants = issuers.map(({ issuer }) => {
    return { permissions: ['register', 'read'], on: ['my-org/*'], to: { iss: issuer, any_subject: true } }
  })
  const file = await writeAccessFile(folder, { grants, others: { audiences: [AUDIENCE], issuers } })
  const server = await startInProcess(storage, { access: { file } })
  onTestFinished(() => server.close())
  return server
}

/** The answer of the server about the caller with this token. */
async function whoAmI({ url }: RunningServer, token: string) {
  const { status, text } = await sendJson(url, '/whoami', { headers: { authorization: `Bearer ${token}` } })
  return { status, ...JSON.parse(text) }
}

describe('oauth2-mock-server', () => {
  const keys = [
    ['RS256', {}],
    ['ES256', {}],
    ['EdDSA', { crv: 'Ed25519' }],
  ] as const

  test.each(keys)(
    'a token that oauth2-mock-server signs with %s is accepted, with its keys by discovery',
    async (alg, options) => {
      const foreign = await startMockServer(alg, options)
      const issuer = foreign.issuer.url ?? ''
      const server = await startWith({ issuer })
      const token = await tokenFrom(issuer, { aud: AUDIENCE, client_id: 'my-pipeline' })
      expect(await whoAmI(server, token)).toMatchObject({
        status: 200,
        caller: { kind: 'OIDC', issuer, subject: expect.any(String), claims: { aud: AUDIENCE, iss: issuer } },
      })
      const name = `from-${alg.toLowerCase()}`
      const body = { revision_tag: '1.0.0' }
      const headers = { authorization: `Bearer ${token}` }
      expect(await sendJson(server.url, `/services/my-org/${name}`, { body, headers })).toMatchObject({ status: 201 })
    },
  )

  test('a token of oauth2-mock-server for another audience is refused', async () => {
    const foreign = await startMockServer('ES256', {})
    const issuer = foreign.issuer.url ?? ''
    const server = await startWith({ issuer })
    const token = await tokenFrom(issuer, { aud: 'https://other.example' })
    expect(await whoAmI(server, token)).toMatchObject({ status: 401, reason: 'TOKEN_INVALID' })
  })
})

async function startMockServer(alg: string, options: { readonly crv?: string }): Promise<OAuth2Server> {
  const server = new OAuth2Server()
  await server.issuer.keys.generate(alg, options)
  await server.start(0, '127.0.0.1')
  onTestFinished(() => server.stop())
  // The service sets no subject for a client, but every issuer that people use does.
  server.service.on('beforeTokenSigning', ({ payload }) => {
    payload.sub ??= 'client:my-pipeline'
  })
  return server
}

/** Gets a token as a pipeline does, with the grant type `client_credentials`. */
async function tokenFrom(issuer: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...fields })
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body })
  return ((await answer.json()) as { readonly access_token: string }).access_token
}

// PyJWT signs, and writes the keys as its users publish them.
const SCRIPT = `
import json, sys, time
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

issuer, audience = sys.argv[1:]
keys = {
    "RS256": (rsa.generate_private_key(public_exponent=65537, key_size=2048), RSAAlgorithm),
    "ES256": (ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    "EdDSA": (ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm),
}
now = int(time.time())
claims = {"iss": issuer, "sub": "python", "aud": audience, "iat": now, "exp": now + 300}
rsa_key = keys["RS256"][0]

def sign(alg, kid=None, **changes):
    return jwt.encode({**claims, **changes}, keys[alg][0], algorithm=alg, headers={"kid": kid or alg})

def public(alg):
    key, algorithm = keys[alg]
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": alg, "use": "sig"}

good = {alg: sign(alg) for alg in keys}
bad = {
    "has the algorithm HS256": jwt.encode(claims, "a secret of at least 32 characters", algorithm="HS256", headers={"kid": "RS256"}),
    "has the algorithm none": jwt.encode(claims, None, algorithm="none"),
    "has the algorithm PS256": jwt.encode(claims, rsa_key, algorithm="PS256", headers={"kid": "RS256"}),
    "has expired": sign("ES256", exp=now - 60),
    "has a key that nobody published": sign("ES256", kid="other"),
    "has two audiences": sign("ES256", aud=[audience, "https://other.example"]),
    "has another issuer": sign("ES256", iss=issuer + "/"),
    "is not valid yet": sign("ES256", nbf=now + 600),
}
print(json.dumps({"jwks": {"keys": [public(alg) for alg in keys]}, "good": good, "bad": bad}))
`

const python = findPythonWith('jwt', 'cryptography')
const reason = skipWithout(python !== undefined, 'PyJWT: .ci/run installs it')

describe.skipIf(reason)('PyJWT', () => {
  test('tokens that PyJWT signs are accepted with each algorithm, and its wrong ones are refused', async () => {
    const issuer = 'https://python.example'
    const { stdout } = await promisify(execFile)(python ?? '', ['-c', SCRIPT, issuer, AUDIENCE])
    const { jwks, good, bad } = JSON.parse(stdout) as PythonTokens
    const jwksFile = join(folder, 'python-jwks.json')
    await writeFile(jwksFile, JSON.stringify(jwks))
    const server = await startWith({ issuer, jwks_file: jwksFile })
    for (const token of Object.values(good)) {
      const caller = { kind: 'OIDC', issuer, subject: 'python', name: `${issuer} python` }
      expect(await whoAmI(server, token)).toMatchObject({ status: 200, caller })
    }
    expect(Object.keys(good)).toEqual(['RS256', 'ES256', 'EdDSA'])
    for (const [what, token] of Object.entries(bad)) {
      expect(await whoAmI(server, token), what).toMatchObject({ status: 401, reason: 'TOKEN_INVALID' })
    }
  })
})

interface PythonTokens {
  readonly jwks: object
  /** Valid tokens, by their algorithms. */
  readonly good: Readonly<Record<string, string>>
  /** Tokens with a defect, by their defects. */
  readonly bad: Readonly<Record<string, string>>
}
