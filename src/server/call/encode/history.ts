import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import {
  type Change,
  Change_Event,
  ChangeSchema,
  type Difference,
  DifferenceSchema,
} from '../../../../gen/waypost/v1/history_pb.ts'
import type { LogEvent } from '../../../domain/entries/events.ts'
import type { Change as ChangeOf, Difference as DifferenceOf } from '../../../domain/history/change.ts'

/** The message of a change. */
export function fromChange({ generation, time, event, alias, differences, ...texts }: ChangeOf): Change {
  return create(ChangeSchema, {
    generation: BigInt(generation),
    time: timestampFromMs(time),
    event: eventNames[event],
    alias: alias ?? '',
    ...texts,
    differences: differences.map(fromDifference),
  })
}

// A value may be an empty text, such as that of a label.
function fromDifference({ field, before, after }: DifferenceOf): Difference {
  return create(DifferenceSchema, { field, ...(before !== null && { before }), ...(after !== null && { after }) })
}

const eventNames: Readonly<Record<LogEvent, Change_Event>> = {
  'revision-registered': Change_Event.REVISION_REGISTERED,
  'revision-updated': Change_Event.REVISION_UPDATED,
  'revision-deprecated': Change_Event.REVISION_DEPRECATED,
  'revision-undeprecated': Change_Event.REVISION_UNDEPRECATED,
  'revision-yanked': Change_Event.REVISION_YANKED,
  'revision-unyanked': Change_Event.REVISION_UNYANKED,
  'revision-restored': Change_Event.REVISION_RESTORED,
  'revision-deleted': Change_Event.REVISION_DELETED,
  'default-set': Change_Event.DEFAULT_SET,
  'default-cleared': Change_Event.DEFAULT_CLEARED,
  'alias-set': Change_Event.ALIAS_SET,
  'alias-deleted': Change_Event.ALIAS_DELETED,
  'rollout-set': Change_Event.ROLLOUT_SET,
  'rollout-ended': Change_Event.ROLLOUT_ENDED,
  'choices-reverted': Change_Event.CHOICES_REVERTED,
}
