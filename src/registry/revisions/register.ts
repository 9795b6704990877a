import { RegistryError } from '../../domain/errors.ts'
import { type Entry, type Revision, registrationEntry, type Snapshot, type Writer } from '../../domain/log.ts'
import { differences, type RevisionInfo } from '../../domain/revision-info.ts'
import { formatSruid, type Sruid } from '../../domain/sruid.ts'
import { type ChangeRequest, makeChange } from '../core/append-change.ts'
import { decideDefault } from '../core/ask-policy.ts'
import { type RegistryDeps, type RevisionView, viewRevision } from '../core/registry-deps.ts'

export interface RegisterCommand extends ChangeRequest {
  readonly sruid: Sruid
  /** Whether the revision becomes the default; null: the policy decides. */
  readonly isDefault: boolean | null
  readonly info: RevisionInfo
}

export interface Registered {
  readonly revision: RevisionView
  /** Whether the revision was there before, with the same content, so that nothing changed. */
  readonly replayed: boolean
}

/**
 * Registers a revision, or finds that it already is. Throws `REVISION_ALREADY_EXISTS` where the tag has other content,
 * `DEFAULT_POLICY_FAILED`, or what `makeChange` throws. A revision that was deleted comes back with the same content only.
 */
export function register(deps: RegistryDeps, command: RegisterCommand): Promise<Registered> {
  const { sruid } = command
  return makeChange<Registered>(deps, {
    ...command,
    service: sruid,
    wanted: sruid.revisionTag,
    decide: async (newest, writer) => {
      const stored = newest?.revision
      if (stored) requireSameContent(stored, command)
      if (!stored || stored.state.kind === 'deleted') return proposeEntry(deps, command, newest, writer)
      return { answer: { revision: viewRevision(stored, newest), replayed: true } }
    },
    toAnswer: (entry) => ({ revision: viewRevision(entry.revision as Revision, entry), replayed: false }),
  })
}

async function proposeEntry(
  deps: RegistryDeps,
  { sruid, isDefault, info }: RegisterCommand,
  newest: Snapshot | null,
  writer: Writer,
): Promise<Entry> {
  const becomesDefault = isDefault ?? (await decideDefault(deps, sruid, newest?.head))
  const policy = isDefault === null ? deps.policy.name : null
  return registrationEntry(newest, { ...writer, sruid, requestedDefault: isDefault, becomesDefault, policy, info })
}

function requireSameContent(stored: Revision, { sruid, isDefault, info }: RegisterCommand): void {
  const others = differences(stored.registeredInfo ?? stored.info, info)
  if (stored.requestedDefault === isDefault && others.length === 0) return
  const say = (given: boolean | null) => (given === null ? 'without is_default' : `with is_default ${given}`)
  const reasons = [
    ...(stored.requestedDefault === isDefault
      ? []
      : [`it was registered ${say(stored.requestedDefault)}, this request is ${say(isDefault)}`]),
    ...(others.length === 0 ? [] : [`it has other ${others.join(', ')}`]),
  ]
  const what = stored.state.kind === 'deleted' ? 'was deleted, and is not registered again' : 'is already registered'
  throw new RegistryError({
    reason: 'REVISION_ALREADY_EXISTS',
    message: `${formatSruid(sruid)} ${what} with other content: ${reasons.join('; ')}.`,
  })
}
