import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { rateLimited } from '../../src/server/call/rate-limit.ts'
import type { RunningServer } from '../../src/start-server.ts'
import { type IssuerKey, makeKey, signToken } from '../auth/oidc/issuer.ts'
import { readBlocks, readPage } from '../support/documents.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { hasCommand, skipWithout } from '../support/tools.ts'

// Runs the scripts of docs/pipelines.md against a server with the access file of the page. test/action runs the GitHub Action.

const REGISTRY = 'https://registry.my-org.example'
const GITHUB = 'https://token.actions.githubusercontent.com'
const METADATA = 'http://metadata.google.internal'

const missing = ['bash', 'curl', 'jq', 'python3'].filter((name) => !hasCommand(name))
const reason = skipWithout(
  missing.length === 0,
  `the pipelines of the documents: ${missing.join(' and ')} not installed`,
)

const blocks = readBlocks('docs/pipelines.md')
const accessFile = blocks.find(({ file }) => file === 'access.yaml')?.text ?? ''
const yamlWith = (key: string) => parse(blocks.find(({ text }) => text.startsWith(`${key}:`))?.text ?? '')

const gitlab = yamlWith('register').register
const cloudBuild = yamlWith('steps')

const gitlabClaims = {
  ...{ iss: 'https://gitlab.com', sub: 'project_path:my-org/my-model:ref_type:tag:ref:1.2.9' },
  ...{ project_id: '7654321', project_path: 'my-org/my-model', ref: '1.2.9', ref_type: 'tag', ref_protected: 'true' },
  ...{ ref_path: 'refs/tags/1.2.9', pipeline_id: '123', job_id: '456', sha: 'a'.repeat(40) },
}
const githubClaims = { repository: 'my-org/my-service', repository_owner_id: '123456', environment: 'production' }
const googleClaims = {
  ...{ iss: 'https://accounts.google.com', sub: '1082', email_verified: true },
  email: 'deployer@my-project.iam.gserviceaccount.com',
}

/** Takes the place of curl: it sends the requests for the addresses of the page to the servers of the test. */
const CURL = `#!/bin/bash
for argument; do
  argument=\${argument/#$REGISTRY/$SERVER}
  arguments+=("\${argument/#$METADATA/$STAND_IN}")
done
PATH=\${PATH#*:} exec curl "\${arguments[@]}"
`

