import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { openModuleIssuer } from '../../src/call-tokens/module-issuer.ts'
import { anonymousIdentity } from '../../src/domain/access/identity.ts'
import type { Revision } from '../../src/domain/log.ts'
import { noInfo } from '../../src/domain/revision-info.ts'
import { parseSruid } from '../../src/domain/sruid.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'

// A stand-in for two servers of Google: the metadata server of a machine, and the IAM Service Account Credentials API.

const EXAMPLE = fileURLToPath(new URL('../../examples/google-call-token.ts', import.meta.url))
const METADATA = '/computeMetadata/v1/instance/service-accounts/default/token'
const EXPIRY_S = Math.floor(Date.now() / 1000) + 3_600

const asked: { path: string; authorization: string | undefined; body: unknown }[] = []
const idToken = `e30.${Buffer.from(JSON.stringify({ exp: EXPIRY_S })).toString('base64url')}.c2ln`
const server = createServer(async (request, response) => {
  let text = ''
  for await (const part of request) text += part
  const { url: path = '', headers } = request
  const answer = (body: object) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  if (path === METADATA) {
    if (headers['metadata-flavor'] !== 'Google') return response.writeHead(403).end()
    return answer({ access_token: 'token-of-the-machine', expires_in: 3_599, token_type: 'Bearer' })
  }
  asked.push({ path, authorization: headers.authorization, body: JSON.parse(text) })
  if (path.endsWith(':generateAccessToken')) {
    return answer({ accessToken: 'ya29.access', expireTime: new Date(EXPIRY_S * 1000).toISOString() })
  }
  if (path.endsWith(':generateIdToken')) return answer({ token: idToken })
  return response.writeHead(404).end()
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  vi.stubEnv('GCE_METADATA_HOST', host)
  vi.stubEnv('IAM_CREDENTIALS_URL', `http://${host}`)
})
afterAll(() => {
  vi.unstubAllEnvs()
  server.close()
  server.closeAllConnections()
})

async function issue(sruid: string) {
  const issuer = await openModuleIssuer({ path: EXAMPLE, log: silentLogger })
  onTestFinished(() => issuer.close())
  const revision = { ...parseSruid(sruid), info: noInfo } as unknown as Revision
  const order = { revision, generation: 1, audience: `waypost:${sruid}`, caller: anonymousIdentity, lifetimeS: 600 }
  asked.length = 0
  return issuer.issue(order, new AbortController().signal)
}

const accountPath = (name: string, method: string) =>
  `/v1/projects/-/serviceAccounts/${name}@my-project.iam.gserviceaccount.com:${method}`

test('the example for Google issues ID tokens for a service with an audience', async () => {
  const { accessToken, expiresInS } = await issue('my-org/my-service:1.2.9')
  expect(accessToken).toBe(idToken)
  expect(Math.abs(expiresInS - 3_600)).toBeLessThan(600)
  expect(asked).toEqual([
    {
      path: accountPath('my-service-caller', 'generateIdToken'),
      authorization: 'Bearer token-of-the-machine',
      body: { audience: 'https://my-service-abc123-ew.a.run.app', includeEmail: true },
    },
  ])
})

test('the example for Google issues access tokens for a service without an audience, with the lifetime of the request', async () => {
  expect((await issue('my-org/my-pipeline:1.0.0')).accessToken).toBe('ya29.access')
  expect(asked).toEqual([
    {
      path: accountPath('my-pipeline-caller', 'generateAccessToken'),
      authorization: 'Bearer token-of-the-machine',
      body: { scope: ['https://www.googleapis.com/auth/cloud-platform'], lifetime: '600s' },
    },
  ])
})

test('the example for Google issues no token for a service that it does not list', async () => {
  const refusal = issue('my-org/other:1.0.0')
  await expect(refusal).rejects.toMatchObject({ reason: 'CALL_TOKEN_FAILED' })
  expect(asked).toEqual([])
})
