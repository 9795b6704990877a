import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeToken } from '../support/access-file.ts'
import { type GuardedServer, startGuarded } from '../support/guarded-server.ts'
import { claims, type GitHub, startGitHub } from './github.ts'
import { type Inputs, reasonToSkip, runAction } from './run-action.ts'

// The action against Waypost itself, which trusts the keys of the stand-in for GitHub.

const iss = 'https://token.actions.githubusercontent.com'
const operator = makeToken('operator')

describe.skipIf(reasonToSkip)('the action and a registry that trusts GitHub', () => {
  let github: GitHub
  let forger: GitHub
  let server: GuardedServer

  beforeAll(async () => {
    ;[github, forger] = await Promise.all([startGitHub(), startGitHub()])
    const to = { iss, repository_owner_id: claims.repository_owner_id, repository: claims.repository }
    const grants = [
      { permissions: ['read', 'register'], on: ['my-org/my-service'], to },
      { permissions: ['register'], on: ['my-org/unread'], to },
      { permissions: ['admin'], on: ['*'], to: { token: 'operator' } },
    ]
    const others = {
      audiences: ['https://registry.my-org.example/services'],
      issuers: [{ issuer: iss, jwks_file: 'github.json' }],
    }
    const files = { 'github.json': JSON.stringify(github.keys) }
    server = await startGuarded({ tokens: [operator], grants, others }, { files })
  })

  afterAll(async () => {
    await server.close()
    github.close()
    forger.close()
  })

  function register(inputs: Inputs, by = github) {
    const audience = 'https://registry.my-org.example/services'
    return runAction(by, {
      registry: server.url,
      service: 'my-org/my-service',
      'revision-tag': '1.2.9',
      audience,
      ...inputs,
    })
  }

  async function readAsOperator(path: string) {
    const response = await fetch(`${server.url}/services/${path}`, { headers: operator.headers })
    return (await response.json()) as Record<string, unknown>
  }

  test('a job registers a revision, and the registry knows the repository, the workflow and the run', async () => {
    const step = await register({
      labels: 'tier=web',
      repository: 'https://github.com/my-org/my-service',
      commit: claims.sha,
    })
    expect(step.exitCode, step.log).toBe(0)
    expect(step.outputs).toEqual({ 'revision-tag': '1.2.9', 'is-default': 'true', replayed: 'false' })
    expect(step.summary).toContain(
      'The default policy &quot;latest-semver&quot; made my-org/my-service:1.2.9 the default',
    )
    expect(await readAsOperator('my-org/my-service/revisions/1.2.9?view=FULL')).toMatchObject({
      labels: { tier: 'web' },
      source: { repository: 'https://github.com/my-org/my-service', commit: claims.sha },
      registered_by: 'github:my-org/my-service deploy.yml@refs/tags/1.2.9 run 123.1',
    })
  })

  test('a job that runs a second time succeeds, and changes nothing', async () => {
    const inputs = { 'revision-tag': '1.0.0', 'is-default': 'false' }
    const [first, second] = [await register(inputs), await register(inputs)]
    expect([first.exitCode, second.exitCode], second.log).toEqual([0, 0])
    expect([first.outputs.replayed, second.outputs.replayed]).toEqual(['false', 'true'])
    expect(second.outputs['is-default']).toBe('false')
  })

  test('a job that registers other content under the same tag fails with the reason', async () => {
    await register({ 'revision-tag': '1.0.1' })
    const step = await register({ 'revision-tag': '1.0.1', labels: 'a=b' })
    expect(step.exitCode).toBe(1)
    expect(step.errors[0]).toContain('reason: REVISION_ALREADY_EXISTS')
  })

  test('a job without a grant fails, and the log has the missing permission and the claims of the job', async () => {
    const step = await register({ service: 'my-org/other' })
    expect(step.exitCode).toBe(1)
    expect(step.errors[0]).toContain('permission "register" on "my-org/other" is missing for')
    expect(step.errors[0]).toContain('repository_owner_id "123456"')
    expect(step.errors[0]).toContain('reason: PERMISSION_DENIED')
  })

  test('a token that was asked for another audience is refused, and the log has both audiences', async () => {
    const step = await register({ audience: 'https://elsewhere.example' })
    expect(step.exitCode).toBe(1)
    expect(step.errors[0]).toContain('reason: TOKEN_INVALID')
    expect(step.errors[0]).toContain('"https://elsewhere.example"')
    expect(step.errors[0]).toContain('"https://registry.my-org.example/services"')
  })

  test('a token that another key signed is refused', async () => {
    const step = await register({}, forger)
    expect(step.exitCode).toBe(1)
    expect(step.errors[0]).toContain('reason: TOKEN_INVALID')
  })

  test('a commit that is not that of the token is refused', async () => {
    const step = await register({ 'revision-tag': '1.0.2', commit: 'f'.repeat(40) })
    expect(step.exitCode).toBe(1)
    expect(step.errors[0]).toContain('reason: SOURCE_MISMATCH')
  })

  test('a job that may register but not read succeeds, and the summary says that it may not read', async () => {
    const step = await register({ service: 'my-org/unread' })
    expect(step.exitCode, step.log).toBe(0)
    expect(step.summary).toContain('reason: PERMISSION_DENIED')
    expect(step.outputs).toEqual({ 'revision-tag': '1.2.9', 'is-default': 'true', replayed: 'false' })
  })

  test('a field that the registry refuses is named in the log', async () => {
    const step = await register({ 'revision-tag': '1.0.3', 'documentation-uri': 'http://docs.example.com' })
    expect(step.exitCode).toBe(1)
    expect(step.errors[0]).toContain('field documentation_uri')
  })

  test('a tag that the action of Octue registered is a replay only without a repository and a commit', async () => {
    const init = { method: 'POST', headers: operator.headers, body: '{"revision_tag": "0.9.0", "is_default": false}' }
    const post = () => fetch(`${server.url}/services/my-org/my-service`, init)
    expect([(await post()).status, (await post()).status]).toEqual([201, 200])
    const inputs = { 'revision-tag': '0.9.0', 'is-default': 'false' }
    expect((await register(inputs)).outputs).toEqual({
      'revision-tag': '0.9.0',
      'is-default': 'false',
      replayed: 'true',
    })
    const step = await register({ ...inputs, commit: claims.sha })
    expect(step.errors[0]).toContain('reason: REVISION_ALREADY_EXISTS')
  })
})
