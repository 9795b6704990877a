import { rolloutEntry } from '../../domain/entries/new-entry.ts'
import { quote, RegistryError } from '../../domain/errors.ts'
import { withRollout } from '../../domain/head.ts'
import { isChoosable } from '../../domain/lifecycle.ts'
import type { FullHeadSnapshot } from '../../domain/log.ts'
import type { Candidate, Rollout } from '../../domain/rollout/rollout.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import type { Store } from '../../store/store.ts'
import { type Importing, nextWriter } from '../importing.ts'
import { keep, type Outcome } from '../outcome.ts'
import { readEntries } from '../read-pinned.ts'
import type { RolloutRecord } from '../record/rollout-record.ts'
import type { Draft } from './draft.ts'

/** The rollout of a service in an input. */
export interface WantedRollout {
  /** Null: none. */
  readonly rollout: RolloutRecord | null
  readonly outcome: Outcome
  /** Whether the service existed before the import. */
  readonly existed: boolean
}

/**
 * Sets the rollout of a service as its input says, if the service has none. A rollout that runs stays as it is, and one that
 * somebody has ended on this registry does not begin again.
 */
export async function followRollout(
  importing: Importing,
  draft: Draft,
  service: ServiceId,
  { rollout, outcome, existed }: WantedRollout,
): Promise<void> {
  const newest = draft.newest as FullHeadSnapshot
  const here = newest.head.rollout
  const name = `the rollout of ${formatServiceId(service)}`
  if (here !== null) {
    const said = rollout === null ? 'the input has none' : 'the input has another one'
    if (rollout === null || !isSame(here, rollout)) keep(outcome, 'rollout', `${name} stays as it is here; ${said}`)
    return
  }
  if (rollout === null) return
  if (existed && (await wasEndedHere(importing.store, newest, service, rollout))) {
    keep(outcome, 'rollout', `${name} does not begin again, because somebody ended it here`)
    return
  }
  const unfit = (await findOldForm(importing.store)) ?? (await findUnfit(importing.store, newest, service, rollout))
  if (unfit?.isHere) keep(outcome, 'rollout', `${name} does not begin, because ${unfit.text}`)
  else if (unfit) outcome.problems.push(`${name} cannot begin, because ${unfit.text}; ${unfit.remedy ?? REMEDY}`)
  else await begin(importing, draft, service, { rollout, outcome })
}

const REMEDY = 'choose candidates that exist, are not yanked and are not the default.'

async function begin(
  importing: Importing,
  draft: Draft,
  service: ServiceId,
  { rollout, outcome }: Omit<WantedRollout, 'existed' | 'rollout'> & { readonly rollout: RolloutRecord },
): Promise<void> {
  const newest = draft.newest as FullHeadSnapshot
  const held = rollout.candidates.map(async (candidate) => {
    const revision = await readRevision(importing.store, service, candidate)
    return { ...candidate, isHeld: revision !== null && !isChoosable(revision.lifecycle) }
  })
  const candidates = await Promise.all(held)
  const head = withRollout(newest.head, { ...rollout, candidates, setAt: newest.generation + 1 })
  const change = { service, event: 'rollout-set', head, reason: rollout.reason } as const
  draft.push(rolloutEntry(newest, change, nextWriter(importing)), () =>
    outcome.changed.push(['rollout', `the rollout of ${formatServiceId(service)}: set`]),
  )
}

interface Unfit {
  readonly text: string
  /** Whether the state of this registry is the cause, and not the input. */
  readonly isHere: boolean
  readonly remedy?: string
}

async function findOldForm(store: Store): Promise<Unfit | undefined> {
  try {
    await store.checkUpgrade()
    return undefined
  } catch (error) {
    if (!(error instanceof RegistryError && error.reason === 'UPGRADE_NOT_FINISHED')) throw error
    const remedy = 'run waypost upgrade --finish first.'
    return { text: 'the upgrade of the store is not finished', isHere: false, remedy }
  }
}

// The first candidate that cannot be one. A held candidate is yanked.
async function findUnfit(
  store: Store,
  { head }: FullHeadSnapshot,
  service: ServiceId,
  { candidates }: RolloutRecord,
): Promise<Unfit | undefined> {
  for (const candidate of candidates) {
    const tag = quote(candidate.tag)
    if (head.defaultTag === candidate.tag) return { text: `${tag} is the default`, isHere: !head.isDefaultImported }
    const revision = await readRevision(store, service, candidate)
    if (revision === null) return { text: `${tag} does not exist`, isHere: false }
    const { lifecycle, writtenBy } = revision
    const isHere = writtenBy !== 'import'
    if (lifecycle.isDeleted) return { text: `${tag} is deleted`, isHere }
    if (lifecycle.yank !== null && !candidate.isHeld) return { text: `${tag} is yanked`, isHere }
  }
  return undefined
}

async function readRevision(store: Store, service: ServiceId, { tag }: Candidate) {
  return (await store.lookup(service, { by: 'tag', tag }))?.revision ?? null
}

function isSame(here: Rollout, wanted: RolloutRecord): boolean {
  return asText(here) === asText(wanted)
}

// A candidate is held if its revision is yanked, which the record of the revision says.
function asText({ candidates, salt, reason, startTime, updateTime }: RolloutRecord): string {
  const shares = candidates.map(({ tag, weight, pinnedKeys, buckets }) => [tag, weight, pinnedKeys, buckets])
  return JSON.stringify([shares, salt, reason, startTime, updateTime])
}

// A head has no trace of an ended rollout, so the log is read. This is rare: a rollout is new in the input, or has ended.
async function wasEndedHere(
  store: Store,
  { generation }: FullHeadSnapshot,
  service: ServiceId,
  { startTime }: RolloutRecord,
): Promise<boolean> {
  let [wasRunning, isEnded] = [false, false]
  for await (const entries of readEntries(store, { service, generation })) {
    for (const { head, writer } of entries) {
      const isRunning = head.rollout?.startTime === startTime
      if (wasRunning && !isRunning) isEnded = writer === 'api'
      wasRunning = isRunning
    }
  }
  return isEnded
}
