import { isDeepStrictEqual } from 'node:util'
import { registrationEntry } from '../../src/domain/entries/new-entry.ts'
import { emptyHead } from '../../src/domain/head.ts'
import { type RevisionEntry, snapshotAfter } from '../../src/domain/log.ts'
import { builtInPolicies } from '../../src/domain/policies/default-policy.ts'
import { parseServiceReference } from '../../src/domain/sruid.ts'
import type { Store } from '../../src/store/store.ts'
import { keptInForm2 } from '../support/form-2.ts'
import type { Registration } from './acknowledgements.ts'

const PAGE = 1_000

/** The stored entries of one service. */
export interface ServiceLog {
  readonly service: string
  readonly entries: readonly RevisionEntry[]
}

/** Reads all entries of these services. Rejects if an entry is damaged. */
export function readLogs(store: Store, services: readonly string[]): Promise<ServiceLog[]> {
  return Promise.all(services.map(async (service) => ({ service, entries: await readWholeLog(store, service) })))
}

// These clients only make registrations.
async function readWholeLog(store: Store, text: string): Promise<RevisionEntry[]> {
  const { service } = parseServiceReference(text)
  const entries: RevisionEntry[] = []
  for (;;) {
    const page = await store.readLog(service, { after: entries.length, limit: PAGE })
    entries.push(...(page as RevisionEntry[]))
    if (page.length === 0) return entries
  }
}

/** Violations of the promises of a log: no gap, no partial entry, no duplicate, and heads that follow the rules. */
export function checkLog({ service, entries }: ServiceLog): string[] {
  const tags = new Set<string>()
  return entries.flatMap((entry, index) => {
    const { revisionTag } = entry.revision
    const isNew = !tags.has(revisionTag)
    tags.add(revisionTag)
    const { defaultTag } = entry.head
    return [
      ...(isNew ? [] : [`${service}:${revisionTag} is registered twice`]),
      ...(defaultTag === null || tags.has(defaultTag) ? [] : [`${service}: the default ${defaultTag} does not exist`]),
      ...checkEntry(service, entry, entries[index - 1] ?? null),
    ]
  })
}

// The same registration on top of the previous entry must give the same entry.
function checkEntry(service: string, entry: RevisionEntry, before: RevisionEntry | null): string[] {
  const { requestedDefault, registeredAt, namespace, name, revisionTag } = entry.revision
  const sruid = { namespace, name, revisionTag }
  const { defaultTag: currentDefault, ...highest } = before?.head ?? emptyHead
  const asked = builtInPolicies['latest-semver'](sruid, { currentDefault, ...highest })
  const becomesDefault = requestedDefault ?? asked
  const policy = requestedDefault === null ? 'latest-semver' : null
  const { id, principal, link, time: now } = entry
  const writer = { id, principal, salt: link?.salt ?? '', now }
  const expected = registrationEntry(before && snapshotAfter(before), {
    ...writer,
    sruid,
    requestedDefault,
    becomesDefault,
    policy,
  })
  const isRight = isDeepStrictEqual(entry, link === null ? keptInForm2(expected) : expected)
  if (isRight && entry.id !== '' && registeredAt === entry.time) return []
  return [`${service}: stored is ${JSON.stringify(entry)}, the rules say ${JSON.stringify(expected)}`]
}

/** The acknowledged registrations that are not stored or are stored with other content. */
export function checkAcknowledged(logs: readonly ServiceLog[], acknowledged: readonly Registration[]): string[] {
  const stored = new Map<string, boolean | null>()
  for (const { service, entries } of logs) {
    for (const { revision } of entries) stored.set(`${service}:${revision.revisionTag}`, revision.requestedDefault)
  }
  return acknowledged.flatMap(({ service, tag, isDefault }) => {
    const found = stored.get(`${service}:${tag}`)
    if (found === isDefault) return []
    return [`${service}:${tag} was acknowledged with is_default ${isDefault}, stored is ${found}`]
  })
}
