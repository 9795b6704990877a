import { describe, expect, test } from 'vitest'
import type { Fields, Method } from '../support/api.ts'
import { describeOverEachProtocol } from '../support/behaviour.ts'
import { type ExpectedError, expectRefusal, refusalOfName } from '../support/refusals.ts'
import { etagsOf, wholeState } from './state.ts'

interface Row {
  readonly method: Method
  readonly request: Fields
  readonly expected: ExpectedError
  readonly why: string
}

const missing = (field: string): ExpectedError => ({
  ...{ code: 'failed_precondition', reason: 'TARGET_NOT_FOUND', field },
  message: new RegExp(`${field} "9\\.9\\.9" is not a revision of the service; register it first`),
})
const yanked = (field: string): ExpectedError => ({
  ...{ code: 'failed_precondition', reason: 'TARGET_YANKED', field },
  message: new RegExp(`${field} "0\\.5\\.0" is yanked; choose a revision that is not yanked`),
})
const noRevision: ExpectedError = { code: 'not_found', reason: 'REVISION_NOT_FOUND' }
const noService: ExpectedError = { code: 'not_found', reason: 'SERVICE_NOT_FOUND' }
const noAlias: ExpectedError = { code: 'not_found', reason: 'ALIAS_NOT_FOUND', message: /no alias "beta"/ }

const targets: readonly Row[] = [
  { method: 'setDefault', request: { revision_tag: '9.9.9' }, expected: missing('revision_tag'), why: 'no such tag' },
  { method: 'setDefault', request: { revision_tag: '0.5.0' }, expected: yanked('revision_tag'), why: 'yanked' },
  {
    method: 'setAlias',
    request: { alias: 'beta', revision_tag: '9.9.9' },
    expected: missing('revision_tag'),
    why: 'none',
  },
  {
    method: 'setAlias',
    request: { alias: 'beta', revision_tag: '0.5.0' },
    expected: yanked('revision_tag'),
    why: 'yanked',
  },
  {
    method: 'deprecate',
    request: { revision_tag: '1.0.0', replacement: '9.9.9' },
    ...{ expected: missing('replacement'), why: 'a replacement that is not there' },
  },
  {
    method: 'deprecate',
    request: { revision_tag: '1.0.0', replacement: '0.5.0' },
    ...{ expected: yanked('replacement'), why: 'a replacement that is yanked' },
  },
  ...(['deprecate', 'undeprecate', 'yank', 'unyank', 'updateRevision', 'deleteRevision'] as const).map((method) => ({
    ...{ method, request: { revision_tag: '9.9.9', etag: 'x' }, expected: noRevision, why: 'no such revision' },
  })),
  { method: 'get', request: { revision_tag: '9.9.9' }, expected: noRevision, why: 'no such revision' },
  { method: 'get', request: { version_range: '^9' }, expected: noRevision, why: 'no version in the range' },
  {
    method: 'get',
    request: { version_range: '0.5.0' },
    expected: noRevision,
    why: 'a yanked version in the range only',
  },
  { method: 'get', request: { alias: 'pinned', label_selector: 'tier' }, expected: noRevision, why: 'other labels' },
  ...(['get', 'getAlias', 'deleteAlias'] as const).map((method) => ({
    ...{ method, request: { alias: 'beta' }, expected: noAlias, why: 'no such alias' },
  })),
  {
    method: 'deprecate',
    request: { revision_tag: '1.0.0', replacement: '1.0.0' },
    ...{ expected: { code: 'invalid_argument', reason: 'INVALID_REVISION_TAG', field: 'replacement' }, why: 'itself' },
  },
]

