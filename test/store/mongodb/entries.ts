import { registrationEntry } from '../../../src/domain/log.ts'
import { parseServiceReference, parseSruid } from '../../../src/domain/sruid.ts'

export const { service } = parseServiceReference('my-org/my-service')

/** The first entry of the service. It registers this tag. */
export function newEntry(tag: string) {
  const sruid = parseSruid(`my-org/my-service:${tag}`)
  const id = crypto.randomUUID()
  const registration = { id, sruid, requestedDefault: null, becomesDefault: true, actor: 'test', now: Date.now() }
  return registrationEntry(null, registration)
}
