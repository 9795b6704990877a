import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Alias } from '../../domain/alias.ts'
import { registrationEntry, type Writer } from '../../domain/entries/new-entry.ts'
import { RegistryError } from '../../domain/errors.ts'
import { type FullHead, type Head, isHighest } from '../../domain/head.ts'
import { type Entry, type FullRevision, type Revision, type RevisionEntry, snapshotAfter } from '../../domain/log.ts'
import { parseServiceReference, parseSruid, type ServiceId, type Sruid } from '../../domain/sruid.ts'
import type { LookupResult, Store } from '../store.ts'

/**
 * Storage that is empty when a case begins. The suite opens stores over it. Each store sees the entries of the others.
 */
export interface ContractHarness {
  /** Opens a store over the case's storage. */
  open(): Promise<Store>
  /** Makes the storage refuse writes, as an outage would. The returned function ends the outage. */
  interrupt(): Promise<() => Promise<void>>
  /** Changes one byte of the stored entry of this generation of `service`, in a part that every read of it needs. */
  damage(generation: number): Promise<void>
  /**
   * The entry that the storage returns for an entry that was appended. Default: the same. Only storage that an older
   * version of Waypost writes to, too, keeps less.
   */
  readonly keeps?: Keeps
}

/** See `ContractHarness`. */
export type Keeps = <E extends Entry>(entry: E) => E

/** Storage keeps entries as they are. */
export const keepsAll: Keeps = (entry) => entry

/** One promise of the port, with its test. The test fails by rejecting. */
export interface ContractCase {
  readonly name: string
  run(harness: ContractHarness): Promise<void>
}

export const { service } = parseServiceReference('my-org/my-service')

export interface EntryOptions {
  /** The newest entry of the service, as the storage keeps it; undefined: the service has no entry. */
  readonly after?: Entry | undefined
  readonly requestedDefault?: boolean | null
  readonly becomesDefault?: boolean
  readonly registeredAt?: number
}

export function sruid(tag: string): Sruid {
  return parseSruid(`my-org/my-service:${tag}`)
}

export function entryFor(tag: string, options: EntryOptions = {}): RevisionEntry {
  return registration(sruid(tag), options)
}

export function registration(
  target: Sruid,
  { after, requestedDefault = null, becomesDefault = true, registeredAt }: EntryOptions,
): RevisionEntry {
  const said = { ...writer(), sruid: target, requestedDefault, becomesDefault }
  const newest = after === undefined ? null : snapshotAfter(after)
  return registrationEntry(newest, registeredAt === undefined ? said : { ...said, registeredAt })
}

/** A writer whose clock stands still. */
export function writer(): Writer {
  return { id: randomUUID(), principal: { name: 'contract' }, salt: 'salt', now: 1_700_000_000_000 }
}

/** A head as lookups return it. */
export function withoutAliases({ aliases: _, aliasPlace: __, ...head }: FullHead): Head {
  return head
}

/** A revision as lookups return it. */
export function withoutRegistration({ registeredInfo: _, ...revision }: FullRevision): Revision {
  return revision
}

/** The answer to a lookup of a revision, or of none, after an entry. */
export function answerAfter(
  entry: Entry,
  revision: FullRevision | null,
  {
    alias = null,
    candidates = [],
  }: { readonly alias?: Alias | null; readonly candidates?: readonly FullRevision[] } = {},
): LookupResult {
  const { head, ...snapshot } = snapshotAfter(entry)
  return {
    ...{ ...snapshot, head: withoutAliases(head), revision: revision && withoutRegistration(revision), alias },
    candidates: candidates.map(withoutRegistration),
  }
}

/** A case that needs one store. */
type StoreTest = (store: Store, keeps: Keeps) => Promise<void>

/**
 * Registers a revision as a writer does: it reads the newest entry, decides, appends, and starts again if another
 * writer was first. The highest version becomes the default. Resolves false if the tag is taken.
 */
export async function registerByRetrying(
  store: Store,
  tag: string,
  requestedDefault: boolean | null = null,
): Promise<boolean> {
  const target = sruid(tag)
  for (;;) {
    const newest = await store.lookupForChange(target, { by: 'tag', tag: target.revisionTag })
    if (newest?.revision) return false
    const becomesDefault = isHighest(target.revisionTag, newest?.head.highestSemver ?? null)
    const said = { ...writer(), now: Date.now() }
    const entry = registrationEntry(newest, { ...said, sruid: target, requestedDefault, becomesDefault })
    if ((await store.append(entry)) === 'appended') return true
  }
}

export function withStore(test: StoreTest): ContractCase['run'] {
  return async ({ open, keeps = keepsAll }) => {
    const store = await open()
    try {
      await test(store, keeps)
    } finally {
      await store.close()
    }
  }
}

/** A store whose storage has just refused an entry, and refuses further ones until `restore`. */
export async function refuseAppend({ open, interrupt, keeps = keepsAll }: ContractHarness) {
  const store = await open()
  const first = entryFor('1.0.0')
  await store.append(first)
  const restore = await interrupt()
  const second = entryFor('1.1.0', { after: keeps(first) })
  await assert.rejects(store.append(second), isUnavailable)
  return { store, first, second, restore }
}

export async function appendAll(store: Store, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) assert.equal(await store.append(entry), 'appended')
}

export async function closeAll(stores: readonly Store[]): Promise<void> {
  await Promise.all(stores.map((store) => store.close()))
}

export function isSameService(a: ServiceId, b: ServiceId): boolean {
  return a.namespace === b.namespace && a.name === b.name
}

export function isDamage(error: unknown): boolean {
  return error instanceof RegistryError && error.reason === 'DAMAGED_ENTRY'
}

export function isUnavailable(error: unknown): boolean {
  return error instanceof RegistryError && error.code === 'unavailable'
}

/** Whether older versions of Waypost may run on the storage, so that it keeps entries of form 2. */
export function keepsOldForm(keeps: Keeps): boolean {
  return keeps(entryFor('1.0.0')).link === null
}
