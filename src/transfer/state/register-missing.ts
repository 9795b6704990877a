import { registrationEntry } from '../../domain/entries/new-entry.ts'
import { formatServiceId } from '../../domain/sruid.ts'
import { CONFLICT, retryOnConflict } from '../../registry/core/optimistic-retry.ts'
import { type Importing, type Line, nextWriter } from '../importing.ts'
import type { RevisionRecord } from '../record/records.ts'
import { Draft } from './draft.ts'

/**
 * Registers the revisions of some lines that are missing in their service. `onRegistered` is called with the index of
 * each, once it is stored. Throws `TOO_MANY_CONFLICTS` if other writers were first every time.
 */
export async function registerMissing(
  importing: Importing,
  lines: readonly Line<RevisionRecord>[],
  onRegistered: (index: number) => void,
): Promise<Draft> {
  const { sruid: service } = (lines[0] as Line<RevisionRecord>).record
  const tags = lines.map(({ record }) => record.sruid.revisionTag)
  return retryOnConflict(formatServiceId(service), async () => {
    const draft = await Draft.begin(importing.store, service, tags)
    for (const { index, record } of lines) {
      if (draft.revision(record.sruid.revisionTag) === undefined)
        register(importing, draft, record, () => onRegistered(index))
    }
    return (await draft.flush()) ? draft : CONFLICT
  })
}

function register(importing: Importing, draft: Draft, record: RevisionRecord, onStored: () => void): void {
  const { isDefault, isPartial: _, kind: __, requestedDefault = null, ...registration } = record
  const { newest } = draft
  const becomesDefault = isDefault && (newest === null || newest.head.isDefaultImported)
  const said = { ...registration, requestedDefault, ...nextWriter(importing), becomesDefault }
  draft.push(registrationEntry(newest, said), onStored)
}
