import type { Fields, Method } from '../support/api.ts'
import { withoutAbsent } from './answers.ts'
import type { Handler, ModelChange } from './handler.ts'
import type { ModelService } from './state.ts'
import { refusal } from './state.ts'

const events: Partial<Record<Method, string>> = {
  register: 'REVISION_REGISTERED',
  updateRevision: 'REVISION_UPDATED',
  deprecate: 'REVISION_DEPRECATED',
  undeprecate: 'REVISION_UNDEPRECATED',
  yank: 'REVISION_YANKED',
  unyank: 'REVISION_UNYANKED',
  deleteRevision: 'REVISION_DELETED',
  setDefault: 'DEFAULT_SET',
  clearDefault: 'DEFAULT_CLEARED',
  setAlias: 'ALIAS_SET',
  deleteAlias: 'ALIAS_DELETED',
  setRollout: 'ROLLOUT_SET',
  endRollout: 'ROLLOUT_ENDED',
  revert: 'CHOICES_REVERTED',
}

/** Lists the changes without their differences. */
export const listChanges: Handler = (_service, { revision_tag, alias, event }, { changes }) => {
  if (changes.length === 0) throw refusal('not_found', 'SERVICE_NOT_FOUND')
  const listed = changes.map((change, index) => ({ change, view: viewChange(change, index + 1) })).toReversed()
  const found = listed.filter(
    ({ change, view }) =>
      (event === undefined || view.event === event) &&
      (revision_tag === undefined || view.revision_tag === revision_tag) &&
      (alias === undefined || view.alias === alias || change.aliases.includes(String(alias))),
  )
  return () => (found.length > 0 ? { changes: found.map(({ view }) => view) } : {})
}

function viewChange({ method, request }: ModelChange, generation: number): Fields {
  const event = String(events[method])
  const { reason, message, request_id, revision_tag, alias } = request
  return withoutAbsent({
    ...{ generation: String(generation), time: '(a time)', actor: 'anonymous', event, request_id },
    reason: method === 'deprecate' ? message : reason,
    revision_tag: event.startsWith('REVISION') ? revision_tag : undefined,
    alias: event.startsWith('ALIAS') ? alias : undefined,
  })
}

/** The names of the aliases in which two states differ. */
export function changedAliases(before: ModelService, after: ModelService): string[] {
  const text = ({ aliases }: ModelService, name: string) => {
    const { tag, follows, includePrerelease } = aliases.get(name) ?? {}
    return JSON.stringify([tag, follows, includePrerelease])
  }
  const names = [...new Set([...before.aliases.keys(), ...after.aliases.keys()])]
  return names.filter((name) => text(before, name) !== text(after, name))
}
