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
import { differences, fieldNameOf, type RevisionInfo } from '../../domain/revision-info.ts'
import { formatSruid, type Sruid } from '../../domain/sruid.ts'
import { appendChange, type ChangeCommand } from '../core/append-change.ts'
import { askPolicy } from '../core/ask-policy.ts'
import type { Caller } from '../core/caller.ts'
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
 * is registered with other content, `REVISION_DELETED`, `DEFAULT_POLICY_FAILED`, or an error of `appendChange`.
 */
export function register(deps: RegistryDeps, command: RegisterCommand, caller: Caller): Promise<Registered> {
  const { sruid } = command
  return appendChange<RevisionEntry, Registered>(deps, command, caller, {
    service: sruid,
    selector: { by: 'tag', tag: sruid.revisionTag },
    isOwnEntry: isRevisionEntry,
    decide: async (newest, writer) => {
      if (!newest?.revision) return proposeEntry(deps, command, newest, { writer, caller })
      requireSameContent(newest.revision, command)
      return { answer: { revision: viewRevision(newest.revision, newest), replayed: true } }
    },
    toAnswer: (entry) => ({ revision: viewChanged(entry), replayed: false }),
  })
}

async function proposeEntry(
  deps: RegistryDeps,
  { sruid, requestedDefault, info }: RegisterCommand,
  newest: FullSnapshot | null,
  { writer, caller }: { readonly writer: Writer; readonly caller: Caller },
): Promise<RevisionEntry> {
  const question = { candidate: sruid, head: newest?.head, signal: caller.signal }
  const becomesDefault = requestedDefault ?? (await askPolicy(deps, question))
  const policy = requestedDefault === null ? deps.policy.name : null
  return registrationEntry(newest, { ...writer, sruid, requestedDefault, becomesDefault, policy, info })
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
