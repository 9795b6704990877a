import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { makeKey, signToken } from '../auth/oidc/issuer.ts'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import { eventually } from '../support/eventually.ts'
import { startInProcess } from '../support/in-process.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { sendJson } from '../support/send-json.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { findOctue, findPythonWith, skipWithout } from '../support/tools.ts'
import { type MetadataServer, startMetadataServer } from './metadata-server.ts'

// The lookups of the Octue SDK against a registry with an access file. The SDK gets its tokens from a stand-in for the
// metadata server of Google Cloud, and the registry trusts the keys of this stand-in.

const SCRIPT = `
import json, sys
try:
    from octue.twined.cloud.registry import get_default_sruid
except ImportError:
    from octue.cloud.registry import get_default_sruid

endpoint, *services = sys.argv[1:]
registries = [{"name": endpoint, "endpoint": endpoint}]
for service in services:
    try:
        print(json.dumps(get_default_sruid(*service.split("/"), registries)))
    except Exception as error:
        print(json.dumps([type(error).__name__, str(error)]))
`

const GOOGLE = 'https://accounts.google.com'
const EMAIL = 'svc@project.iam.gserviceaccount.com'
const google = makeKey('RS256', 'google-1')
const ci = makeToken('ci')
const python = findPythonWith('requests', 'google.auth', 'coolname')
const { log, lines } = recordingLogger()

/** The ID token of a service account, as Google issues it to the programs of a machine. */
function idToken(aud: string, email = EMAIL): string {
  const now = Math.floor(Date.now() / 1_000)
  const claims = { iss: GOOGLE, aud, azp: '1', sub: '1', email, email_verified: true, iat: now, exp: now + 3_600 }
  return signToken(google, { alg: 'RS256', kid: google.kid, typ: 'JWT' }, claims)
}

let storage: Storage
let folder: string
let server: RunningServer
let endpoint: string
beforeAll(async () => {
  storage = await sqliteStorage()
  folder = await mkdtemp(join(tmpdir(), 'waypost-octue-'))
  await writeFile(join(folder, 'google.json'), JSON.stringify({ keys: [google.jwk] }))
  server = await startInProcess(storage, { access: { file: await writeAccess('https://unknown.example') }, log })
  // The SDK asks for a token whose audience is the endpoint, whose port was not known before.
  endpoint = `${server.url}/services`
  await writeAccess(endpoint)
  server.reload()
  await eventually('the access file is read again', async () =>
    lines.some(({ message }) => message === 'the access file was reloaded'),
  )
  for (const name of ['my-service', 'secret']) {
    const body = { revision_tag: '1.2.9', is_default: true }
    const namespace = name === 'secret' ? 'other-org' : 'my-org'
    const registered = sendJson(server.url, `/services/${namespace}/${name}`, { body, headers: ci.headers })
    expect(await registered).toMatchObject({ status: 201 })
  }
})
afterAll(async () => {
  await server.close()
  await storage.remove()
  await rm(folder, { recursive: true })
})

function writeAccess(audience: string): Promise<string> {
  const grants = [
    { permissions: ['register'], on: ['*'], to: { token: 'ci' } },
    { permissions: ['read'], on: ['my-org/*'], to: { iss: GOOGLE, email: EMAIL, email_verified: true } },
  ]
  const issuers = [{ issuer: GOOGLE, jwks_file: join(folder, 'google.json') }]
  return writeAccessFile(folder, { tokens: [ci], grants, others: { audiences: [audience], issuers } })
}

async function lookUp(version: string, metadata: MetadataServer, services: readonly string[]): Promise<unknown[]> {
  const env = { ...process.env, ...metadata.env, PYTHONPATH: findOctue(version), PYTHONWARNINGS: 'ignore' }
  try {
    const { stdout } = await promisify(execFile)(python ?? '', ['-c', SCRIPT, endpoint, ...services], { env })
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  } finally {
    metadata.close()
  }
}

describe.for(['0.63.0', '0.69.1'])('the Octue SDK %s', (version) => {
  const isThere = python !== undefined && findOctue(version) !== undefined
  const reason = skipWithout(isThere, `Octue ${version}: .ci/run installs it`)
  const refused = (status: string) => [expect.any(String), expect.stringContaining(status)]

  // One process for all, because the SDK takes seconds to start. It asks for a token for each lookup.
  test.skipIf(reason)(
    `the Octue SDK ${version} finds the services that the account of its Google token may read`,
    async () => {
      const attempts = [
        { service: 'my-org/my-service', token: idToken(endpoint), outcome: 'my-org/my-service:1.2.9' },
        { service: 'other-org/secret', token: idToken(endpoint), outcome: refused('403') },
        { service: 'my-org/my-service', token: idToken(endpoint, 'other@example.com'), outcome: refused('403') },
        { service: 'my-org/my-service', token: idToken('https://other.example'), outcome: refused('401') },
        { service: 'my-org/my-service', token: `${idToken(endpoint).slice(0, -8)}AAAAAAAA`, outcome: refused('401') },
      ]
      const tokens = attempts.map(({ token }) => token)
      const audiences: string[] = []
      const metadata = await startMetadataServer((audience) => {
        audiences.push(audience)
        return tokens.shift() ?? ''
      })
      const found = await lookUp(
        version,
        metadata,
        attempts.map(({ service }) => service),
      )
      expect(found).toEqual(attempts.map(({ outcome }) => outcome))
      expect(audiences).toEqual(attempts.map(() => endpoint))
    },
  )
})
