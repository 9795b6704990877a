import fc from 'fast-check'
import type { Fields, Method } from '../support/api.ts'
import { withoutAbsent } from './answers.ts'
import type { Model } from './model.ts'
import type { Call } from './participant.ts'
import { callStep, retryStep, type Step } from './steps.ts'
import { aliases, labels, ranges, selectors, tags } from './vocabulary.ts'

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
const getting = { include_prerelease: flag, label_selector, explain: flag, view }
const listing = {
  order: fc.constantFrom(undefined, 'NEWEST_FIRST', 'HIGHEST_VERSION_FIRST'),
  state: seldom(fc.constantFrom('ACTIVE', 'DEPRECATED', 'YANKED')),
  page_size: seldom(fc.constantFrom(1, 2, 3)),
  ...{ label_selector, view },
}
const update_mask = often(fc.constantFrom('labels', 'description', 'labels,endpoints', '*'))
const if_default = fc.constantFrom(undefined, 'MOVE', 'CLEAR')
const someEtag = seldom(fc.constantFrom('current' as const, 'last seen' as const, 'first seen' as const))

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
  [2, read('listRevisions', listing)],
  [1, read('listAliases', {})],
  [1, read('getAlias', { alias })],
  [1, read('listServices', { label_selector })],
  [1, read('testPolicy', { revision_tag })],
  [2, fc.constant(undefined).map(retryStep)],
)

/** The calls at the end of every history. They find errors that the calls before did not show. */
export const closingCalls: readonly Call[] = [
  { method: 'get', request: { explain: true, view: 'FULL' } },
  { method: 'listAliases', request: {} },
  { method: 'listServices', request: {} },
  { method: 'listRevisions', request: { view: 'FULL', page_size: 4 } },
  { method: 'listRevisions', request: { order: 'HIGHEST_VERSION_FIRST', page_size: 3 } },
  ...ranges.map((version_range, i): Call => {
    return { method: 'get', request: { version_range, include_prerelease: i % 2 === 1, explain: true } }
  }),
]

function read(method: Method, fields: Arbitraries): fc.Arbitrary<Step> {
  return fc.record(fields).map((record) => callStep({ method, request: withoutAbsent(record) }))
}

function change(method: Method, fields: Arbitraries, etag: typeof someEtag = someEtag): fc.Arbitrary<Step> {
  const how = weighted([6, fc.constant('plain')], [1, fc.constant('validated')], [2, fc.constant('marked')])
  const oddity = weighted([8, fc.constant('none')], [1, fc.constant('any tag')], [1, fc.constant("another's etag")])
  return fc.tuple(fc.record(fields), etag, revision_tag, how, oddity).map(([record, which, other, kind, odd]) => {
    const request = withoutAbsent({ ...record, validate_only: kind === 'validated' || undefined })
    const of = ownerOfEtag(method, odd === "another's etag" ? { ...request, revision_tag: other } : request)
    const call = { method, request, ...(which && of && { etag: { of, which } }) }
    const isMarked = kind === 'marked'
    return callStep(call, { isMarked, isIdle: (model) => odd !== 'any tag' && isIdle(model, call) })
  })
}

/** Whether a change would be refused, or change nothing, for the state of the revision: seldom worth a place in a history. */
function isIdle(model: Pick<Model, 'stateOf'>, { method, request: { revision_tag } }: Call): boolean {
  if (method === 'register' || revision_tag === undefined) return false
  const state = model.stateOf(revision_tag)
  const needsYank = method === 'unyank' || method === 'deleteRevision'
  const isUseless = (needsYank && state !== 'YANKED') || (method === 'undeprecate' && state === 'ACTIVE')
  return state === undefined || isUseless
}

/** The resource whose etag a change may name. */
function ownerOfEtag(method: Method, { alias, revision_tag }: Fields): string | undefined {
  if (method === 'register') return undefined
  if (method === 'setDefault' || method === 'clearDefault') return 'service'
  return alias === undefined ? `revision ${revision_tag}` : `alias ${alias}`
}

// A failing case is shrunk to the first option.
function weighted<T>(...options: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<T>])[]): fc.Arbitrary<T> {
  const weights = options.map(([weight, arbitrary]) => ({ weight, arbitrary }))
  return fc.oneof({ withCrossShrink: true }, ...weights)
}
