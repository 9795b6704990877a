import type { FullRevision, InfoPlace } from '../log.ts'
import { differences, givenParts, type RevisionInfo } from '../revision-info.ts'

/** The most characters, as JSON, of the changed parts that entries repeat. Then an entry has the whole information again. */
const MAX_CHANGED = 1_024

/** The place of the information of a revision after the entry of a generation. `before` is null if it is registered. */
export function nextInfoPlace(
  before: Pick<FullRevision, 'info' | 'infoPlace'> | null,
  info: RevisionInfo,
  generation: number,
): InfoPlace {
  const whole = { generation, changed: {} }
  // An entry without information is the place of none.
  if (before === null || isEmpty(before.info) || isEmpty(info)) return whole
  const parts = before.info === info ? [] : differences(before.info, info)
  if (parts.length === 0) return before.infoPlace
  const changed = { ...before.infoPlace.changed, ...pick(info, parts) }
  const isSmall = JSON.stringify(changed).length <= MAX_CHANGED
  return isSmall ? { generation: before.infoPlace.generation, changed } : whole
}

/** Some parts of the information. */
export function pick(info: RevisionInfo, parts: readonly (keyof RevisionInfo)[]): Partial<RevisionInfo> {
  return Object.fromEntries(parts.map((part) => [part, info[part]]))
}

function isEmpty(info: RevisionInfo): boolean {
  return Object.keys(givenParts(info)).length === 0
}
