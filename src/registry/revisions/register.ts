import { registrationEntry, type Writer } from '../../domain/entries/new-entry.ts'
import { RegistryError } from '../../domain/errors.ts'
import {
  type FullRevision,
  type FullSnapshot,
  isRevisionEntry,
  isSameRegistration,
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
import type { RegistryDeps } from '../core/registry-deps.ts'
import { type RevisionView, viewChanged, viewRevision } from '../core/views.ts'

export interface RegisterCommand extends ChangeCommand {
  readonly sruid: Sruid
  /** Whether the revision becomes the default. Null: the policy decides. */
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
 * is registered with other content, `REVISION_DELETED`, `DEFAULT_POLICY_FAILED`, `INVALID_ENDPOINTS` (a scheme that the
 * registry does not allow), or an error of `appendChange`.
 */
export async function register(deps: RegistryDeps, command: RegisterCommand, caller: Caller): Promise<Registered> {
  const { sruid } = command
  requireSchemes(command.info.endpoints, deps.endpointSchemes)
  const policy = new AskedPolicy(deps, { candidate: sruid, signal: caller.signal })
  return appendChange<RevisionEntry, Registered>(deps, command, caller, {
    service: sruid,
    tag: sruid.revisionTag,
    isOwnEntry: isRevisionEntry,
    decide: (newest, writer) => {
      if (!newest?.revision) return proposeEntry(deps, { command, newest, writer, policy })
      requireSameContent(newest.revision, command)
      return { answer: { revision: viewRevision(newest.revision, newest), replayed: true } }
    },
    toAnswer: (entry) => ({ revision: viewChanged(entry), replayed: false }),
  })
}

interface Proposal {
  readonly command: RegisterCommand
  readonly newest: FullSnapshot | null
  readonly writer: Writer
  readonly policy: AskedPolicy
}

function proposeEntry(deps: RegistryDeps, proposal: Proposal): RevisionEntry | Promise<RevisionEntry> {
  const { newest, command, writer, policy } = proposal
  const { sruid, requestedDefault, info } = command
  const decidedBy = requestedDefault === null ? deps.policy.name : null
  const toEntry = (becomesDefault: boolean) =>
    registrationEntry(newest, { ...writer, sruid, requestedDefault, becomesDefault, policy: decidedBy, info })
  const becomesDefault = requestedDefault ?? policy.answer(newest?.head)
  return typeof becomesDefault === 'boolean' ? toEntry(becomesDefault) : becomesDefault.then(toEntry)
}

function requireSameContent(stored: FullRevision, command: RegisterCommand): void {
  const sruid = formatSruid(command.sruid)
  if (stored.lifecycle.isDeleted) {
    const message = `${sruid} was deleted, and a deleted tag is never registered again; use another revision tag.`
    throw new RegistryError({ reason: 'REVISION_DELETED', message })
  }
  if (isSameRegistration(stored, command)) return
  const message =
    `${sruid} is registered with other content (${describeDifferences(stored, command)}); ` +
    'register the new content under another revision tag.'
  throw new RegistryError({ reason: 'REVISION_ALREADY_EXISTS', message })
}

function describeDifferences(stored: FullRevision, command: RegisterCommand): string {
  const { requestedDefault, info } = command
  const show = (isDefault: boolean | null) => (isDefault === null ? 'absent' : String(isDefault))
  const isDefault = `is_default was ${show(stored.requestedDefault)} and is now ${show(requestedDefault)}`
  const others = differences(registeredInfoOf(stored), info).map((part) => `${fieldNameOf(part)} differs`)
  return [...(isSameRequestedDefault(stored, command) ? [] : [isDefault]), ...others].join(', ')
}