const unknownService: readonly Row[] = [
  ...(
    [
      ['get', {}],
      ['get', { revision_tag: '1.0.0' }],
      ['get', { version_range: '*' }],
      ['get', { alias: 'beta' }],
      ['deprecate', { revision_tag: '1.0.0' }],
      ['undeprecate', { revision_tag: '1.0.0' }],
      ['yank', { revision_tag: '1.0.0' }],
      ['unyank', { revision_tag: '1.0.0' }],
      ['updateRevision', { revision_tag: '1.0.0', description: 'x' }],
      ['deleteRevision', { revision_tag: '1.0.0', etag: 'x' }],
      ['clearDefault', {}],
      ['setAlias', { alias: 'beta', follows: '*' }],
      ['getAlias', { alias: 'beta' }],
      ['deleteAlias', { alias: 'beta' }],
      ['listAliases', {}],
      ['listRevisions', {}],
    ] as const
  ).map(([method, request]) => ({ method, request, expected: noService, why: 'no such service' })),
  ...[
    { method: 'setDefault', request: { revision_tag: '9.9.9' } } as const,
    { method: 'setAlias', request: { alias: 'beta', revision_tag: '9.9.9' } } as const,
  ].map((row) => ({ ...row, expected: missing('revision_tag'), why: 'no such service, so no such target' })),
]

const named: Partial<Record<Method, Fields>> = {
  register: { revision_tag: '1.0.0' },
  get: { revision_tag: '1.0.0' },
  setDefault: { revision_tag: '1.0.0' },
  clearDefault: {},
  setAlias: { alias: 'beta', follows: '*' },
  getAlias: { alias: 'beta' },
  deleteAlias: { alias: 'beta' },
  listAliases: {},
  deprecate: { revision_tag: '1.0.0' },
  undeprecate: { revision_tag: '1.0.0' },
  yank: { revision_tag: '1.0.0' },
  unyank: { revision_tag: '1.0.0' },
  updateRevision: { revision_tag: '1.0.0', description: 'x' },
  deleteRevision: { revision_tag: '1.0.0', etag: 'x' },
  listRevisions: {},
  testPolicy: { revision_tag: '1.0.0' },
}

const unknownEnums: readonly { method: Method; request: Fields; field: string }[] = [
  { method: 'listRevisions', request: { state: 99 }, field: 'state' },
  { method: 'listRevisions', request: { order: 99 }, field: 'order' },
  { method: 'listRevisions', request: { view: 99 }, field: 'view' },
  { method: 'get', request: { view: 99 }, field: 'view' },
  { method: 'yank', request: { revision_tag: '1.1.0', if_default: 99 }, field: 'if_default' },
]

