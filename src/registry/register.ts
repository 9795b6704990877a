import { RegistryError } from '../domain/errors.ts'
import { type Entry, type Revision, registrationEntry, type Snapshot } from '../domain/log.ts'
import { formatSruid, type Sruid } from '../domain/sruid.ts'
import { decideDefault } from './decide-default.ts'
import { type RegistryDeps, type RevisionView, viewRevision } from './deps.ts'

export interface RegisterCommand {
  readonly sruid: Sruid
  /** Whether the revision becomes the default; null: the policy decides. */
  readonly isDefault: boolean | null
  /** Who registers it. */
  readonly actor: string
}

export interface Registered {
  readonly revision: RevisionView
  /** Whether the revision was there before, with the same content, so that nothing changed. */
  readonly replayed: boolean
}

// Of the writers of one service at least one succeeds at each try, so this is about how many may write at once.
const MAX_ATTEMPTS = 256
// As long as the longest deadline of an RPC. A policy, or a store that is slow, may take long at every try.
const MAX_DURATION_MS = 30_000
const MAX_PAUSE_MS = 20

/**
 * Registers a revision, or finds that it already is. Throws `REVISION_ALREADY_EXISTS` where the tag has other content,
 * `DEFAULT_POLICY_FAILED`, or `TOO_MANY_CONFLICTS` where other writers were faster every time.
 */
export async function register(deps: RegistryDeps, command: RegisterCommand): Promise<Registered> {
  const { sruid } = command
  const deadline = performance.now() + MAX_DURATION_MS
  for (let attempt = 1; attempt <= MAX_ATTEMPTS && performance.now() < deadline; attempt++) {
    const newest = await deps.store.lookup(sruid, sruid.revisionTag)
    if (newest?.revision) return replay(newest.revision, newest, command)
    const entry = await proposeEntry(deps, command, newest)
    if ((await deps.store.append(entry)) === 'appended') {
      return { revision: viewRevision(entry.revision, entry), replayed: false }
    }
    await pause(attempt)
  }
  throw tooManyConflicts(sruid)
}

function replay(stored: Revision, newest: Snapshot, { sruid, isDefault }: RegisterCommand): Registered {
  if (stored.requestedDefault !== isDefault) throw alreadyExists(sruid, stored.requestedDefault, isDefault)
  return { revision: viewRevision(stored, newest), replayed: true }
}

async function proposeEntry(deps: RegistryDeps, command: RegisterCommand, newest: Snapshot | null): Promise<Entry> {
  const { sruid, isDefault, actor } = command
  const becomesDefault = isDefault ?? (await decideDefault(deps, sruid, newest?.head))
  const id = deps.newId()
  return registrationEntry(newest, { id, sruid, requestedDefault: isDefault, becomesDefault, actor, now: deps.now() })
}

// Spreads writers that lost together, so that they do not all read the same generation again.
function pause(attempt: number): Promise<void> {
  const longest = Math.min(attempt, MAX_PAUSE_MS)
  return new Promise((resolve) => setTimeout(resolve, Math.random() * longest))
}

function alreadyExists(sruid: Sruid, stored: boolean | null, given: boolean | null): RegistryError {
  const say = (isDefault: boolean | null) =>
    isDefault === null ? 'without is_default' : `with is_default ${isDefault}`
  return new RegistryError({
    code: 'already_exists',
    reason: 'REVISION_ALREADY_EXISTS',
    message: `${formatSruid(sruid)} is already registered with other content: it was registered ${say(stored)}, this request is ${say(given)}.`,
  })
}

function tooManyConflicts(sruid: Sruid): RegistryError {
  return new RegistryError({
    code: 'aborted',
    reason: 'TOO_MANY_CONFLICTS',
    message: `${formatSruid(sruid)} was not registered: other writers kept changing the service; try again.`,
  })
}
