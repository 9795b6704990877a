import { describe, expect, test } from 'vitest'
import { RegistryError } from '../../../src/domain/errors.ts'
import { withFrame } from '../../../src/transfer/input/frame.ts'
import { collect } from '../../support/collect.ts'
import { sqliteStorage } from '../../support/storage.ts'
import { exportHistoryText, exportText, importText, withStore } from '../support.ts'

const TIME = '2024-05-06T07:08:09.123Z'
const dumped = (tag: string, isDefault = false) => ({
  model: 'django_twined.servicerevision',
  pk: 1,
  fields: { namespace: 'my-org', name: 'my-service', tag, is_default: isDefault, created: TIME },
})
const dump = [dumped('1.0.0'), dumped('1.1.0', true)]

/** Imports a text into an empty store. Returns the result in one word, and the number of services after it. */
async function outcomeOf(text: string): Promise<string> {
  let outcome = ''
  await withStore(sqliteStorage, async (store) => {
    try {
      const { refused } = await importText(store, text)
      outcome = refused > 0 ? 'refused' : 'imported'
    } catch (error) {
      expect(error).toBeInstanceOf(RegistryError)
      expect((await store.readServices({ limit: 10 })).services).toEqual([])
      outcome = (error as Error).message
    }
  })
  return outcome
}

async function framed(content: 'state' | 'history', lines: readonly string[]): Promise<string[]> {
  async function* batches() {
    yield lines
  }
  return (await collect(withFrame(content, batches()))).flat()
}

async function exportsOf(): Promise<Readonly<Record<'state' | 'history', readonly string[]>>> {
  let found: Awaited<ReturnType<typeof exportsOf>> = { state: [], history: [] }
  await withStore(sqliteStorage, async (store) => {
    await importText(store, JSON.stringify(dump))
    found = {
      state: await framed('state', await exportText(store)),
      history: await framed('history', await exportHistoryText(store)),
    }
  })
  return found
}

describe('an input that was cut off is never imported without an error', () => {
  test('if it is an array, wherever it was cut off', async () => {
    const text = JSON.stringify(dump, null, 1)
    for (let length = 0; length < text.length; length += 11) {
      expect(await outcomeOf(text.slice(0, length)), `${length}`).toMatch(/^the input is (?:cut off|empty)/)
    }
    expect(await outcomeOf(text.slice(0, -1))).toMatch(/^the input is cut off/)
    expect(await outcomeOf(`${text}\n`)).toBe('imported')
  })

  test.for(['state', 'history'] as const)('if it is an export of the %s, wherever it was cut off', async (content) => {
    const lines = (await exportsOf())[content]
    const cutOff = /^the input is (?:cut off|empty)|^refused$/
    for (let count = 0; count < lines.length; count++) {
      expect(await outcomeOf(lines.slice(0, count).join('\n')), `${count}`).toMatch(/^the input is (?:cut off|empty)/)
    }
    const text = lines.join('\n')
    for (let length = 0; length < text.length; length += 47) {
      expect(await outcomeOf(text.slice(0, length)), `${length}`).toMatch(cutOff)
    }
    expect(await outcomeOf(text)).toBe('imported')
    expect(await outcomeOf(`[${lines.join(',')}]`)).toBe('imported')
  })
})

describe('the first and the last line of an export', () => {
  const remedy =
    'make the export again, or, if you have changed the file on purpose, remove its lines of the kinds "export" and "end".'

  test('must fit the number of records between them', async () => {
    const { state } = await exportsOf()
    const cases = [
      [state.toSpliced(1, 1), 'has 2 records before line 4, which says that there are 3'],
      [state.slice(1), 'has the last line of an export in line 4, and not its first line'],
      [state.slice(0, -1), 'is cut off after line 4 and 3 records, before the last line of the export'],
      [
        [...state.slice(0, 2), ...state],
        'has the first line of another export after line 3 and 1 records, before the last line of the export',
      ],
    ] as const
    for (const [lines, problem] of cases) {
      expect(await outcomeOf(lines.join('\n'))).toBe(`the input ${problem}; ${remedy}`)
    }
  })

  test('may be missing together, or follow one another, as if exports were joined', async () => {
    const { state } = await exportsOf()
    expect(await outcomeOf(state.slice(1, -1).join('\n'))).toBe('imported')
    expect(await outcomeOf([...state, ...state].join('\n'))).toBe('imported')
  })
})

