import { type DescField, getOption } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FieldBehavior, field_behavior } from '../../gen/google/api/field_behavior_pb.ts'
import { ServiceRegistry } from '../../gen/waypost/v1/service_registry_pb.ts'
import { type Permission, permissions } from '../../src/domain/access/permission.ts'
import { registryMethods } from '../../src/server/call/methods/registry-methods.ts'
import { makeToken, type StaticToken } from '../support/access-file.ts'
import { type Api, everyApi, type Fields, type Method } from '../support/api.ts'
import { type GuardedServer, startGuarded } from '../support/guarded-server.ts'
import { countStored } from '../support/stored-count.ts'

// Every RPC, with every permission, over every protocol. A new RPC does not compile here without its permission.

/** The documented permission of each RPC. Null: every caller may call it. */
const documented: Readonly<Record<Method, Permission | null>> = {
  ...{ get: 'read', listRevisions: 'read', listServices: 'read', listNamespaces: 'read' },
  ...{ getAlias: 'read', listAliases: 'read', testPolicy: 'read', getRollout: 'read', listChanges: 'read' },
  register: 'register',
  ...{ setDefault: 'manage', clearDefault: 'manage', setAlias: 'manage', deleteAlias: 'manage' },
  ...{ setRollout: 'manage', endRollout: 'manage', revert: 'manage' },
  ...{ updateRevision: 'manage', deprecate: 'manage', undeprecate: 'manage', yank: 'manage', unyank: 'manage' },
  deleteRevision: 'delete',
  issueCallToken: 'call',
  whoAmI: null,
}

/** The RPCs about the registry as a whole: a permission on any service is enough. */
const ofAllServices: readonly Method[] = ['listServices', 'listNamespaces']

interface TestCaller {
  readonly name: string
  /** Undefined: it sends no token. */
  readonly token?: StaticToken
  readonly permission?: Permission
  readonly namespace?: 'my-org' | 'other-org'
}

const callers: readonly TestCaller[] = [
  { name: 'a caller without a token' },
  { name: 'a caller without a grant', token: makeToken('nothing') },
  ...permissions.flatMap((permission) =>
    (['my-org', 'other-org'] as const).map((namespace) => ({
      name: `a caller with ${permission} on ${namespace}/*`,
      token: makeToken(`${permission}-on-${namespace}`),
      ...{ permission, namespace },
    })),
  ),
]

const methods = Object.keys(ServiceRegistry.method) as Method[]

let server: GuardedServer

beforeAll(async () => {
  const owner = makeToken('owner')
  const tokens = [owner, ...callers.flatMap(({ token }) => token ?? [])]
  const own = callers.flatMap(({ token, permission, namespace }) =>
    token && permission ? { permissions: [permission], on: [`${namespace}/*`], to: { token: token.name } } : [],
  )
  const grants = [{ permissions: ['admin'], on: ['*'], to: { token: owner.name } }, ...own]
  server = await startGuarded({ tokens, grants })
  const api = everyApi.REST(server.url, owner.headers)
  await api.call('register', { namespace: 'my-org', name: 'my-service', revision_tag: '1.0.0' })
  await api.call('setAlias', { namespace: 'my-org', name: 'my-service', alias: 'stable', revision_tag: '1.0.0' })
  api.close()
})

afterAll(() => server.close())

test('each row of the table of methods has the permission that is documented for its RPC', () => {
  const rows = Object.entries(registryMethods).map(([name, { permission }]) => [name, permission])
  expect(Object.fromEntries(rows)).toEqual(documented)
})

test('no method of the registry is open to callers whom nobody has authenticated', () => {
  const open = Object.entries(registryMethods).filter(([, method]) => 'isOpen' in method)
  expect(open).toEqual([])
})

describe.for(Object.entries(everyApi))('over %s', ([, open]) => {
  test.for(callers)('$name may call the RPCs of its permission and no others', async (caller) => {
    const api = open(server.url, caller.token?.headers)
    const before = await countStored(server.storage.location)
    const outcomes = await Promise.all(methods.map(async (name) => [name, await outcomeOf(api, name)]))
    api.close()
    expect(Object.fromEntries(outcomes)).toEqual(
      Object.fromEntries(methods.map((name) => [name, expectedOutcome(name, caller)])),
    )
    expect(await countStored(server.storage.location), 'a call stored something').toBe(before)
  })
})

function expectedOutcome(name: Method, { token, permission, namespace }: TestCaller): string {
  const needed = documented[name]
  const isRightService = namespace === 'my-org' || (namespace !== undefined && ofAllServices.includes(name))
  if (needed === null || ((permission === needed || permission === 'admin') && isRightService)) return 'allowed'
  return token === undefined ? 'unauthenticated TOKEN_MISSING' : 'permission_denied PERMISSION_DENIED'
}

async function outcomeOf(api: Api, name: Method): Promise<string> {
  const answer = await api.attempt(name, requestOf(name))
  if (answer.ok) return 'allowed'
  const { reason, code, status } = answer.error
  const byStatus: Readonly<Record<number, string>> = { 401: 'unauthenticated', 403: 'permission_denied' }
  const shown = code ?? byStatus[status ?? 0]
  // Any other error comes from the use case, which only a caller with the permission reaches.
  return shown === 'unauthenticated' || shown === 'permission_denied' ? `${shown} ${reason}` : 'allowed'
}

/** A request that changes nothing. */
function requestOf(name: Method): Fields {
  const { fields } = ServiceRegistry.method[name].input
  const given = fields.flatMap((field) => {
    // A revert needs a generation or a time.
    const isGeneration = name === 'revert' && field.name === 'generation'
    const value = field.name === 'validate_only' || field.name === 'revision_tag' || isRequired(field) || isGeneration
    return value ? [[field.name, sampleOf(field)] as const] : []
  })
  return Object.fromEntries(given)
}

function sampleOf({ name }: DescField): unknown {
  const texts = { namespace: 'my-org', name: 'my-service', revision_tag: '1.0.0', alias: 'stable', etag: 'none' }
  const value = { ...texts, generation: 1, validate_only: true, candidates: [{ revision_tag: '1.0.0', weight: 1 }] }[
    name
  ]
  return value ?? expect.fail(`the test has no value for the required field ${name}`)
}

function isRequired(field: DescField): boolean {
  return getOption(field, field_behavior).includes(FieldBehavior.REQUIRED)
}
