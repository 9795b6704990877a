import fc from 'fast-check'
import type { Fields, Method } from '../support/api.ts'
import { withoutAbsent } from './answers.ts'
import type { Known } from './model.ts'
import type { Call } from './participant.ts'
import { callStep, retryStep, type Step } from './steps.ts'
import { aliases, labels, ranges, salts, selectors, tags, targetingKeys } from './vocabulary.ts'

type Arbitraries = Readonly<Record<string, fc.Arbitrary<unknown>>>

const seldom = <T>(value: fc.Arbitrary<T>) => weighted([4, fc.constant(undefined)], [1, value])
const often = <T>(value: fc.Arbitrary<T>) => weighted([1, fc.constant(undefined)], [1, value])

// Some tags come more often than others, so that a revision gets many different changes.
const revision_tag = fc.constantFrom(...tags, ...tags.slice(0, 3), ...tags.slice(0, 1), ...tags.slice(0, 1))
const alias = fc.constantFrom(...aliases)
const range = fc.constantFrom(...ranges)
const words = fc.constantFrom('too slow', 'for the tests')
const flag = seldom(fc.constant(true))
const label_selector = seldom(fc.constantFrom(...Object.keys(selectors)))
const info = {
  labels: seldom(fc.constantFrom(...labels)),
  endpoints: seldom(fc.constant([{ protocol: 'grpc', uri: 'https://my-service.example.com' }])),
  description: seldom(words),
  documentation_uri: seldom(fc.constant('https://docs.example.com/my-service')),
}
const merging = {
  set_labels: often(fc.constantFrom(...labels)),
  // Some requests set a label and remove it, too, which is refused.
  remove_labels: often(fc.constantFrom(['canary'], ['none', 'canary'], ['tier'])),
  description: seldom(words),
}
const view = often(fc.constant('FULL'))
const generation = fc.oneof(...[4, 10, 40].map((max) => fc.integer({ min: 1, max })))
const at_generation = seldom(generation)
const targeting_key = often(fc.constantFrom(...targetingKeys))
const getting = { include_prerelease: flag, label_selector, explain: flag, view, targeting_key, at_generation }
const listing = {
  order: fc.constantFrom(undefined, 'NEWEST_FIRST', 'HIGHEST_VERSION_FIRST'),
  state: seldom(fc.constantFrom('ACTIVE', 'DEPRECATED', 'YANKED')),
  page_size: seldom(fc.constantFrom(1, 2, 3)),
  ...{ label_selector, view, at_generation },
}
const changing = {
  revision_tag: seldom(revision_tag),
  alias: seldom(alias),
  event: seldom(fc.constantFrom('ALIAS_SET', 'REVISION_YANKED', 'CHOICES_REVERTED')),
  page_size: seldom(fc.constantFrom(1, 2, 3)),
}
const update_mask = often(fc.constantFrom('labels', 'description', 'labels,endpoints', '*'))
const if_default = fc.constantFrom(undefined, 'MOVE', 'CLEAR')
const someEtag = seldom(fc.constantFrom('current' as const, 'last seen' as const, 'first seen' as const))

const candidate: fc.Arbitrary<Fields> = fc.record({
  revision_tag,
  weight: fc.constantFrom(0, 10_000, 20_000, 30_000, 50_000),
  pinned_keys: seldom(fc.subarray(targetingKeys, { minLength: 1, maxLength: 1 })),
})
const everybody: fc.Arbitrary<Fields> = fc.record({ revision_tag, weight: fc.constant(100_000) })
// Some candidates are named twice, some keys are in two candidates, and some weights are too much, which is refused.
const candidates: fc.Arbitrary<readonly Fields[]> = weighted(
  [8, fc.uniqueArray(candidate, { minLength: 1, maxLength: 3, size: 'max', selector: (each) => each.revision_tag })],
  [1, fc.array(candidate, { minLength: 1, maxLength: 3, size: 'max' })],
  [1, everybody.map((each) => [each])],
).map((all) => all.map(withoutAbsent))

/** A command of a history. */
export const command: fc.Arbitrary<Step> = weighted(
  [14, change('register', { revision_tag, is_default: seldom(fc.boolean()), ...info })],
  [2, read('get', getting)],
  [2, read('get', { revision_tag, ...getting })],
  [3, read('get', { version_range: range, ...getting })],
  [2, read('get', { alias, ...getting })],
  [1, read('get', { revision_tag: often(revision_tag), version_range: often(range), alias: often(alias) })],
  [4, change('setDefault', { revision_tag, reason: seldom(words) })],
  [1, change('clearDefault', { reason: seldom(words) })],
  [5, change('setAlias', { alias, revision_tag })],
  [3, change('setAlias', { alias, follows: range, include_prerelease: flag })],
  [
    1,
    change('setAlias', { alias, revision_tag: often(revision_tag), follows: often(range), include_prerelease: flag }),
  ],
  [2, change('deleteAlias', { alias })],
  [4, change('deprecate', { revision_tag, message: often(words), replacement: often(revision_tag) })],
  [8, change('yank', { revision_tag, reason: often(words), if_default })],
  [6, change('unyank', { revision_tag })],
  [2, change('undeprecate', { revision_tag })],
  [4, change('updateRevision', { revision_tag, update_mask, ...info })],
  [2, change('updateRevision', { revision_tag, ...merging })],
  [10, change('deleteRevision', { revision_tag }, fc.constant('current' as const))],
  [1, change('deleteRevision', { revision_tag })],
  [
    18,
    change('setRollout', {
      candidates,
      salt: weighted([3, fc.constantFrom(...salts)], [1, fc.constant(undefined)]),
      reason: seldom(words),
    }),
  ],
  [4, change('endRollout', { promote: often(revision_tag), reason: seldom(words) })],
  [12, change('revert', { generation, reason: seldom(words) })],
  [6, read('get', { ...getting, targeting_key: fc.constantFrom(...targetingKeys) })],
  [1, read('getRollout', { at_generation })],
  [2, read('listChanges', changing)],
  [2, read('listRevisions', listing)],
  [1, read('listAliases', { at_generation })],
  [1, read('getAlias', { alias, at_generation })],
  [1, read('listServices', { label_selector })],
  [1, read('testPolicy', { revision_tag })],
  [2, fc.constant(undefined).map(retryStep)],
)

