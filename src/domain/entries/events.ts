/** The kinds of change of a revision. */
export type RevisionEvent =
  | 'revision-registered'
  | 'revision-updated'
  | 'revision-deprecated'
  | 'revision-undeprecated'
  | 'revision-yanked'
  | 'revision-unyanked'
  /** Version 0.1.0 wrote this event to remove a yank or a deprecation. */
  | 'revision-restored'
  | 'revision-deleted'

/** The kinds of change of the default. */
export type DefaultEvent = 'default-set' | 'default-cleared'

/** The kinds of change of an alias. */
export type AliasEvent = 'alias-set' | 'alias-deleted'

/** The kinds of change in a log. */
export type LogEvent = RevisionEvent | DefaultEvent | AliasEvent

const otherEvents: readonly string[] = ['default-set', 'default-cleared', 'alias-set', 'alias-deleted']

const revisionEvents: readonly string[] = [
  'revision-registered',
  'revision-updated',
  'revision-deprecated',
  'revision-undeprecated',
  'revision-yanked',
  'revision-unyanked',
  'revision-restored',
  'revision-deleted',
]

/** Whether this version knows the kind of change. */
export function isKnownEvent(event: string): event is LogEvent {
  return revisionEvents.includes(event) || otherEvents.includes(event)
}

/** Whether an event is a change of a revision. */
export function isRevisionEvent(event: LogEvent): event is RevisionEvent {
  return event.startsWith('revision-')
}

/** Whether an event is a change of the default. */
export function isDefaultEvent(event: LogEvent): event is DefaultEvent {
  return event === 'default-set' || event === 'default-cleared'
}
