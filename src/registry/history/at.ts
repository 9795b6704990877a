import { fieldError, NOT_FOUND, RegistryError } from '../../domain/errors.ts'
import type { At } from '../../domain/history/at.ts'
import { formatServiceId, type ServiceId } from '../../domain/sruid.ts'
import { requireEntry } from '../core/not-found.ts'
import type { ReadDeps } from '../core/registry-deps.ts'

/** The names of the fields in which a request gives a point in the history. */
export interface AtFields {
  readonly time: string
  readonly generation: string
}

const fieldsOfRead: AtFields = { time: 'at_time', generation: 'at_generation' }

/** A caller whose clock is ahead by so little may ask for its present. */
const LEEWAY_MS = 1_000

/**
 * Finds the generation of a service that a caller asks for. The generation at a time is the greatest whose time is not
 * after it. Undefined: the caller asks for the newest state. Throws `SERVICE_NOT_FOUND` if the service has no entry,
 * `STATE_NOT_FOUND` if the point is before its first or beyond its newest entry, or `INVALID_AT_TIME` if the time is in
 * the future.
 */
export async function resolveAt(
  deps: ReadDeps,
  service: ServiceId,
  at: At | null,
  fields: AtFields = fieldsOfRead,
): Promise<number | undefined> {
  if (at === null) return undefined
  const { field } = nameOf(at, fields)
  return 'time' in at
    ? generationAt(deps, service, { time: at.time, field })
    : existingGeneration(deps, service, { generation: at.generation, field })
}

/** The field of a request that has the point in the history, and the text of its value. */
export function nameOf(at: At, fields: AtFields): { readonly field: string; readonly text: string } {
  return 'time' in at
    ? { field: fields.time, text: textOf(at.time) }
    : { field: fields.generation, text: String(at.generation) }
}

async function generationAt(
  { store }: ReadDeps,
  service: ServiceId,
  { time, field }: { readonly time: number; readonly field: string },
): Promise<number> {
  const generation = requireEntry(await store.findGeneration(service, time), service)
  if (generation === 0) {
    const problem = `${field} ${textOf(time)} is before the first change of ${formatServiceId(service)}`
    throw stateNotFound(field, `${problem}; use a later time.`)
  }
  const present = store.now()
  if (time <= present + LEEWAY_MS) return generation
  // A server whose clock is ahead may have written the newest entry.
  const newest = requireEntry(await store.readHead(service), service)
  if (time <= newest.time) return generation
  const problem = `${field} ${textOf(time)} is in the future`
  throw fieldError('INVALID_AT_TIME', field, `${problem}; use a time until ${textOf(Math.max(present, newest.time))}.`)
}

async function existingGeneration(
  { store }: ReadDeps,
  service: ServiceId,
  { generation, field }: { readonly generation: number; readonly field: string },
): Promise<number> {
  const newest = requireEntry(await store.readHead(service), service)
  if (generation <= newest.generation) return generation
  const problem = `${field} ${generation} is beyond the newest generation of ${formatServiceId(service)}`
  throw stateNotFound(field, `${problem}; use 1 to ${newest.generation}.`)
}

function stateNotFound(field: string, description: string): RegistryError {
  return new RegistryError({
    reason: 'STATE_NOT_FOUND',
    message: `${NOT_FOUND} ${description}`,
    fieldViolations: [{ field, description }],
    metadata: { service_exists: true },
  })
}

function textOf(time: number): string {
  return new Date(time).toISOString()
}
