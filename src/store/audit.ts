import { RegistryError } from '../domain/errors.ts'
import type { Entry } from '../domain/log.ts'
import { damagedEntry, type Holders, type OpenedEntry, orDamaged } from './forms/opened-entry.ts'
import type { AuditedEntry } from './store.ts'

/** The number of entries in one read of an audit. An entry may have some hundred KiB. */
export const AUDIT_PAGE = 100

/** How a store reads one entry of an audit. Each function throws if something is damaged. */
export interface AuditSteps {
  readonly open: () => OpenedEntry
  /** Undefined if nothing needs one. */
  readonly holders: Holders | undefined
  readonly requireKeys: (entry: Entry) => void
}

/** Reads one entry of an audit as far as possible. */
export function auditEntry(
  { service, generation }: Pick<AuditedEntry, 'service' | 'generation'>,
  steps: AuditSteps,
): AuditedEntry {
  const nothing = { service, generation, entry: null, said: null, damage: null }
  try {
    return { ...nothing, ...readOpened(steps.open(), steps) }
  } catch (error) {
    const isNewer = error instanceof RegistryError && error.reason === 'NEWER_ENTRY'
    return { ...nothing, damage: isNewer ? 'newer-form' : 'damaged' }
  }
}

function readOpened(opened: OpenedEntry, { holders, requireKeys }: AuditSteps): Partial<AuditedEntry> {
  const said = opened.statement()
  const entry = readWhole(opened, holders)
  if (entry === null) return { said }
  try {
    requireKeys(entry)
    return { entry, said }
  } catch {
    return { entry, said, damage: 'wrong-keys' }
  }
}

// Null if the entry itself can be read, but not one of those that have its large parts.
function readWhole(opened: OpenedEntry, holders: AuditSteps['holders']): Entry | null {
  let isPartMissing = false
  const noting: Holders = (generation) => {
    try {
      if (holders === undefined) throw damagedEntry({ ...opened.key, generation })
      return holders(generation)
    } catch (error) {
      isPartMissing = true
      throw error
    }
  }
  try {
    return orDamaged(opened.key, () => opened.entry(noting))
  } catch (error) {
    if (isPartMissing) return null
    throw error
  }
}
