import type { Alias } from '../../domain/alias.ts'
import { toStoredRule } from '../../domain/entries/delta.ts'
import type { FullHead } from '../../domain/head.ts'
import { active, type Lifecycle } from '../../domain/lifecycle.ts'
import type { Entry, FullRevision } from '../../domain/log.ts'
import { givenParts, noInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import { type Body2, IMPORT, isImportRule, type StoredAlias, type StoredHead, type StoredRevision } from './body-2.ts'
import { fitsForm2, upgradeNotFinished } from './fits-form-2.ts'

/** The body of an entry in form 2. Throws `UPGRADE_NOT_FINISHED` if form 2 cannot say what the entry does. */
export function toBody2(entry: Entry): Body2 {
  if (!fitsForm2(entry)) throw upgradeNotFinished()
  const { principal, event, reason, alias, request, revision, head } = entry
  return {
    actor: principal.name,
    event,
    ...(reason !== '' && { reason }),
    ...(alias !== null && { alias }),
    ...(request !== null && { request }),
    ...(revision !== null && { revision: toStoredRevision(revision, entry) }),
    head: toStoredHead(head, entry),
  }
}

function toStoredAlias({ isImported, ...alias }: Alias): StoredAlias {
  return { ...alias, ...(isImported && { isImported }) }
}

function toStoredRevision(revision: FullRevision, { id, generation, principal }: Entry): StoredRevision {
  const { requestedDefault, registeredAt, registeredBy, ordinal, info, registeredInfo, writtenBy, etag } = revision
  const writer = principal.name === IMPORT ? 'import' : 'api'
  return {
    requestedDefault,
    registeredAt,
    ...(registeredBy !== principal.name && { registeredBy }),
    ...(ordinal !== generation && { ordinal }),
    ...(info !== noInfo && toStoredInfo(info)),
    ...(registeredInfo !== null && { registeredInfo }),
    ...(revision.lifecycle !== active && toStoredLifecycle(revision.lifecycle)),
    ...(writtenBy !== writer && { writtenBy }),
    ...(etag !== id && { etag }),
  }
}

function toStoredInfo(info: RevisionInfo): Pick<StoredRevision, 'info'> {
  const given = givenParts(info)
  return Object.keys(given).length > 0 ? { info: given } : {}
}

function toStoredLifecycle({ yank, deprecation, isDeleted }: Lifecycle): Pick<StoredRevision, 'state' | 'deprecation'> {
  if (isDeleted) return { state: { kind: 'deleted' } }
  if (yank !== null) {
    const state = { kind: 'yanked', reason: yank.reason } as const
    return deprecation === null ? { state } : { state, deprecation }
  }
  if (deprecation === null) return {}
  return { state: { kind: 'deprecated', ...deprecation } }
}

function toStoredHead(head: FullHead, entry: Entry): StoredHead {
  const { id, generation, time, principal } = entry
  const { defaultTag, highestSemver, highestRelease, defaultRule, isDefaultImported, aliases, revisionCount, etag } =
    head
  const usual = { name: principal.name, reason: '', time }
  return {
    ...{ defaultTag, highestSemver, highestRelease },
    ...(defaultRule !== null && { defaultRule: toStoredRule(defaultRule, usual) }),
    ...(isDefaultImported !== isImportRule(defaultRule) && { isDefaultImported }),
    ...(aliases.length > 0 && { aliases: aliases.map(toStoredAlias) }),
    ...(revisionCount !== generation && { revisionCount }),
    ...(etag !== id && { etag }),
  }
}
