import { findAlias } from '../../domain/head.ts'
import { type LabelSelector, meets } from '../../domain/label-selector.ts'
import type { Revision, Snapshot } from '../../domain/log.ts'
import { isChoosable } from '../../domain/revision-state.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import type { Store } from '../../store/store.ts'
import { requireRevision } from '../core/not-found.ts'
import { type RegistryDeps, type RevisionView, viewRevision } from '../core/registry-deps.ts'
import { findHighest } from '../core/search.ts'
import { type Explanation, explain } from './explain.ts'
import type { GetQuery, Selector } from './selection.ts'

export interface Found {
  readonly revision: RevisionView
  readonly explanation: Explanation | null
}

/** The revision that the query selects, or throws `REVISION_NOT_FOUND`. */
export async function get({ store }: Pick<RegistryDeps, 'store'>, query: GetQuery): Promise<Found> {
  const { service, selector, labels } = query
  const accepts = ({ state, info }: Revision) => isChoosable(state) && meets(info.labels, labels)
  const found =
    selector.by === 'range'
      ? await findHighest(store, service, { range: selector.range, accepts, ofChoosable: true })
      : await lookUp(store, service, selector)
  const chosen = requireRevision(withLabels(found, labels))
  const explanation = query.explain ? await explain(store, query, chosen) : null
  return { revision: viewRevision(chosen.revision, chosen.snapshot), explanation }
}

function lookUp(store: Store, service: ServiceId, selector: Exclude<Selector, { by: 'range' }>) {
  switch (selector.by) {
    case 'default':
      return store.lookup(service)
    case 'tag':
      return store.lookup(service, selector.tag)
    case 'alias':
      return store.lookup(service, (head) => findAlias(head, selector.alias)?.tag ?? null)
  }
}

function withLabels(snapshot: Snapshot | null, labels: LabelSelector): Snapshot | null {
  const isMet = snapshot?.revision && meets(snapshot.revision.info.labels, labels)
  return snapshot && !isMet ? { ...snapshot, revision: null } : snapshot
}
