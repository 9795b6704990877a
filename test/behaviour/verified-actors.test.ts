import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import type { RunningServer } from '../../src/start-server.ts'
import { makeKey, signToken } from '../auth/oidc/issuer.ts'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import { type Api, ApiError, apis, everyApi, type Fields, type OpenApi } from '../support/api.ts'
import { asForm2Storage } from '../support/form-2.ts'
import { startInProcess } from '../support/in-process.ts'
import { mongoSkipReason, mongoStorage } from '../support/mongo-storage.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { readStoredLog } from '../support/stored-log.ts'
import { exportHistoryText, exportState, exportText, importText, withStore } from '../transfer/support.ts'

// The way of a verified principal through a whole server with --auth: from its token to the entry, the log and the export.

const issuer = 'https://token.actions.githubusercontent.com'
const audience = 'https://registry.example'
const key = makeKey('ES256', 'a')
const commit = '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567'
const subject = 'repo:my-org/my-service:ref:refs/tags/1.2.9'
const reader = makeToken('reader')

const claims = {
  ...{ iss: issuer, aud: audience, sub: subject, repository: 'my-org/my-service', repository_owner_id: '7' },
  workflow_ref: 'my-org/my-service/.github/workflows/deploy.yml@refs/tags/1.2.9',
  ...{ sha: commit, run_id: '123', run_attempt: '1', actor: 'a-person-who-pushed' },
}

/** The headers of a run of a pipeline on GitHub. */
function run(changes: object = {}) {
  const now = Math.floor(Date.now() / 1_000)
  const token = signToken(key, { alg: 'ES256', kid: 'a' }, { ...claims, iat: now, exp: now + 600, ...changes })
  return { authorization: `Bearer ${token}` }
}

const nameOf = (runId: string) => `github:my-org/my-service deploy.yml@refs/tags/1.2.9 run ${runId}`
const source = { repository: 'https://github.com/my-org/my-service', commit }

let folder: string
let access: { readonly file: string }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
  await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys: [key.jwk] }))
  const grants = [
    { permissions: ['register', 'manage'], on: ['my-org/*'], to: { iss: issuer, repository_owner_id: '7' } },
    { permissions: ['read'], on: ['*'], to: { token: reader.name } },
  ]
  const others = { audiences: [audience], issuers: [{ issuer, jwks_file: 'keys.json' }] }
  access = { file: await writeAccessFile(folder, { tokens: [reader], grants, others }) }
})

afterAll(() => rm(folder, { recursive: true }))

