import {
  fillSource,
  isSourceRepeated,
  type ProvenSource,
  provenSource,
  requireProvenSource,
} from '../../domain/access/source.ts'
import { effectOf } from '../../domain/effect.ts'
import { type Registration, registrationEntry, type Writer } from '../../domain/entries/new-entry.ts'
import { RegistryError } from '../../domain/errors.ts'
import type { FullHead } from '../../domain/head.ts'
import {
  type FullRevision,
  type FullSnapshot,
  isRevisionEntry,
  isSameRequestedDefault,
  type RevisionEntry,
  registeredInfoOf,
} from '../../domain/log.ts'
import { differences, fieldNameOf, type RevisionInfo, requireSchemes } from '../../domain/revision-info.ts'
import { formatSruid, type Sruid } from '../../domain/sruid.ts'
import { appendChange } from '../core/append-change.ts'
import { AskedPolicy } from '../core/ask-policy.ts'
import type { Caller } from '../core/caller.ts'
import type { ChangeCommand } from '../core/change.ts'
import { withEffect } from '../core/effects.ts'
import type { RegistryDeps } from '../core/registry-deps.ts'
import { type RevisionView, viewChanged, viewRevision } from '../core/views.ts'
import { Room } from './room.ts'

export interface RegisterCommand extends ChangeCommand {
  readonly sruid: Sruid
  /** Whether the revision becomes the default. Null: the policy decides, unless a rollout runs. */
  readonly requestedDefault: boolean | null
  readonly info: RevisionInfo
}

export interface Registered {
  readonly revision: RevisionView
  /** Whether the revision was already registered with the same content. Then nothing changed. */
  readonly replayed: boolean
}

/**
 * Registers a revision, or returns it if it is registered with the same content. Throws `REVISION_ALREADY_EXISTS` if it
 * is registered with other content, `REVISION_DELETED`, `TOO_MANY_REVISIONS`, `TOO_MANY_SERVICES`, `DEFAULT_POLICY_FAILED`,
 * `INVALID_ENDPOINTS` (a scheme that the registry does not allow), `SOURCE_MISMATCH` (the token of the caller contradicts
 * the source), or an error of `appendChange`.
 */
export async function register(deps: RegistryDeps, command: RegisterCommand, caller: Caller): Promise<Registered> {
  const { sruid } = command
  requireSchemes(command.info.endpoints, deps.endpointSchemes)
  const proven = provenSource(caller.access.identity)
  requireProvenSource(command.info.source, proven)
  const policy = new AskedPolicy(deps, { candidate: sruid, signal: caller.signal })
  const room = new Room(deps, sruid)
  return appendChange<RevisionEntry, Registered>(deps, command, caller, {
    service: sruid,
    tag: sruid.revisionTag,
    readsStore: command.requestedDefault === null && policy.readsStore,
    isOwnEntry: isRevisionEntry,
    decide: (newest, writer) => {
      if (!newest?.revision) {
        const proposal = { command, newest, writer, policy, proven }
        return room.require(newest)?.then(() => proposeEntry(deps, proposal)) ?? proposeEntry(deps, proposal)
      }
      requireSameContent(newest.revision, command, proven)
      const { head } = newest
      const revision = withEffect(viewRevision(newest.revision, newest), { command, before: head, after: head })
      return { answer: { revision, replayed: true } }
    },
    toAnswer: (entry, before) => ({ revision: viewRegistered(command, entry, before), replayed: false }),
  })
}

// The answer to a real registration has no effect, because callers of the REST contract expect four keys.
function viewRegistered({ validateOnly }: RegisterCommand, entry: RevisionEntry, before: FullHead): RevisionView {
  const view = viewChanged(entry)
  const isHeld = entry.head.rollout !== null && entry.revision.requestedDefault === null
  if (!isHeld && !validateOnly) return view
  const effect = validateOnly ? effectOf(before, entry.head) : undefined
  return { ...view, ...(isHeld && { isHeldByRollout: true }), ...(effect && { effect }) }
}

interface Proposal {
  readonly command: RegisterCommand
  readonly newest: FullSnapshot | null
  readonly writer: Writer
  readonly policy: AskedPolicy
  readonly proven: ProvenSource | null
}

function proposeEntry(deps: RegistryDeps, proposal: Proposal): RevisionEntry | Promise<RevisionEntry> {
  const { newest, command, writer, policy, proven } = proposal
  const { sruid, requestedDefault } = command
  // A rollout decides which callers get a new revision, so no policy may give it to all of them.
  const isHeld = requestedDefault === null && newest !== null && newest.head.rollout !== null
  const decidedBy = requestedDefault === null && !isHeld ? deps.policy.name : null
  const toEntry = (becomesDefault: boolean) =>
    registrationEntry(newest, {
      ...{ ...writer, sruid, requestedDefault, becomesDefault, policy: decidedBy },
      ...informationOf(command, proven),
    })
  const becomesDefault = isHeld ? false : (requestedDefault ?? policy.answer(newest))
  return typeof becomesDefault === 'boolean' ? toEntry(becomesDefault) : becomesDefault.then(toEntry)
}

// A retry is compared with the information as the request gave it, because the next token may prove another source or none.
function informationOf(
  { info }: RegisterCommand,
  proven: ProvenSource | null,
): Pick<Registration, 'info' | 'registeredInfo'> {
  const source = fillSource(info.source, proven)
  return source === info.source ? { info } : { info: { ...info, source }, registeredInfo: info }
}

function requireSameContent(stored: FullRevision, command: RegisterCommand, proven: ProvenSource | null): void {
  const sruid = formatSruid(command.sruid)
  if (stored.lifecycle.isDeleted) {
    const message = `${sruid} was deleted, and a deleted tag is never registered again; use another revision tag.`
    throw new RegistryError({ reason: 'REVISION_DELETED', message })
  }
  const others = differentParts(stored, command, proven)
  if (isSameRequestedDefault(stored, command) && others.length === 0) return
  const message =
    `${sruid} is registered with other content (${describeDifferences(stored, command, others)}); ` +
    'register the new content under another revision tag.'
  throw new RegistryError({ reason: 'REVISION_ALREADY_EXISTS', message })
}

function differentParts(stored: FullRevision, { info }: RegisterCommand, proven: ProvenSource | null) {
  const registered = registeredInfoOf(stored)
  const sources = { registered: registered.source, stored: stored.info.source, proven }
  const others = differences(registered, { ...info, source: registered.source })
  return isSourceRepeated(info.source, sources) ? others : [...others, 'source' as const]
}

function describeDifferences(
  stored: FullRevision,
  { requestedDefault }: RegisterCommand,
  others: readonly (keyof RevisionInfo)[],
): string {
  const show = (isDefault: boolean | null) => (isDefault === null ? 'absent' : String(isDefault))
  const isDefault = `is_default was ${show(stored.requestedDefault)} and is now ${show(requestedDefault)}`
  const isSame = isSameRequestedDefault(stored, { requestedDefault })
  return [...(isSame ? [] : [isDefault]), ...others.map((part) => `${fieldNameOf(part)} differs`)].join(', ')
}
