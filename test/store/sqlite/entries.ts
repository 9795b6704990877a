import type { Entry } from '../../../src/domain/log.ts'
import { parseServiceId } from '../../../src/domain/sruid.ts'
import { Log } from '../../../src/store/contract/log.ts'

/** The service with this name. */
export const serviceOf = (name: string) => parseServiceId('my-org', name)

/** The first entry of the service with this name. */
export function firstEntry(name: string, tag = '1.0.0'): Entry {
  return new Log([], serviceOf(name)).register(tag).next
}