const rollout = { candidates: [{ revision_tag: '1.9.0', weight: 30_000, pinned_keys: ['user-2'] }], salt: 's1' }
const registrations = ['1.9.0', 'main', '1.10.0-rc.1', '1.10.0'].map((tag): Call => {
  return { method: 'register', request: { revision_tag: tag } }
})

/** The calls at the start of a history. Most commands about rollouts and earlier states need some revisions. */
export const openingCalls: fc.Arbitrary<readonly Call[]> = fc.constantFrom([], registrations, [
  ...registrations,
  { method: 'setRollout', request: rollout } as const,
])

/** The calls at the end of every history. They find errors that the calls before did not show. */
export const closingCalls: readonly Call[] = [
  { method: 'get', request: { explain: true, view: 'FULL' } },
  { method: 'listAliases', request: {} },
  { method: 'listServices', request: {} },
  { method: 'getRollout', request: {} },
  { method: 'listChanges', request: { page_size: 7 } },
  ...targetingKeys.map((targeting_key): Call => ({ method: 'get', request: { targeting_key, explain: true } })),
  ...[2, 5, 11].flatMap((at_generation): Call[] => [
    { method: 'get', request: { targeting_key: 'user-1', at_generation, explain: true } },
    { method: 'listAliases', request: { at_generation } },
    { method: 'listRevisions', request: { at_generation, view: 'FULL', page_size: 2 } },
    { method: 'getRollout', request: { at_generation } },
  ]),
  { method: 'listRevisions', request: { view: 'FULL', page_size: 4 } },
  { method: 'listRevisions', request: { order: 'HIGHEST_VERSION_FIRST', page_size: 3 } },
  ...ranges.map((version_range, i): Call => {
    return { method: 'get', request: { version_range, include_prerelease: i % 2 === 1, explain: true } }
  }),
]

function read(method: Method, fields: Arbitraries): fc.Arbitrary<Step> {
  return fc.record(fields).map((record) => {
    const request = withoutAbsent(record)
    const isIdle = (model: Known) => Number(request.at_generation ?? 0) > model.generation + 1
    return callStep({ method, request }, { isIdle })
  })
}

function change(method: Method, fields: Arbitraries, etag: typeof someEtag = someEtag): fc.Arbitrary<Step> {
  const how = weighted([6, fc.constant('plain')], [1, fc.constant('validated')], [2, fc.constant('marked')])
  const oddity = weighted([8, fc.constant('none')], [1, fc.constant('any tag')], [1, fc.constant("another's etag")])
  return fc.tuple(fc.record(fields), etag, revision_tag, how, oddity).map(([record, which, other, kind, odd]) => {
    const request = withoutAbsent({ ...record, validate_only: kind === 'validated' || undefined })
    const of = ownerOfEtag(method, odd === "another's etag" ? { ...request, revision_tag: other } : request)
    const call = { method, request, ...(which && of && { etag: { of, which } }) }
    const isMarked = kind === 'marked'
    return callStep(call, {
      isMarked,
      isIdle: (model) => isImpossible(model, call) || (odd !== 'any tag' && isIdle(model, call)),
    })
  })
}

/** Whether a change would be refused, or change nothing, for the state of the revision: seldom worth a place in a history. */
function isIdle(model: Known, { method, request: { revision_tag, generation, candidates } }: Call): boolean {
  const isFit = (tag: unknown) =>
    ['ACTIVE', 'DEPRECATED'].includes(model.stateOf(tag) ?? '') && tag !== model.defaultTag
  if (method === 'setRollout') return !(candidates as readonly Fields[]).every((each) => isFit(each.revision_tag))
  if (method === 'endRollout') return !model.hasRollout
  if (method === 'revert') return Number(generation) > model.generation + 1
  if (method === 'register' || revision_tag === undefined) return false
  const state = model.stateOf(revision_tag)
  const needsYank = method === 'unyank' || method === 'deleteRevision'
  const isUseless = (needsYank && state !== 'YANKED') || (method === 'undeprecate' && state === 'ACTIVE')
  return state === undefined || isUseless
}

// The model does not know the salt that the registry makes.
function isImpossible(model: Known, { method, request: { salt } }: Call): boolean {
  return method === 'setRollout' && salt === undefined && !model.hasRollout
}

/** The resource whose etag a change may name. */
function ownerOfEtag(method: Method, { alias, revision_tag }: Fields): string | undefined {
  if (method === 'register') return undefined
  const ofService: readonly Method[] = ['setDefault', 'clearDefault', 'setRollout', 'endRollout', 'revert']
  if (ofService.includes(method)) return 'service'
  return alias === undefined ? `revision ${revision_tag}` : `alias ${alias}`
}

// A failing case is shrunk to the first option.
function weighted<T>(...options: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]): fc.Arbitrary<T> {
  const weights = options.map(([weight, arbitrary]) => ({ weight, arbitrary }))
  return fc.oneof({ withCrossShrink: true }, ...weights)
}
