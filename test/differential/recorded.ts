import { create, type DescMethodUnary, type DescService, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf'
import { Health } from '../../gen/health/v1/health_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import type { Api, Fields } from '../support/api.ts'

/** A well-formed request of an RPC. */
export interface Recorded {
  readonly method: DescMethodUnary
  readonly fields: Fields
}

const service = { namespace: 'my-org', name: 'my-service' }
const revision = { ...service, revision_tag: '1.0.0' }
const information = {
  labels: { tier: 'web', 'my-org.example/team': '' },
  endpoints: [{ protocol: 'grpc', uri: 'grpcs://my-service.example.com:443', metadata: { region: 'eu' } }],
  description: 'Zählt Wörter – 数える 🚀',
  source: { repository: 'https://example.com/my-org/my-service', commit: '0a1b2c', image_digest: 'sha256:0a1b' },
  documentation_uri: 'https://example.com/docs',
}
const DOOMED = 12

/** Fills a registry, and returns the etags of the yanked revisions that wait to be deleted. */
export async function fill({ call }: Api): Promise<string[]> {
  await call('register', { ...revision, ...information })
  for (const tag of ['1.1.0', '2.0.0-rc.1', '0.9.0', 'main', '1.0.1']) {
    await call('register', { ...service, revision_tag: tag })
  }
  await call('yank', { ...service, revision_tag: '0.9.0', reason: 'It loses messages.' })
  await call('deprecate', { ...service, revision_tag: '1.0.1', message: 'Use 1.1.0.', replacement: '1.1.0' })
  await call('setAlias', { ...service, alias: 'beta', revision_tag: '1.0.0' })
  await call('setAlias', { ...service, alias: 'stable', follows: '^1' })
  await call('register', { namespace: 'my-org', name: 'no-default', revision_tag: '1.0.0', is_default: false })
  await call('register', { namespace: 'other-org', name: 'changing', revision_tag: '1.0.0' })
  const etags: string[] = []
  for (let index = 0; index < DOOMED; index++) {
    const doomed = { namespace: 'other-org', name: 'doomed', revision_tag: `1.0.${index}` }
    await call('register', doomed)
    await call('yank', doomed)
    const { revision: stored } = await call('get', { ...doomed, view: 'FULL' })
    etags.push(String((stored as Fields).etag))
  }
  return etags
}

const registry = ServiceRegistry.method
const of = (method: DescMethodUnary, ...requests: readonly Fields[]): Recorded[] =>
  requests.map((fields) => ({ method, fields }))

/** Requests that change nothing, at least two for each RPC without side effects. */
export const reads: readonly Recorded[] = [
  ...of(
    registry.get,
    service,
    revision,
    { ...revision, view: 'FULL' },
    { ...service, version_range: '^1 || >=2.0.0-0', include_prerelease: true, explain: true, view: 'FULL' },
    { ...service, alias: 'beta', label_selector: 'tier in (web, api), !old' },
    { ...service, alias: 'nothing' },
    { ...service, revision_tag: '9.9.9' },
    { ...service, alias: 'beta', version_range: '^1' },
    { ...service, view: 77 },
    { namespace: 'my-org', name: 'no-default' },
    { namespace: 'my-org', name: 'nothing' },
    { namespace: 'My-Org', name: 'größe 100%' },
    {},
  ),
  ...of(
    registry.getAlias,
    { ...service, alias: 'stable' },
    { ...service, alias: 'nothing' },
    { ...service, alias: 'A' },
  ),
  ...of(registry.listAliases, service, { namespace: 'my-org', name: 'nothing' }),
  ...of(registry.listNamespaces, {}, { page_size: 1 }, { page_token: 'garbage' }, { page_size: -1 }),
  ...of(
    registry.listServices,
    { prefix: 'my-org/' },
    { prefix: 'my-org', label_selector: 'tier=web' },
    { prefix: '/' },
  ),
  ...of(
    registry.listRevisions,
    { ...service, order: 'HIGHEST_VERSION_FIRST', view: 'FULL' },
    { ...service, state: 'YANKED', page_size: 2 },
    { ...service, label_selector: '(' },
  ),
  ...of(registry.testPolicy, { ...service, revision_tag: '3.0.0' }, { ...service, revision_tag: '' }),
  ...of(Health.method.check, {}, { service: ServiceRegistry.typeName }, { service: 'nothing' }),
  ...of(Health.method.list, {}),
]

/** Requests that change something or could, at least two for each RPC with side effects. `index` makes them differ. */
export function changes(index: number, etags: readonly string[]): Recorded[] {
  const changing = { namespace: 'other-org', name: 'changing' }
  const first = { ...changing, revision_tag: '1.0.0' }
  const next = { ...changing, revision_tag: `2.${index}.0` }
  const doomed = index % DOOMED
  const reason = `The reason has the number ${index}: "ä".`
  return [
    ...of(
      registry.register,
      { ...next, ...information, request_id: `id-${index}` },
      { ...first },
      { ...next, validate_only: true },
    ),
    ...of(registry.register, { ...first, ...information }, { ...next, is_default: false, revision_tag: 'not valid!' }),
    ...of(registry.setDefault, { ...first, reason }, { ...next, reason }, { ...first, etag: 'stale' }),
    ...of(registry.clearDefault, { ...changing, reason }, { ...changing, name: 'nothing' }),
    ...of(
      registry.setAlias,
      { ...first, alias: 'beta' },
      { ...changing, alias: `alias-${index % 8}`, follows: `^${index}` },
    ),
    ...of(registry.setAlias, { ...first, alias: 'beta', follows: '^1' }),
    ...of(registry.deleteAlias, { ...changing, alias: `alias-${(index + 4) % 8}` }, { ...changing, alias: 'nothing' }),
    ...of(registry.deprecate, { ...first, message: reason }, { ...first, replacement: '9.9.9' }),
    ...of(registry.undeprecate, first, { ...first, revision_tag: '9.9.9' }),
    ...of(registry.yank, { ...first, reason, if_default: 'CLEAR' }, { ...next, validate_only: true }),
    ...of(registry.unyank, first, { ...first, name: 'nothing' }),
    ...of(
      registry.updateRevision,
      { ...first, description: reason, update_mask: 'description' },
      { ...first, set_labels: { count: `${index}` }, remove_labels: ['old'] },
      { ...first, update_mask: 'name' },
    ),
    ...of(
      registry.deleteRevision,
      { namespace: 'other-org', name: 'doomed', revision_tag: `1.0.${doomed}`, etag: etags[doomed] ?? '' },
      first,
    ),
  ]
}

/** The path of a method. */
export function pathOf({ parent, name }: { readonly parent: DescService; readonly name: string }): string {
  return `/${parent.typeName}/${name}`
}

/** The message of a recorded request, in a codec. */
export function encode({ method, fields }: Recorded, codec: 'proto' | 'json'): Buffer {
  if (codec === 'json') return Buffer.from(JSON.stringify(fields))
  const message = create(method.input, fromJson(method.input, fields as JsonValue))
  return Buffer.from(toBinary(method.input, message))
}
