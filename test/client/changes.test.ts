import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as node from '../../src/client/index.ts'
import * as web from '../../src/client/web.ts'
import { collect } from '../support/collect.ts'
import { type Gate, type GatedRegistry, startGatedRegistry } from '../support/gated-registry.ts'

let registry: GatedRegistry
let services = 0

beforeAll(async () => {
  registry = await startGatedRegistry()
})

afterEach(() => registry.reset())

afterAll(() => registry.close())

/** Lets one request through and cuts the connection before the answer. Later requests pass. */
const loseOneAnswer: Gate = (_request, response, pass) => {
  registry.setGate((_other, _response, passOther) => passOther())
  const lose = () => {
    response.socket?.destroy()
    return response
  }
  Object.assign(response, { write: () => true, end: lose })
  pass()
}

describe.for([
  ['waypost', (options: object) => node.createRegistryClient({ baseUrl: registry.url, ...options })],
  ['waypost/web', (options: object) => web.createRegistryClient({ baseUrl: registry.url, ...options })],
  [
    'waypost/web over gRPC-Web',
    (options: object) => web.createRegistryClient({ baseUrl: registry.url, protocol: 'grpc-web', ...options }),
  ],
] as const)('%s', ([, create]) => {
  let client: node.RegistryClient
  let service: string
  const sruid = (tag: string) => `${service}:${tag}`

  beforeEach(async () => {
    client = create({})
    service = `my-org/service-${++services}`
    for (const tag of ['1.0.0', '1.1.0', '2.0.0-beta.1'])
      await client.register(sruid(tag), { isDefault: tag === '1.1.0' })
  })

  test('a registration carries all information for callers, and an update changes it later', async () => {
    const information = {
      labels: { tier: 'web' },
      endpoints: [
        { protocol: 'grpc', uri: 'https://a.example', metadata: { region: 'eu' } },
        { protocol: 'x', uri: 'dns:y' },
      ],
      description: 'Answers in half the time.',
      documentationUri: 'https://docs.example/a',
    }
    const source = { repository: 'https://git.example', commit: '0a1b2c' }
    await client.register(sruid('1.2.0'), { ...information, source, isDefault: false })
    expect(await client.get(sruid('1.2.0'))).toMatchObject({ ...information, source, isDefault: false })
    const changed = await client.revisions.update(sruid('1.2.0'), { labels: {}, description: 'As before.' })
    expect(changed).not.toHaveProperty('labels')
    const { endpoints, documentationUri } = information
    expect(changed).toMatchObject({ endpoints, documentationUri, description: 'As before.' })
    const emptied = await client.revisions.update(sruid('1.2.0'), { documentationUri: '', endpoints: [] })
    expect(emptied).not.toHaveProperty('documentationUri')
    expect(emptied).not.toHaveProperty('endpoints')
    expect(emptied).toMatchObject({ description: 'As before.' })
  })

  test('an update can set and remove single labels and keeps the others', async () => {
    await client.revisions.update(sruid('1.0.0'), { labels: { tier: 'web', region: 'eu', canary: '' } })
    const changes = { setLabels: { tier: 'api', team: 'a' }, removeLabels: ['canary', 'none'], description: 'New.' }
    const changed = await client.revisions.update(sruid('1.0.0'), changes)
    expect(changed).toMatchObject({ labels: { tier: 'api', region: 'eu', team: 'a' }, description: 'New.' })
    expect(Object.keys(changed.labels ?? {})).toHaveLength(3)
    await expect(client.revisions.update(sruid('1.0.0'), { labels: {}, removeLabels: ['tier'] })).rejects.toMatchObject(
      { code: 'invalid_argument' },
    )
  })

  test('a lookup can choose by a range, an alias and labels, and can explain its choice', async () => {
    await client.revisions.update(sruid('1.0.0'), { labels: { tier: 'web' } })
    const tagOf = async (options: node.GetOptions) => (await client.get(service, options)).revisionTag
    expect(await tagOf({ versionRange: '<2' })).toBe('1.1.0')
    expect(await tagOf({ versionRange: '*', includePrerelease: true })).toBe('2.0.0-beta.1')
    expect(await tagOf({ versionRange: '*', labelSelector: 'tier in (web)' })).toBe('1.0.0')
    const { explanation } = await client.get(service, { versionRange: '^1', labelSelector: 'tier', explain: true })
    expect(explanation).toMatchObject({
      rule: 'VERSION_RANGE',
      rejected: expect.arrayContaining([
        { revisionTag: '1.1.0', reason: 'its labels do not meet the label selector "tier"' },
      ]),
    })
    await expect(client.get(sruid('1.0.0'), { alias: 'beta' })).rejects.toMatchObject({
      reason: 'CONFLICTING_SELECTORS',
    })
  })

  test('a lookup in the view FULL answers everything that is known', async () => {
    expect(await client.get(sruid('1.0.0'), { view: 'FULL' })).toMatchObject({
      state: 'ACTIVE',
      registerTime: expect.any(Date),
      registeredBy: 'anonymous',
      etag: expect.any(String),
      serviceEtag: expect.any(String),
      pubSubTopic: `octue.services.${service.replace('/', '.')}.1-0-0`,
    })
  })

  test('the default can be set and cleared with the etag of the service', async () => {
    const { serviceEtag: etag } = await client.get(service, { view: 'FULL' })
    const set = await client.defaults.set(sruid('1.0.0'), { reason: 'because', etag })
    expect(set).toMatchObject({ defaultRevisionTag: '1.0.0', highestRelease: '1.1.0', revisionCount: 3 })
    await expect(client.defaults.clear(service, { etag })).rejects.toMatchObject({
      code: 'aborted',
      reason: 'ETAG_MISMATCH',
    })
    expect(await client.defaults.clear(service)).not.toHaveProperty('defaultRevisionTag')
    await expect(client.get(service)).rejects.toMatchObject({
      ...{ code: 'not_found', reason: 'NO_DEFAULT' },
      metadata: { service_exists: true },
    })
  })

  test('aliases can be set, read, listed and deleted', async () => {
    const beta = await client.aliases.set(service, 'beta', { follows: '>=2.0.0-0', includePrerelease: true })
    expect(beta).toMatchObject({ revisionTag: '2.0.0-beta.1', follows: '>=2.0.0-0', includePrerelease: true })
    await client.aliases.set(service, 'stable', { revisionTag: '1.0.0' })
    expect((await client.aliases.list(service)).map(({ alias, revisionTag }) => [alias, revisionTag])).toEqual([
      ['beta', '2.0.0-beta.1'],
      ['stable', '1.0.0'],
    ])
    expect((await client.get(service, { alias: 'stable' })).revisionTag).toBe('1.0.0')
    const { effect, ...alone } = beta
    expect(effect).toMatchObject({ aliases: [{ alias: 'beta', after: '2.0.0-beta.1' }], moved: 0 })
    expect(await client.aliases.get(service, 'beta')).toEqual(alone)
    await client.aliases.delete(service, 'beta', { etag: beta.etag })
    await expect(client.aliases.get(service, 'beta')).rejects.toMatchObject({
      ...{ code: 'not_found', reason: 'ALIAS_NOT_FOUND' },
      metadata: { service_exists: true },
    })
    expect(await client.aliases.list(service)).toHaveLength(1)
  })

  test('a revision can be yanked and deprecated, restored and deleted', async () => {
    const deprecated = await client.revisions.deprecate(sruid('1.0.0'), { message: 'Old.', replacement: '1.1.0' })
    expect(deprecated).toMatchObject({ state: 'DEPRECATED', deprecation: { message: 'Old.', replacement: '1.1.0' } })
    const yanked = await client.revisions.yank(sruid('1.1.0'), { reason: 'Bad.', ifDefault: 'CLEAR' })
    expect(yanked).toMatchObject({
      revision: { state: 'YANKED', yank: { reason: 'Bad.' } },
      defaultRevisionTag: undefined,
    })
    const both = await client.revisions.deprecate(sruid('1.1.0'), { message: 'Old, too.' })
    expect(both).toMatchObject({ state: 'YANKED', yank: { reason: 'Bad.' }, deprecation: { message: 'Old, too.' } })
    const unyanked = await client.revisions.unyank(sruid('1.1.0'))
    expect(unyanked).toMatchObject({ state: 'DEPRECATED', deprecation: { message: 'Old, too.' } })
    expect(unyanked).not.toHaveProperty('yank')
    const active = await client.revisions.undeprecate(sruid('1.1.0'))
    expect(active).not.toHaveProperty('state')
    expect(active).not.toHaveProperty('deprecation')
    await client.revisions.yank(sruid('1.1.0'))
    // A replacement cannot be deleted.
    await client.revisions.undeprecate(sruid('1.0.0'))
    const { etag = '' } = await client.get(sruid('1.1.0'), { view: 'FULL' })
    await client.revisions.delete(sruid('1.1.0'), { etag })
    await expect(client.get(sruid('1.1.0'))).rejects.toMatchObject({ code: 'not_found', reason: 'REVISION_NOT_FOUND' })
  })

  test('a list is requested page by page and only as far as it is read', async () => {
    const tags = async (options?: node.ListRevisionsOptions) =>
      (await collect(client.revisions.list(service, options))).map(({ revisionTag }) => revisionTag)
    await client.register(sruid('0.9.0'), { isDefault: false })
    await client.revisions.yank(sruid('1.0.0'))
    expect(await tags({ pageSize: 1 })).toEqual(['0.9.0', '2.0.0-beta.1', '1.1.0', '1.0.0'])
    expect(await tags({ order: 'HIGHEST_VERSION_FIRST', state: 'ACTIVE', pageSize: 2 })).toEqual([
      '2.0.0-beta.1',
      '1.1.0',
      '0.9.0',
    ])
    expect(await collect(client.services.list({ prefix: service, pageSize: 1 }))).toMatchObject([{ revisionCount: 4 }])
    expect(await collect(client.services.listNamespaces())).toEqual(['my-org'])
    registry.reset()
    for await (const _ of client.revisions.list(service, { pageSize: 1 })) break
    expect(registry.requests).toHaveLength(1)
    await expect(collect(client.revisions.list('My-Org/x'))).rejects.toMatchObject({ reason: 'INVALID_NAMESPACE' })
  })

  test('the client asks the policy for its decision on a tag', async () => {
    expect(await client.defaults.testPolicy(sruid('3.0.0'))).toEqual({
      ...{ policy: 'latest-semver', becomesDefault: true },
      ...{ currentDefault: '1.1.0', highestVersion: '2.0.0-beta.1', highestRelease: '1.1.0' },
    })
  })

  test('a change whose answer was lost is made once, and the retry answers it', async () => {
    await client.aliases.set(service, 'stable', { follows: '^1' })
    registry.reset()
    registry.setGate(loseOneAnswer)
    // A second deletion would find no alias.
    await client.aliases.delete(service, 'stable')
    expect(registry.requests).toHaveLength(2)
    expect(await client.aliases.list(service)).toEqual([])
  })

  test('a request_id is sent as given, and validate_only only if it is requested', async () => {
    const options = { requestId: `deploy-${services}` }
    const first = await client.defaults.set(sruid('1.0.0'), options)
    await client.defaults.set(sruid('1.1.0'), { validateOnly: true })
    expect(await client.defaults.set(sruid('1.0.0'), options)).toEqual(first)
    await expect(client.defaults.set(sruid('1.1.0'), options)).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' })
    expect((await client.get(service)).revisionTag).toBe('1.0.0')
  })

  test('a lookup answers the latest change of the same client, even with a cache', async () => {
    const cached = create({ cache: { maxAge: 3_600_000 } })
    const tagOf = async (options?: node.GetOptions) => (await cached.get(service, options)).revisionTag
    await cached.aliases.set(service, 'any', { revisionTag: '1.0.0' })
    expect([await tagOf(), await tagOf({ versionRange: '*' }), await tagOf({ alias: 'any' })]).toEqual([
      '1.1.0',
      '1.1.0',
      '1.0.0',
    ])
    await cached.revisions.yank(sruid('1.1.0'))
    await cached.aliases.set(service, 'any', { revisionTag: '2.0.0-beta.1' })
    expect([await tagOf(), await tagOf({ versionRange: '*' }), await tagOf({ alias: 'any' })]).toEqual([
      '2.0.0-beta.1',
      '1.0.0',
      '2.0.0-beta.1',
    ])
  })
})
