import type { Random } from '../fuzz/random.ts'
import type { Fields } from '../support/api.ts'
import type { Operation, Outcome, Recorder, Route } from './history.ts'

const TAGS = ['1.0.0', '1.1.0', '1.2.0-rc.1', '2.0.0-rc.1', '2.0.0', 'main'] as const
const RANGES = ['^1', '>=2.0.0-0', '*', '1.0.x'] as const
const ALIASES = ['beta', 'stable'] as const

/** The newest etags that any writer saw, by the thing that they belong to. */
type Seen = Map<string, string>

/** A client that makes one call at a time. */
export interface Writer {
  /** Each writer has its own source, so its choices depend on the seed only. */
  readonly random: Random
  /** The servers and protocols that its calls may use. */
  readonly routes: readonly Route[]
}

/** Lets each writer make this many random calls about one service at the same time. */
export async function writeTogether(
  { record }: Recorder,
  writers: readonly Writer[],
  callsEach: number,
): Promise<void> {
  const seen: Seen = new Map()
  await Promise.all(
    writers.map(async ({ random, routes }) => {
      let scene: readonly (() => Operation)[] = [register(random), register(random)]
      for (let done = 0; done < callsEach; done++) {
        const [make = register(random), ...rest] = scene
        const operation = make()
        const outcome = await record(random.pick(routes), operation)
        if (outcome) remember(seen, operation, outcome)
        scene = rest.length > 0 ? rest : newScene(random, seen)
      }
    }),
  )
}

/** The calls of one writer, one after the other. Each call is chosen when its turn comes, from the answers so far. */
function newScene(random: Random, seen: Seen): readonly (() => Operation)[] {
  const tag = random.pick(TAGS)
  const alias = random.pick(ALIASES)
  const view = random.pick(['BASIC', 'FULL'] as const)
  const ifDefault = random.pick(['MOVE', 'CLEAR'] as const)
  const get = (request: Operation['request']) => (): Operation => ({ method: 'get', request: { ...request, view } })
  const sometimes = (subject: string) => (random.below(2) === 0 ? etagOf(seen, subject) : {})
  const scenes: readonly (readonly (() => Operation)[])[] = [
    [register(random)],
    [register(random)],
    [() => ({ method: 'setDefault', request: { revision_tag: tag, ...sometimes('service') } })],
    // All writers that saw the same etag try to use it, and one of them may succeed.
    [
      () => ({ method: 'get', request: { revision_tag: tag, view: 'FULL' } }),
      () => ({ method: 'setDefault', request: { revision_tag: tag, ...etagOf(seen, 'service') } }),
    ],
    [() => ({ method: 'clearDefault', request: sometimes('service') })],
    // The second lookup may go to the other server, which has the result of an earlier one.
    [() => ({ method: 'setDefault', request: { revision_tag: tag } }), get({}), get({})],
    [() => ({ method: 'setAlias', request: { alias, revision_tag: tag, ...sometimes(`alias ${alias}`) } })],
    [() => ({ method: 'setAlias', request: { alias, follows: random.pick(RANGES), ...sometimes(`alias ${alias}`) } })],
    [() => ({ method: 'deleteAlias', request: { alias, ...sometimes(`alias ${alias}`) } })],
    [
      () => ({
        method: 'yank',
        request: { revision_tag: tag, if_default: ifDefault, ...sometimes(`revision ${tag}`) },
      }),
    ],
    [() => ({ method: 'unyank', request: { revision_tag: tag, ...sometimes(`revision ${tag}`) } })],
    [
      () => ({ method: 'yank', request: { revision_tag: tag, if_default: ifDefault } }),
      () => ({ method: 'get', request: { revision_tag: tag, view: 'FULL' } }),
      () => ({
        method: 'deleteRevision',
        request: { revision_tag: tag, etag: 'none-seen', ...etagOf(seen, `revision ${tag}`) },
      }),
    ],
    [get({})],
    [get({ revision_tag: tag })],
    [get({ version_range: random.pick(RANGES) })],
    [get({ alias })],
    [() => ({ method: 'listRevisions', request: {} })],
  ]
  return random.pick(scenes)
}

function register(random: Random): () => Operation {
  return () => {
    const isDefault = random.pick([{}, {}, { is_default: true }, { is_default: false }])
    return { method: 'register', request: { revision_tag: random.pick(TAGS), ...isDefault } }
  }
}

function etagOf(seen: Seen, subject: string): { readonly etag?: string } {
  const etag = seen.get(subject)
  return etag === undefined ? {} : { etag }
}

function remember(seen: Seen, { request }: Operation, outcome: Outcome): void {
  if (!('answer' in outcome)) return
  const { revision, service, alias } = outcome.answer as Readonly<Record<string, Fields | undefined>>
  const etags = [
    ['service', service?.etag ?? revision?.service_etag],
    [`revision ${revision?.revision_tag}`, revision?.etag],
    [`alias ${request.alias}`, alias?.etag],
  ] as const
  for (const [subject, etag] of etags) if (typeof etag === 'string') seen.set(subject, etag)
}