describe.skipIf(reason)('the pipelines of docs/pipelines.md', () => {
  const key: IssuerKey = makeKey('ES256', 'key')
  let folder: string
  let storage: Storage
  let server: RunningServer
  let metadata: Server

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waypost-pipelines-'))
    await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys: [key.jwk] }))
    // The server cannot reach the issuers, so their keys come from a file.
    const text = accessFile.replaceAll(/^( +)- issuer: .*$/gm, '$&\n$1  jwks_file: keys.json')
    const file = join(folder, 'access.yaml')
    await writeFile(file, text)
    await writeFile(join(folder, 'curl'), CURL)
    await chmod(join(folder, 'curl'), 0o755)
    storage = await sqliteStorage()
    server = await startInProcess(storage, { access: { file } })
    metadata = createServer(answerAsGoogle).listen(0, '127.0.0.1')
    await once(metadata, 'listening')
  })

  afterAll(async () => {
    metadata.close()
    await server.close()
    await storage.remove()
    await rm(folder, { recursive: true, force: true })
  })

  const answerAsGoogle: Parameters<typeof createServer>[1] = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', METADATA)
    const isAsked = pathname === '/computeMetadata/v1/instance/service-accounts/default/identity'
    // Only the full format has the address of the account.
    const isFull = searchParams.get('format') === 'full' && request.headers['metadata-flavor'] === 'Google'
    response.writeHead(isAsked && isFull ? 200 : 403)
    response.end(tokenOf(googleClaims, searchParams.get('audience') ?? ''))
  }

  function tokenOf(claims: object, aud: string): string {
    const seconds = Math.floor(Date.now() / 1000)
    return signToken(key, { alg: key.alg, kid: key.kid }, { aud, iat: seconds, exp: seconds + 300, ...claims })
  }

  async function runScript(script: string, variables: Record<string, string>): Promise<string> {
    const { port } = metadata.address() as AddressInfo
    const addresses = { REGISTRY, SERVER: server.url, METADATA, STAND_IN: `http://127.0.0.1:${port}` }
    const env = { PATH: [folder, process.env.PATH].join(delimiter), ...addresses, ...variables }
    return new Promise((resolve, reject) => {
      execFile('/bin/bash', ['-c', script], { env }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(stdout + stderr))
      })
    })
  }

  /** Who registered a revision, as the caller of the token sees it. */
  async function readActor(service: string, token: string): Promise<unknown> {
    const url = `${server.url}/services/my-org/${service}?revision_tag=1.2.9&view=FULL`
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    return ((await response.json()) as { registered_by?: string }).registered_by
  }

  test('the job of GitLab registers the tag with its ID token, and its name is as the page says', async () => {
    const token = tokenOf(gitlabClaims, gitlab.id_tokens.WAYPOST_TOKEN.aud)
    const answer = await runScript(gitlab.script.at(-1), { WAYPOST_TOKEN: token, CI_COMMIT_TAG: '1.2.9' })
    expect(JSON.parse(answer)).toEqual({
      ...{ namespace: 'my-org', name: 'my-model', revision_tag: '1.2.9', is_default: true },
      source: { repository: 'https://gitlab.com/my-org/my-model', commit: gitlabClaims.sha },
    })
    expect(readPage('docs/pipelines.md')).toContain(`\`${await readActor('my-model', token)}\``)
  })

  test.each([
    ['its tag is not protected', { ref_protected: 'false' }],
    ['it runs for a branch', { ref_type: 'branch' }],
    ['it is one of another project', { project_id: '1' }],
  ])('the job of GitLab fails if %s', async (_, changes) => {
    const token = tokenOf({ ...gitlabClaims, ...changes }, gitlab.id_tokens.WAYPOST_TOKEN.aud)
    const run = runScript(gitlab.script.at(-1), { WAYPOST_TOKEN: token, CI_COMMIT_TAG: '1.2.9' })
    await expect(run).rejects.toThrow('PERMISSION_DENIED')
  })

  test('the build of Google registers the tag as its account, and its name is as the page says', async () => {
    const answer = await runScript(cloudBuild.steps[0].script, { TAG: '1.2.9' })
    const revision = { namespace: 'my-org', name: 'my-twin', revision_tag: '1.2.9', is_default: true }
    expect(JSON.parse(answer)).toEqual(revision)
    const actor = await readActor('my-twin', tokenOf(googleClaims, `${REGISTRY}/services`))
    expect(readPage('docs/pipelines.md')).toContain(`\`${actor}\``)
  })

  test('the refusals of the page have the reason, the status and the text of its table', async () => {
    const github = { ...gitlabClaims, iss: GITHUB, ...githubClaims }
    expect(await refusalOf('1.2.9', github)).toBe('201 undefined undefined')
    const refusals = [
      await refusalOf('1.2.9', undefined),
      await refusalOf('1.2.9', { ...github, aud: 'https://elsewhere.example' }),
      await refusalOf('1.2.9', { ...github, iss: 'https://issuer.example' }),
      await refusalOf('1.2.9', { ...github, exp: 1 }),
      await refusalOf('1.2.9', gitlabClaims),
      await refusalOf('1.2.10', github, { source: { commit: 'b'.repeat(40) } }),
      await refusalOf('1.2.9', github, { labels: { a: 'b' } }),
      `429 RATE_LIMITED ${rateLimited('write', 1, 500).message}`,
      await refusalOfUnreachableIssuer(),
    ]
    const rows = readPage('docs/pipelines.md').matchAll(/^\| `([A-Z_]+)`, (\d+) \| `([^`]+)` \|/gm)
    const documented = [...rows].map(([, why, status, text]) => `${status} ${why} ${text}`)
    expect(refusals.map((refusal, index) => refusal.slice(0, documented[index]?.length))).toEqual(documented)
  })

  async function refusalOfUnreachableIssuer(): Promise<string> {
    const iss = 'http://127.0.0.1:1'
    const file = join(folder, 'unreachable.yaml')
    await writeFile(file, `audiences: [${REGISTRY}/services]\nissuers: [{ issuer: "${iss}" }]\ngrants: []\n`)
    const other = await startInProcess(storage, { access: { file } })
    const refusal = await refusalOf('1.2.9', { ...gitlabClaims, iss }, {}, other)
    await other.close()
    return refusal
  }

  async function refusalOf(
    tag: string,
    claims: object | undefined,
    more: object = {},
    { url }: RunningServer = server,
  ): Promise<string> {
    const headers = claims && { authorization: `Bearer ${tokenOf(claims, `${REGISTRY}/services`)}` }
    const body = JSON.stringify({ revision_tag: tag, ...more })
    const response = await fetch(`${url}/services/my-org/my-service`, {
      method: 'POST',
      body,
      ...(headers && { headers }),
    })
    const { reason: why, error } = (await response.json()) as { reason?: string; error?: string }
    return `${response.status} ${why} ${error}`
  }
})
