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

/** The kinds of change of the rollout. */
export type RolloutEvent = 'rollout-set' | 'rollout-ended'

/** The change that restores the default, the aliases and the rollout of an earlier generation. */
export type RevertEvent = 'choices-reverted'

/** The kinds of change in a log. */
export type LogEvent = RevisionEvent | DefaultEvent | AliasEvent | RolloutEvent | RevertEvent

const otherEvents: readonly string[] = [
  'default-set',
  'default-cleared',
  'alias-set',
  'alias-deleted',
  'rollout-set',
  'rollout-ended',
  'choices-reverted',
]

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

/** Whether an event is a change of the rollout. */
export function isRolloutEvent(event: LogEvent): event is RolloutEvent {
  return event === 'rollout-set' || event === 'rollout-ended'
}

/** Whether an event is a change of an alias. */
export function isAliasEvent(event: LogEvent): event is AliasEvent {
  return event === 'alias-set' || event === 'alias-deleted'
}