describe('a value of another type than its key has', () => {
  const revision = (more: object) => ({
    ...{ kind: 'revision', namespace: 'my-org', name: 'my-service', revision_tag: '1.0.0', is_default: false },
    ...{ register_time: TIME, ...more },
  })
  const service = (more: object) => ({ kind: 'service', namespace: 'my-org', name: 'my-service', ...more })
  const rule = { by: 'hand', actor: 'a', time: TIME }
  const yanked = (yank: unknown) => revision({ state: 'YANKED', yank })
  const deprecated = (deprecation: unknown) => revision({ state: 'DEPRECATED', deprecation })

  test.for<readonly [string, object]>([
    ['tag is null; use a string.', { ...dumped(''), fields: { ...dumped('').fields, tag: null } }],
    ['namespace is 1; use a string.', { ...dumped(''), fields: { ...dumped('').fields, namespace: 1 } }],
    ['created is false; use a string.', { ...dumped(''), fields: { ...dumped('1').fields, created: false } }],
    [
      'is_default is "true"; use true or false.',
      { ...dumped(''), fields: { ...dumped('1').fields, is_default: 'true' } },
    ],
    ['fields is null; use a JSON object.', { model: 'django_twined.servicerevision', fields: null }],
    ['model is null; use a string.', { model: null }],
    ['revision_tag is 1.2; use a string.', revision({ revision_tag: 1.2 })],
    ['registered_by is null; use a string.', revision({ registered_by: null })],
    ['description is null; use a string.', revision({ description: null })],
    ['description is an object; use a string.', revision({ description: {} })],
    ['documentation_uri is a list; use a string.', revision({ documentation_uri: [] })],
    ['labels is null; use a JSON object.', revision({ labels: null })],
    ['labels.tier is null; use a string.', revision({ labels: { tier: null } })],
    ['endpoints is an object; use a list of JSON objects.', revision({ endpoints: {} })],
    ['endpoints[1] is null; use a JSON object.', revision({ endpoints: [{ protocol: 'x', uri: 'x:y' }, null] })],
    ['endpoints[0].uri is 5; use a string.', revision({ endpoints: [{ protocol: 'x', uri: 5 }] })],
    [
      'endpoints[0].metadata.a is true; use a string.',
      revision({ endpoints: [{ protocol: 'x', uri: 'x:y', metadata: { a: true } }] }),
    ],
    ['source.commit is 7; use a string.', revision({ source: { commit: 7 } })],
    ['registered is null; use a JSON object.', revision({ registered: null })],
    ['requested_default is "no"; use true or false.', revision({ requested_default: 'no' })],
    ['state is null; use "ACTIVE", "DEPRECATED", "YANKED" or "DELETED".', revision({ state: null })],
    ['yank is null; use a JSON object.', yanked(null)],
    ['reason is null; use a string.', yanked({ reason: null })],
    ['message is 3; use a string.', deprecated({ message: 3 })],
    ['replacement is null; use a string.', deprecated({ replacement: null })],
    ['yank is given, and state is "ACTIVE"; remove one of them.', revision({ yank: {} })],
    ['default_revision_tag is 1; use a string.', service({ default_revision_tag: 1 })],
    ['default_rule is null; use a JSON object.', service({ default_revision_tag: null, default_rule: null })],
    ['reason is null; use a string.', service({ default_revision_tag: null, default_rule: { ...rule, reason: null } })],
    ['aliases is null; use a list of JSON objects.', service({ aliases: null })],
    ['revision_tag is null; use a string.', service({ aliases: [{ alias: 'beta', revision_tag: null }] })],
    [
      'revision_tag is missing in alias "beta"; give revision_tag or follows.',
      service({ aliases: [{ alias: 'beta' }] }),
    ],
    ['descriptoin is not known; use "description", or remove it.', revision({ descriptoin: '' })],
    ['yank.why is not known; use only reason.', yanked({ why: '' })],
    ['default_tag is not known; use "default_rule", or remove it.', service({ default_tag: '1.0.0' })],
  ])('is refused: %s (%o)', async ([problem, record]) => {
    await withStore(sqliteStorage, async (store) => {
      const { refusals } = await importText(store, JSON.stringify(record))
      expect(refusals).toEqual([expect.stringContaining(problem)])
      expect((await store.readServices({ limit: 10 })).services).toEqual([])
    })
  })
})