describeOverEachProtocol('a request about what is not there or not fit', (subject) => {
  const { api, call, register } = subject
  const prepare = async () => {
    await register('0.5.0', '1.0.0', '1.1.0')
    await call('yank', { revision_tag: '0.5.0' })
    await call('setAlias', { alias: 'pinned', revision_tag: '1.0.0' })
  }

  const refuseAll = async (all: readonly Row[]) => {
    const before = await wholeState(subject)
    const wrong: string[] = []
    for (const { method, request, expected, why } of all) {
      const refused = expectRefusal(call(method, request), expected)
      await refused.catch((cause: unknown) => wrong.push(`${method} of ${JSON.stringify(request)}, ${why}: ${cause}`))
    }
    expect(wrong).toEqual([])
    expect(await wholeState(subject)).toEqual(before)
  }

  test('a change with a missing or unfit target is refused, and nothing changes', async () => {
    await prepare()
    await refuseAll(targets)
  })

  test('a request about an unknown service is refused, and no service comes into being', async () => {
    await refuseAll(unknownService)
    expect(await wholeState(subject)).toBeNull()
  })

  test('a request with an impossible namespace, name or tag is refused, and nothing changes', async () => {
    await prepare()
    const { protocol } = api()
    const rows = Object.entries(named).flatMap(([name, request]): Row[] => {
      const method = name as Method
      const refused = (field: 'namespace' | 'name' | 'revision_tag', value: string): Row => {
        const words = ` "${value.replace('+', '\\+')}" is not valid; use `
        const expected = refusalOfName({ protocol, method }, field, words)
        return { method, request: { ...request, [field]: value }, expected, why: `${field} has another grammar` }
      }
      const ofTag = 'revision_tag' in request ? [refused('revision_tag', '1.0.0+build')] : []
      return [refused('namespace', 'My-Org'), refused('name', 'my_service'), ...ofTag]
    })
    await refuseAll(rows)
  })

  test('a request with an unknown value of an enumeration is refused, and nothing changes', async () => {
    await prepare()
    const expected = { code: 'invalid_argument', reason: 'INVALID_REQUEST' } as const
    await refuseAll(
      unknownEnums.map(({ field, ...row }) => ({ ...row, expected: { ...expected, field }, why: 'no such value' })),
    )
  })

  test('a revision that is not yanked, or that an alias points to, cannot be deleted', async () => {
    await prepare()
    await call('yank', { revision_tag: '1.0.0' })
    const etags = await etagsOf(subject)
    const refuse = (revision_tag: string, reason: string, message: RegExp) =>
      expectRefusal(call('deleteRevision', { revision_tag, etag: etags[revision_tag] }), {
        ...{ code: 'failed_precondition', reason, field: 'revision_tag', message },
      })
    const before = await wholeState(subject)
    await refuse('1.1.0', 'REVISION_NOT_YANKED', /"1\.1\.0" is active, not yanked; yank it before you delete it/)
    await refuse('1.0.0', 'REVISION_IN_USE', /"1\.0\.0" is the target of alias "pinned"; set or delete the alias/)
    expect(await wholeState(subject)).toEqual(before)
  })

  test('a service cannot have a 65th alias until another alias is deleted', async () => {
    await register('1.0.0')
    for (let index = 1; index <= 64; index++) await call('setAlias', { alias: `a-${index}`, revision_tag: '1.0.0' })
    const before = await wholeState(subject)
    await expectRefusal(call('setAlias', { alias: 'a-65', follows: '*' }), {
      ...{ code: 'failed_precondition', reason: 'TOO_MANY_ALIASES', field: 'alias' },
      message: /alias ".*" cannot be added to .*, which has the maximum of 64 aliases; delete another alias first/,
    })
    expect(await wholeState(subject)).toEqual(before)
    await call('setAlias', { alias: 'a-64', follows: '*' })
    await call('deleteAlias', { alias: 'a-1' })
    await call('setAlias', { alias: 'a-65', follows: '*' })
  })

  describe('bad list requests', () => {
    const lists = ['listNamespaces', 'listServices', 'listRevisions'] as const
    test.for(lists)('%s refuses a negative page size', async (method) => {
      await register('1.0.0')
      const names = method === 'listRevisions' ? subject.service() : {}
      for (const page_size of [-1, -2_147_483_648]) {
        await expectRefusal(api().call(method, { ...names, page_size }), {
          ...{ code: 'invalid_argument', reason: 'INVALID_PAGE_SIZE', field: 'page_size' },
          message: new RegExp(`page_size ${page_size} is not valid; use 0 \\(the default\\) or more`),
        })
      }
    })

    test.for([
      { prefix: 'My-Org', why: 'capital letters' },
      { prefix: 'my_org', why: 'an underscore, which means any character to some databases' },
      { prefix: '%', why: 'a percent sign, which means any text to some databases' },
      { prefix: '.*', why: 'a pattern' },
      { prefix: 'my-org/a/b', why: 'two slashes' },
      { prefix: 'my-org/a:1', why: 'a tag after the name' },
      { prefix: ' my-org', why: 'a space' },
      { prefix: 'a'.repeat(258), why: 'longer than any service' },
    ])('ListServices refuses an invalid prefix ($why)', async ({ prefix }) => {
      await expectRefusal(api().call('listServices', { prefix }), {
        ...{ code: 'invalid_argument', reason: 'INVALID_PREFIX', field: 'prefix' },
        message: /prefix ".*" is not valid; use the beginning of namespace\/name/,
      })
    })

    test('ListServices refuses an invalid label selector', async () => {
      await expectRefusal(api().call('listServices', { label_selector: 'tier in web' }), {
        ...{ code: 'invalid_argument', reason: 'INVALID_LABEL_SELECTOR', field: 'label_selector' },
        message: /"tier in web".*; use requirements such as/,
      })
    })
  })
})
