import { type ChangeDifference, type HistoryPoint, type RegistryClient, RegistryError } from '../../../client/index.ts'

/** A value that differs between two states. */
export interface StateDifference extends ChangeDifference {
  /** The revision that has the value. Absent: the service has it. */
  readonly revisionTag?: string
}

/** The values of a service as a whole. The others belong to the revision of the change. */
const OF_SERVICE = /^(?:default|highest_version|highest_release|(?:aliases|rollout)\..*)$/

const LARGEST_PAGE = 1_000

/**
 * The differences between two states: first those of the service, then those of its revisions. Throws if the service does
 * not have a generation.
 */
export async function differencesBetween(
  client: RegistryClient,
  service: string,
  from: HistoryPoint,
  to: HistoryPoint,
): Promise<StateDifference[]> {
  const isBackwards = isLater(from, to)
  const [first, second] = isBackwards ? [to, from] : [from, to]
  const differing = (await collect(client, service, first, second)).filter(({ before, after }) => before !== after)
  return inOrder(differing).map(({ before, after, ...named }) => {
    const [was, is] = isBackwards ? [after, before] : [before, after]
    return { ...named, ...(was !== undefined && { before: was }), ...(is !== undefined && { after: is }) }
  })
}

// The values of a revision stand together. The revision that was changed last comes first.
function inOrder(values: readonly Values[]): readonly Values[] {
  const tags = [...new Set(values.map(({ revisionTag }) => revisionTag))]
  const ofService = ['default', 'aliases', 'rollout', 'highest']
  const rankOf = ({ revisionTag, field }: Values) =>
    revisionTag === undefined
      ? ofService.findIndex((name) => field.startsWith(name))
      : ofService.length + tags.indexOf(revisionTag)
  return values.toSorted((one, other) => rankOf(one) - rankOf(other))
}

interface Values {
  readonly revisionTag?: string
  readonly field: string
  before: string | undefined
  readonly after: string | undefined
}

// The newest change of a value tells its last value, and each older one an earlier first value.
async function collect(client: RegistryClient, service: string, from: HistoryPoint, to: HistoryPoint) {
  const found = new Map<string, Values>()
  let isNewest = true
  const options = { ...timesOf(from, to), pageSize: LARGEST_PAGE }
  for await (const { generation, revisionTag, differences } of client.history.list(service, options)) {
    if (isNewest) requireGeneration(to, generation)
    isNewest = false
    if ('generation' in from && generation <= from.generation) break
    if ('generation' in to && generation > to.generation) continue
    for (const { field, before, after } of differences) {
      const owner = OF_SERVICE.test(field) || revisionTag === undefined ? {} : { revisionTag }
      const key = JSON.stringify([owner, field])
      const known = found.get(key)
      if (known) known.before = before
      else found.set(key, { ...owner, field, before, after })
    }
  }
  return [...found.values()]
}

// The state at a time is that after the last change whose time is not later. Times are whole milliseconds.
function timesOf(from: HistoryPoint, to: HistoryPoint) {
  return {
    ...('time' in from && { afterTime: from.time }),
    ...('time' in to && { beforeTime: new Date(msOf(to.time) + 1) }),
  }
}

function isLater(one: HistoryPoint, other: HistoryPoint): boolean {
  if ('time' in one && 'time' in other) return msOf(one.time) > msOf(other.time)
  return 'generation' in one && 'generation' in other && one.generation > other.generation
}

function msOf(time: Date | string): number {
  return Number(new Date(time))
}

function requireGeneration(point: HistoryPoint, newest: number): void {
  if (!('generation' in point) || point.generation <= newest) return
  const message = `the service has no generation ${point.generation}; use one from 1 to ${newest}.`
  throw new RegistryError({ reason: 'STATE_NOT_FOUND', message, metadata: { service_exists: true } })
}
