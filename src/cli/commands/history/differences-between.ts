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
 * not have one of the states.
 */
export async function differencesBetween(
  client: RegistryClient,
  service: string,
  from: HistoryPoint,
  to: HistoryPoint,
): Promise<StateDifference[]> {
  const [one, other] = [await findState(client, service, from), await findState(client, service, to)]
  const isBackwards = one.generation > other.generation
  const [first, second] = isBackwards ? [other, one] : [one, other]
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

/** A state of a service: that after a generation, and before a time if it is known. */
interface State {
  readonly generation: number
  /** A time after that of the generation, and not after that of the next one. */
  readonly before?: Date
}

// Only the registry knows the present time, and whether a state exists.
async function findState(client: RegistryClient, service: string, point: HistoryPoint): Promise<State> {
  await requireState(client, service, point)
  if ('generation' in point) return point
  // The state at a time is that after the last change whose time is not later. Times are whole milliseconds.
  const before = new Date(Number(new Date(point.time)) + 1)
  for await (const { generation } of client.history.list(service, { beforeTime: before, pageSize: 1 }))
    return { generation, before }
  throw new Error(`the history of ${service} has no change before ${before.toISOString()}; run the command again.`)
}

async function requireState(client: RegistryClient, service: string, at: HistoryPoint): Promise<void> {
  try {
    await client.aliases.list(service, { at })
  } catch (error) {
    if (!(error instanceof RegistryError && error.fieldViolations.some(({ field }) => /^at_/.test(field)))) throw error
    // The command has arguments, and not the fields.
    const message = error.message.replace(/\bat_(time|generation)\b/, 'the $1')
    const { code, reason, metadata } = error
    throw new RegistryError({ code, reason, message, metadata, cause: error })
  }
}

// The newest change of a value tells its last value, and each older one an earlier first value.
async function collect(client: RegistryClient, service: string, from: State, to: State) {
  const found = new Map<string, Values>()
  if (from.generation === to.generation) return []
  const options = { ...(to.before && { beforeTime: to.before }), pageSize: LARGEST_PAGE }
  for await (const { generation, revisionTag, differences } of client.history.list(service, options)) {
    if (generation <= from.generation) break
    if (generation > to.generation) continue
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
