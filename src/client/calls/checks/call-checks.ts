import { Change_Event } from '../../../../gen/waypost/v1/history_pb.ts'
import { callTokenLifetimeS } from '../../../domain/access/call-token-lifetime.ts'
import { permissions } from '../../../domain/access/permission.ts'
import { BUCKETS } from '../../../domain/rollout/rollout.ts'
import type { CallTokenOptions, WhoAmIOptions } from '../../api/access.ts'
import type { RevisionSource } from '../../api/answers.ts'
import type {
  AliasTarget,
  CallOptions,
  ChangeOptions,
  DefaultOptions,
  DeleteOptions,
  DeprecateOptions,
  EtagOptions,
  GetOptions,
  ListOptions,
  ListRevisionsOptions,
  ListServicesOptions,
  ReadAliasOptions,
  ReadOptions,
  RegisterOptions,
  RevisionChanges,
  SelectionOptions,
  TargetingOptions,
  ViewOptions,
  YankOptions,
} from '../../api/call-options.ts'
import type { ListChangesOptions } from '../../api/history.ts'
import type { AtOptions } from '../../api/history-point.ts'
import type { EndRolloutOptions, GetRolloutOptions, RolloutCandidate, RolloutOptions } from '../../api/rollouts.ts'
import { invalidOption } from '../errors.ts'
import { informationChecks } from '../information.ts'
import {
  abortSignal,
  type Check,
  type Checks,
  flag,
  listOf,
  moment,
  type NameOf,
  object,
  oneOf,
  point,
  recordOf,
  selector,
  text,
  wholeNumber,
} from './check.ts'

/** The longest delay of a timer, in milliseconds. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

const LARGEST_PAGE = 1_000

export const timeout = wholeNumber(1, LONGEST_TIMEOUT_MS)

// Each table has one check for each option of its type, in the order of the type.
const call: Checks<CallOptions> = { timeoutMs: timeout, signal: abortSignal }
const read: Checks<ReadOptions> = { ...call, registry: text }
const change: Checks<ChangeOptions> = { ...read, validateOnly: flag, requestId: text }
const etag: Checks<EtagOptions> = { ...change, etag: text }
const view: Checks<ViewOptions> = { view: oneOf('BASIC', 'FULL') }
const list: Checks<ListOptions> = { ...read, pageSize: wholeNumber(1, LARGEST_PAGE) }

const source: Checks<RevisionSource> = { repository: text, commit: text, imageDigest: text }
const register: Checks<RegisterOptions> = {
  ...change,
  ...informationChecks,
  isDefault: flag,
  source: object<RevisionSource>(source),
}
const changes: Checks<RevisionChanges> = { ...informationChecks, setLabels: recordOf(text), removeLabels: listOf(text) }
const selection: Checks<SelectionOptions> = {
  versionRange: selector,
  includePrerelease: flag,
  alias: selector,
  labelSelector: text,
}
const targeting: Checks<TargetingOptions> = { targetingKey: selector }
const at: Checks<AtOptions> = { at: point }
const readAlias: Checks<ReadAliasOptions & GetRolloutOptions> = { ...read, ...at }
const get: Checks<GetOptions> = { ...call, ...view, ...selection, ...targeting, ...at, explain: flag }
const callToken: Checks<CallTokenOptions> = {
  ...call,
  ...selection,
  ...targeting,
  lifetimeSeconds: wholeNumber(callTokenLifetimeS.shortest, callTokenLifetimeS.longest),
}
const whoAmI: Checks<WhoAmIOptions> = { ...read, permission: oneOf(...permissions), resource: selector }
const makeDefault: Checks<DefaultOptions> = { ...etag, reason: text }
const deprecate: Checks<DeprecateOptions> = { ...etag, message: text, replacement: text }
const yank: Checks<YankOptions> = { ...etag, reason: text, ifDefault: oneOf('MOVE', 'CLEAR') }
const target: Readonly<Record<NameOf<AliasTarget>, Check>> = {
  revisionTag: text,
  follows: text,
  includePrerelease: flag,
}
const listServices: Checks<ListServicesOptions> = { ...list, prefix: text, labelSelector: text }
const listRevisions: Checks<ListRevisionsOptions> = {
  ...list,
  ...view,
  ...at,
  order: oneOf('NEWEST_FIRST', 'HIGHEST_VERSION_FIRST'),
  state: oneOf('ACTIVE', 'DEPRECATED', 'YANKED'),
  labelSelector: text,
}

const rollout: Checks<RolloutOptions> = { ...makeDefault, salt: text }
const endRollout: Checks<EndRolloutOptions> = { ...makeDefault, promote: selector }
const candidate: Checks<RolloutCandidate> = {
  revisionTag: text,
  weight: wholeNumber(0, BUCKETS),
  pinnedKeys: listOf(text),
  // Answers contain these. The registry decides them.
  buckets: () => {},
  held: () => {},
}
const candidates = listOf(object<RolloutCandidate>(candidate, ['revisionTag']))
const listChanges: Checks<ListChangesOptions> = {
  ...list,
  revisionTag: selector,
  alias: selector,
  event: oneOf(...Object.keys(Change_Event).filter((name) => /_(?!UNS)/.test(name))),
  actor: selector,
  afterTime: moment,
  beforeTime: moment,
}

/** The checks of the arguments of each method. Each throws an `invalid_argument` that names the option. */
export const check = {
  readOptions: optionsOf<ReadOptions>(read),
  readAliasOptions: optionsOf<ReadAliasOptions>(readAlias),
  listOptions: optionsOf<ListOptions>(list),
  etagOptions: optionsOf<EtagOptions>(etag),
  registerOptions: optionsOf<RegisterOptions>(register),
  getOptions: optionsOf<GetOptions>(get),
  whoAmIOptions: optionsOf<WhoAmIOptions>(whoAmI),
  callTokenOptions: optionsOf<CallTokenOptions>(callToken),
  defaultOptions: optionsOf<DefaultOptions>(makeDefault),
  deprecateOptions: optionsOf<DeprecateOptions>(deprecate),
  yankOptions: optionsOf<YankOptions>(yank),
  deleteOptions: optionsOf<DeleteOptions>(etag, ['etag']),
  listServicesOptions: optionsOf<ListServicesOptions>(listServices),
  listRevisionsOptions: optionsOf<ListRevisionsOptions>(listRevisions),
  rolloutOptions: optionsOf<RolloutOptions>(rollout),
  endRolloutOptions: optionsOf<EndRolloutOptions>(endRollout),
  candidates: (value: unknown) => {
    candidates(value, 'candidates')
    if ((value as readonly unknown[]).length === 0)
      throw invalidOption('candidates', 'is empty; use at least one candidate.')
  },
  listChangesOptions: optionsOf<ListChangesOptions>(listChanges),
  point: (value: unknown) => point(value, 'to'),
  changes: optionsOf<RevisionChanges>(changes),
  target: optionsOf<AliasTarget>(target),
  alias: (value: unknown) => text(value, 'alias'),
  service: (value: unknown) => text(value, 'service'),
  sruid: (value: unknown) => text(value, 'sruid'),
} as const

function optionsOf<T>(checks: Readonly<Record<NameOf<T>, Check>>, required?: readonly NameOf<T>[]) {
  const checkAll = object<T>(checks, required)
  return (value: unknown) => checkAll(value, '')
}
