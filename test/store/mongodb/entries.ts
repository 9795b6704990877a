import { registrationEntry } from '../../../src/domain/entries/new-entry.ts'
import { parseServiceReference, parseSruid } from '../../../src/domain/sruid.ts'

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
