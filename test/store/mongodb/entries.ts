import { registrationEntry } from '../../../src/domain/entries/new-entry.ts'
import type { Entry } from '../../../src/domain/log.ts'
import { parseServiceReference, parseSruid } from '../../../src/domain/sruid.ts'
import { Log } from '../../../src/store/contract/log.ts'

export const { service } = parseServiceReference('my-org/my-service')

/** The first entry of the service. It registers this tag. */
export function newEntry(tag: string) {
  const sruid = parseSruid(`my-org/my-service:${tag}`)
  const id = crypto.randomUUID()
  const registration = {
    id,
    sruid,
    requestedDefault: null,
    becomesDefault: true,
    principal: { name: 'test' },
    now: Date.now(),
  }
  return registrationEntry(null, registration)
}

/** The first entries of the service. Each registers a tag. */
export function registrations(count: number): readonly Entry[] {
  const log = new Log()
  for (let index = 0; index < count; index++) log.register(`1.${index}.0`)
  return log.entries
}
