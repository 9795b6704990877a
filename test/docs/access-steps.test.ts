import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { type IssuerKey, makeKey, signToken } from '../auth/oidc/issuer.ts'
import { readBlocks } from '../support/documents.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

// docs/moving-in.md turns on access control in four steps. Each step has an access file.

const ENDPOINT = 'https://waypost.myapp.org/api/integrations/octue/services'
const GITHUB = 'https://token.actions.githubusercontent.com'
const GOOGLE = 'https://accounts.google.com'

const files = readBlocks('docs/moving-in.md').filter(({ file }) => file === 'access.yaml')

/** The token of an application with today's SDK, whose audience is the endpoint in its settings. */
const applicationClaims = {
  ...{ iss: GOOGLE, sub: '1082', aud: ENDPOINT },
  ...{ email: 'my-app@my-project.iam.gserviceaccount.com', email_verified: true },
}
const pipelineClaims = {
  ...{ iss: GITHUB, sub: 'repo:my-org/my-service', aud: 'https://myapp.org/api/integrations/octue/services' },
  ...{ repository: 'my-org/my-service', repository_owner_id: '123456' },
  job_workflow_ref: 'my-org/workflows/.github/workflows/build-twined-service.yml@refs/tags/1.0',
}

describe.for([
  // The status of a lookup and of a registration by each caller.
  { step: 1, application: [200, 200], pipeline: [200, 200], nobody: [200, 200], stranger: [200, 200] },
  { step: 2, application: [200, 200], pipeline: [200, 200], nobody: [200, 200], stranger: [200, 200] },
  { step: 3, application: [200, 401], pipeline: [200, 200], nobody: [200, 401], stranger: [200, 401] },
  { step: 4, application: [200, 403], pipeline: [200, 200], nobody: [401, 401], stranger: [403, 403] },
])('step $step of docs/moving-in.md', ({ step, ...expected }) => {
  const keys: Readonly<Record<string, IssuerKey>> = {
    [GITHUB]: makeKey('ES256', 'github'),
    [GOOGLE]: makeKey('ES256', 'google'),
  }
  let folder: string
  let storage: Storage
  let server: RunningServer

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waypost-steps-'))
    storage = await sqliteStorage()
    const file = join(folder, 'access.yaml')
    await writeFile(file, await withKeyFiles(files[step - 1]?.text ?? ''))
    server = await startInProcess(storage, { access: { file } })
  })

  afterAll(async () => {
    await server.close()
    await storage.remove()
    await rm(folder, { recursive: true, force: true })
  })

  /** The server cannot reach the issuers, so their keys come from files. */
  async function withKeyFiles(text: string): Promise<string> {
    for (const [issuer, { jwk }] of Object.entries(keys)) {
      await writeFile(join(folder, new URL(issuer).host), JSON.stringify({ keys: [jwk] }))
    }
    return text.replaceAll(/^( +)- issuer: https:\/\/(.*)$/gm, '$&\n$1  jwks_file: $2')
  }

  function headersFor(claims: Readonly<Record<string, unknown>> & { readonly iss: string }): Record<string, string> {
    const key = keys[claims.iss] as IssuerKey
    const seconds = Math.floor(Date.now() / 1000)
    const token = signToken(key, { alg: key.alg, kid: key.kid }, { ...claims, iat: seconds, exp: seconds + 300 })
    return { authorization: `Bearer ${token}` }
  }

  async function statusesOf(headers: Record<string, string>): Promise<number[]> {
    const url = `${server.url}/services/my-org/my-service`
    const lookup = await fetch(url, { headers })
    const body = '{"revision_tag": "1.2.9", "validate_only": true}'
    const registration = await fetch(url, { method: 'POST', headers, body })
    // Nothing is registered, so a lookup that is allowed finds nothing.
    return [lookup.status === 404 ? 200 : lookup.status, registration.status]
  }

  test('an application with today’s SDK, a pipeline with a token, and callers that nobody knows may do as the step says', async () => {
    expect({
      application: await statusesOf(headersFor(applicationClaims)),
      pipeline: await statusesOf(headersFor(pipelineClaims)),
      nobody: await statusesOf({}),
      stranger: await statusesOf(
        headersFor({ ...applicationClaims, email: 'other@elsewhere.iam.gserviceaccount.com' }),
      ),
    }).toEqual(expected)
  })
})

test('docs/moving-in.md has an access file for each step', () => {
  expect(files).toHaveLength(4)
})
