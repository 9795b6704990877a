import type { Head } from '../../domain/head.ts'
import type { ServiceId } from '../../domain/sruid.ts'

/** A service as a caller sees it. */
export interface ServiceView {
  readonly service: ServiceId
  readonly head: Head
}

/** The view of a service in an entry or a snapshot. */
export function viewService({ service, head }: ServiceView): ServiceView {
  return { service, head }
}
