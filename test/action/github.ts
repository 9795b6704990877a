import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose'

/** A stand-in for the part of GitHub that gives ID tokens to the jobs of workflows. */
export interface GitHub {
  /** The variables of a job with the permission `id-token: write`. */
  readonly env: Readonly<Record<string, string>>
  /** The keys that verify its tokens. */
  readonly keys: JSONWebKeySet
  /** The tokens that it gave so far. */
  readonly tokens: readonly string[]
  /** The audiences that jobs asked for. */
  readonly audiences: readonly (string | null)[]
  /** Answers the next requests with these statuses first. */
  failWith(...statuses: readonly number[]): void
  close(): void
}

const ISSUER = 'https://token.actions.githubusercontent.com'
const SECRET = 'secret-of-the-job'

/** The claims of a job that releases 1.2.9 of my-org/my-service. */
export const claims = {
  repository: 'my-org/my-service',
  repository_id: '7654321',
  repository_owner: 'my-org',
  repository_owner_id: '123456',
  workflow: 'Deploy',
  workflow_ref: 'my-org/my-service/.github/workflows/deploy.yml@refs/tags/1.2.9',
  job_workflow_ref: 'my-org/my-service/.github/workflows/deploy.yml@refs/tags/1.2.9',
  ref: 'refs/tags/1.2.9',
  ref_type: 'tag',
  sha: '0123456789abcdef0123456789abcdef01234567',
  actor: 'octocat',
  event_name: 'push',
  run_id: '123',
  run_number: '7',
  run_attempt: '1',
}

/** Starts the stand-in on 127.0.0.1, with a key of its own. */
export async function startGitHub(extra: Readonly<Record<string, string>> = {}): Promise<GitHub> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'github-1', alg: 'RS256', use: 'sig' }
  const tokens: string[] = []
  const audiences: (string | null)[] = []
  const failures: number[] = []

  const server = createServer(async (request, response) => {
    const audience = new URL(request.url ?? '', 'http://github').searchParams.get('audience')
    audiences.push(audience)
    const failure = request.headers.authorization === `Bearer ${SECRET}` ? failures.shift() : 401
    if (failure !== undefined) return void response.writeHead(failure).end()
    const token = await new SignJWT({ ...claims, ...extra })
      .setProtectedHeader({ alg: 'RS256', kid: jwk.kid, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(audience ?? 'https://github.com/my-org')
      .setSubject('repo:my-org/my-service:ref:refs/tags/1.2.9')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey)
    tokens.push(token)
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ count: token.length, value: token }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2.0`
  return {
    ...{ tokens, audiences, keys: { keys: [jwk] } },
    env: { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: SECRET },
    failWith: (...statuses) => failures.push(...statuses),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
