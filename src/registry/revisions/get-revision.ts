import { quote, type RegistryError } from '../../domain/errors.ts'
import { meets } from '../../domain/labels/label-selector.ts'
import type { Revision } from '../../domain/log.ts'
import type { LookupResult, Store } from '../../store/store.ts'
import type { Caller } from '../core/caller.ts'
import { findHighestChoosable, type RangeSearch } from '../core/find-highest.ts'
import {
  aliasNotFound,
  aliasPointsNowhere,
  isThere,
  noDefault,
  requireService,
  revisionNotFound,
  tagNotFound,
} from '../core/not-found.ts'
import type { ReadDeps } from '../core/registry-deps.ts'
import { showTo } from '../core/views.ts'
import { resolveAt } from '../history/at.ts'
import { type ChosenBy, chooseCandidate } from './choose-candidate.ts'
import { type Explanation, explain } from './explain.ts'
import type { GetQuery } from './get-query.ts'

/** The revision that a query selects. */
export interface Found {
  /** The service and the revision. A store may return the same object again. */
  readonly snapshot: LookupResult
  readonly revision: Revision
  /** The way in which a rollout chose the revision. Null: it is the default, or the query does not select the default. */
  readonly chosenBy: ChosenBy
  readonly explanation: Explanation | null
}

/**
 * Finds the revision that the query selects. Throws `SERVICE_NOT_FOUND`, `REVISION_NOT_FOUND`, `ALIAS_NOT_FOUND`,
 * `NO_DEFAULT`, or an error of `resolveAt`.
 */
export function getRevision(deps: ReadDeps, query: GetQuery, caller: Caller): Promise<Found> {
  const { store } = deps
  const { service, at } = query
  // A promise that is not needed would cost time in every Get.
  const finding =
    at === null
      ? find(store, query, { signal: caller.signal })
      : resolveAt(deps, service, at).then((generation) => find(store, query, { signal: caller.signal, generation }))
  const chosen = finding.then((found) => requireChosen(found, query))
  if (!query.explain && !query.showsActor) return chosen
  return chosen.then(async (found) => ({
    ...found,
    revision: showTo(caller, found.revision),
    explanation: query.explain ? await explain(store, query, found, caller) : null,
  }))
}

function find(store: Store, query: GetQuery, search: Pick<RangeSearch, 'signal' | 'generation'>) {
  const { service, selector } = query
  return selector.by === 'range'
    ? findInRange(store, query, { ...search, range: selector.range })
    : store.lookup(service, selector, search.generation)
}

async function findInRange(
  store: Store,
  { service, labels }: GetQuery,
  search: RangeSearch,
): Promise<LookupResult | null> {
  const accepts = ({ info }: Revision) => meets(info.labels, labels)
  const found = await findHighestChoosable(store, service, { ...search, accepts })
  return found && { ...found, alias: null, candidates: [] }
}

function requireChosen(found: LookupResult | null, query: GetQuery): Found {
  const { service, labels, selector } = query
  const snapshot = requireService(found, service)
  if (snapshot.head.rollout !== null && selector.by === 'default') {
    const candidate = chooseCandidate(snapshot, query)
    if (candidate !== null) return { snapshot, revision: candidate.revision, chosenBy: candidate.by, explanation: null }
  }
  const { revision } = snapshot
  if (!isThere(revision)) throw notFound(snapshot, query)
  if (meets(revision.info.labels, labels)) return { snapshot, revision, chosenBy: null, explanation: null }
  const which = `${quote(revision.revisionTag)} that meets label_selector ${quote(labels.text)}`
  throw revisionNotFound(service, { which, remedy: 'use another revision or label_selector' })
}

function notFound({ alias }: LookupResult, { service, selector, labels }: GetQuery): RegistryError {
  switch (selector.by) {
    case 'default':
      return noDefault(service)
    case 'tag':
      return tagNotFound(service, selector.tag)
    case 'alias':
      return alias === null ? aliasNotFound(service, selector.alias) : aliasPointsNowhere(service, selector.alias)
    case 'range': {
      const inRange = `in the range ${quote(selector.range.text)} that is not yanked`
      return labels.text === ''
        ? revisionNotFound(service, { which: inRange, remedy: 'use another range' })
        : revisionNotFound(service, {
            which: `${inRange} and meets label_selector ${quote(labels.text)}`,
            remedy: 'use another range or label_selector',
          })
    }
  }
}
