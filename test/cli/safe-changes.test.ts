import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { only, refused } from './cli-registry.ts'
import { type InProcessRegistry, startInProcessRegistry } from './in-process-registry.ts'

let registry: InProcessRegistry

beforeAll(async () => {
  registry = await startInProcessRegistry()
})

afterAll(() => registry.stop())

async function prepare(name: string) {
  const { client } = registry
  const service = `my-org/${name}`
  await client.register(`${service}:1.0.0`)
  await client.register(`${service}:1.1.0`)
  const alias = await client.aliases.set(service, 'beta', { revisionTag: '1.0.0' })
  const { etag: revision = '', serviceEtag = '' } = await client.get(`${service}:1.0.0`, { view: 'FULL' })
  return { service, sruid: `${service}:1.0.0`, etags: { revision, service: serviceEtag, alias: alias.etag } }
}

const changes = [
  ['revision', (service: string) => ['update', `${service}:1.0.0`, '--description', 'Other.']],
  ['revision', (service: string) => ['deprecate', `${service}:1.0.0`]],
  ['revision', (service: string) => ['yank', `${service}:1.0.0`]],
  ['revision', (service: string) => ['undeprecate', `${service}:1.0.0`]],
  ['revision', (service: string) => ['unyank', `${service}:1.0.0`]],
  ['service', (service: string) => ['default', 'set', `${service}:1.0.0`]],
  ['service', (service: string) => ['default', 'clear', service]],
  ['alias', (service: string) => ['alias', 'set', service, 'beta', '--tag', '1.1.0']],
  ['alias', (service: string) => ['alias', 'delete', service, 'beta']],
] as const

describe('--etag', () => {
  test.for(changes.map(([of, args]) => [of, args('my-org/x').slice(0, 2).join(' '), args] as const))(
    'waypost $1 with --etag passes with the etag of the $0, and exits with 4 with another etag',
    async ([of, name, args]) => {
      const { service, etags } = await prepare(`etag-${name.replaceAll(/\W+/g, '-')}`)
      const other = etags[of === 'revision' ? 'service' : 'revision']
      expect(await registry.waypost(...args(service), '--etag', other)).toEqual(
        refused(4, /--etag ".*" is not the current etag, so nothing was changed; /),
      )
      await registry.text(...args(service), '--etag', etags[of])
    },
  )

  test('a change with --etag changes nothing if the revision has changed since', async () => {
    const { sruid, etags } = await prepare('stale')
    await registry.client.revisions.deprecate(sruid, { message: 'first' })
    expect((await registry.waypost('yank', sruid, '--etag', etags.revision)).exitCode).toBe(4)
    expect(await registry.text('get', sruid)).toBe(`${sruid}\n  state: deprecated: first\n`)
  })

  test('the commands that show a revision, a service or an alias print its etag', async () => {
    const { service, sruid, etags } = await prepare('shown')
    const { etag, service_etag } = only(await registry.json('get', sruid, '--full'))
    expect({ revision: etag, service: service_etag }).toEqual({ revision: etags.revision, service: etags.service })
    expect(only(await registry.json('alias', 'list', service)).etag).toBe(etags.alias)
    expect(only(await registry.json('services', '--prefix', service)).etag).toBe(etags.service)
  })
})

describe('--request-id', () => {
  test('a change that is repeated with its --request-id prints the first answer and changes nothing', async () => {
    const { service, sruid } = await prepare('again')
    const yank = ['yank', sruid, '--reason', 'bad', '--request-id', 'build-7', '--json'] as const
    const first = await registry.text(...yank)
    await registry.client.revisions.unyank(sruid)
    expect(await registry.text(...yank)).toBe(first)
    expect(await registry.client.get(sruid, { view: 'FULL' })).toMatchObject({ state: 'ACTIVE' })
    const register = ['register', `${service}:1.2.0`, '--request-id', 'build-8', '--json'] as const
    const registered = await registry.text(...register)
    await registry.client.defaults.set(sruid)
    expect(await registry.text(...register)).toBe(registered)
  })

  test('--request-id is refused with 4 for another change, and with 2 if it is not valid', async () => {
    const { sruid } = await prepare('reused')
    await registry.text('deprecate', sruid, '--request-id', 'build-7')
    expect(await registry.waypost('deprecate', sruid, '--reason', 'x', '--request-id', 'build-7')).toEqual(
      refused(4, /--request-id "build-7" belongs to another request/),
    )
    expect(await registry.waypost('unyank', sruid, '--request-id', 'build 7')).toEqual(
      refused(2, /--request-id "build 7" is not valid/),
    )
  })
})