function define(createStorage: () => Promise<Storage>, protocols: Readonly<Record<string, OpenApi>>): void {
  let storage: Storage
  let server: RunningServer
  let count = 0
  const { log, lines } = recordingLogger()

  beforeAll(async () => {
    storage = await createStorage()
    server = await startInProcess(storage, { access, log, telemetry: { accessLog: true } })
  })
  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  describe.for(Object.entries(protocols))('over %s', ([, openApi]) => {
    const open = (headers: Readonly<Record<string, string>>): Api => {
      const api = openApi(server.url, headers)
      onTestFinished(() => api.close())
      return api
    }
    const newService = () => ({ namespace: 'my-org', name: `my-service-${++count}` })
    const stored = ({ namespace, name }: { namespace: string; name: string }) => readStoredLog(storage, namespace, name)

    test('an entry has the issuer, the subject, the name and the claims of the grant, and no other claims', async () => {
      const service = newService()
      const { revision } = await open(run()).call('register', { ...service, revision_tag: '1.2.9' })
      expect(revision).toMatchObject({ source })
      const [entry] = await stored(service)
      const expected = { name: nameOf('123.1'), issuer, subject, claims: { repository_owner_id: '7' } }
      expect(entry?.principal).toEqual(expected)
      expect(JSON.stringify(entry)).not.toContain('a-person')
      expect(lines.at(-1)).toMatchObject({ message: 'answered a request', fields: { principal: nameOf('123.1') } })
    })

    test('a source that the token contradicts is refused with its fields, and nothing is stored', async () => {
      const service = newService()
      const given = { repository: 'https://github.com/my-org/other', commit: 'ffffffff' }
      const error = await open(run())
        .call('register', { ...service, revision_tag: '1.2.9', source: given })
        .catch((reason) => reason)
      expect(error).toBeInstanceOf(ApiError)
      const { reason, fields, message, code, status } = error as ApiError
      expect({ reason, fields }).toEqual({ reason: 'SOURCE_MISMATCH', fields: ['source.repository', 'source.commit'] })
      expect(code === undefined ? status : code).toBe(code === undefined ? 403 : 'permission_denied')
      expect(message).toContain(commit)
      expect(await stored(service)).toEqual([])
    })

    test('the next run of the pipeline gets the first answer for its request id, and others do not', async () => {
      const request = { ...newService(), revision_tag: '1.2.9', request_id: 'request-1' }
      const first = await open(run()).call('register', request)
      expect(await open(run({ run_id: '124' })).call('register', request)).toEqual(first)
      const another = open(run({ sub: 'repo:my-org/another:ref:refs/heads/main' })).call('register', request)
      await expect(another).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' })
      await expect(open(reader.headers).call('register', request)).rejects.toMatchObject({
        reason: 'PERMISSION_DENIED',
      })
      expect(await stored(request)).toHaveLength(1)
    })

    test('a run at the same commit is a replay, and a run at another commit is refused', async () => {
      const request = { ...newService(), revision_tag: '1.2.9' }
      const { revision } = await open(run()).call('register', request)
      const again = await open(run({ run_id: '124' })).call('register', request)
      expect(again).toEqual({ revision, replayed: true })
      const later = open(run({ sha: commit.replace('0', 'f') })).call('register', request)
      await expect(later).rejects.toMatchObject({ reason: 'REVISION_ALREADY_EXISTS' })
    })

    test('only a caller that may change the service sees the name of the run', async () => {
      const service = newService()
      await open(run()).call('register', { ...service, revision_tag: '1.2.9' })
      const get = async (headers: Readonly<Record<string, string>>) =>
        (await open(headers).call('get', { ...service, view: 'FULL', explain: true })).revision as Fields
      // A grant of `manage` does not include `read`.
      await expect(get(run())).rejects.toMatchObject({ reason: 'PERMISSION_DENIED' })
      const seen = await get(reader.headers)
      expect(seen).toMatchObject({ source, explanation: { rule: 'DEFAULT_BY_POLICY' } })
      expect(JSON.stringify(seen)).not.toContain('github:')
    })
  })

  test('an export and its history have the actors, and no claim that no grant asks for', async () => {
    const store = await openStore(parseStore(storage.location))
    onTestFinished(() => store.close())
    const [state, history] = [await exportText(store), await exportHistoryText(store)].map((text) => text.join('\n'))
    expect(state).toContain(`"registered_by":"${nameOf('123.1')}"`)
    expect(state).toContain(`"actor":"${nameOf('123.1')}"`)
    expect(history).toContain(`"issuer":"${issuer}","subject":"${subject}","claims":{"repository_owner_id":"7"}`)
    for (const text of [state, history]) expect(text).not.toContain('a-person')
    await withStore(sqliteStorage, async (copy) => {
      expect(await importText(copy, `${state}\n`)).toMatchObject({ refusals: [] })
      const copied = (await exportState(copy)).join('\n')
      expect(copied, 'and the second import finds the same').toBe((await exportState(store)).join('\n'))
      expect(await importText(copy, `${state}\n`)).toMatchObject({ refusals: [], kept: [] })
    })
  })
}

describe('verified actors, on SQLite', () => define(sqliteStorage, everyApi))
describe.skipIf(mongoSkipReason)('verified actors, on MongoDB', () => define(mongoStorage, { gRPC: apis.gRPC }))

test('no file of a SQLite store has a claim that no grant asks for', async () => {
  const storage = await sqliteStorage()
  const server = await startInProcess(storage, { access })
  const api = apis.REST(server.url, run())
  await api.call('register', { namespace: 'my-org', name: 'my-service', revision_tag: '1.2.9' })
  api.close()
  await server.close()
  const place = join(storage.location.replace('sqlite:', ''), '..')
  const contents = await Promise.all((await readdir(place)).map((name) => readFile(join(place, name), 'latin1')))
  await storage.remove()
  expect(contents.join('')).toContain(subject)
  expect(contents.join('')).not.toContain('a-person')
})

test.for([
  ['SQLite', sqliteStorage, undefined],
  ['MongoDB', mongoStorage, mongoSkipReason],
] as const)(
  'a server with --auth does not start on a store of %s whose upgrade is not finished',
  async (row, { skip }) => {
    const [, createStorage, reason] = row
    skip(reason !== undefined, reason)
    const storage = await asForm2Storage(createStorage())
    onTestFinished(() => storage.remove())
    await expect(startInProcess(storage, { access })).rejects.toThrow(
      '--auth (WAYPOST_AUTH): the store has no room for who made a change, because its upgrade is not finished; ' +
        'end all servers of older versions, and run waypost upgrade --finish.',
    )
    await (await startInProcess(storage)).close()
  },
)
