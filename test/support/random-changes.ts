import type { Random } from '../fuzz/random.ts'
import type { Api, Fields, Method } from './api.ts'

const ALIASES = ['beta', 'stable', 'next'] as const
const TAGS = ['1.0.0', '1.1.0', '1.2.0', '2.0.0-rc.1', '2.0.0', 'main'] as const
const RANGES = ['^1', '^2', '*'] as const
/** Texts whose characters have one, two, three and four bytes in UTF-8. */
const WORDS = ['because', 'für "alle"\t', 'モデル', 'done 🚀, 𝒳'] as const

/** A service whose log gets random changes. */
export interface Changing {
  readonly api: Api
  readonly service: { readonly namespace: string; readonly name: string }
  readonly random: Random
}

/**
 * Makes random changes of every kind, one after the other. The registry refuses some of them, for example because a
 * revision is yanked or another writer was first.
 */
export async function makeChanges(changing: Changing, count: number): Promise<void> {
  const { api, service } = changing
  for (let done = 0; done < count; done++) {
    const [method, request] = await randomChange(changing)
    await api.attempt(method, { ...service, ...request })
  }
}

function candidatesOf(random: Random): readonly Fields[] {
  const tags = random.below(2) === 0 ? [random.pick(TAGS)] : ['1.1.0', random.pick(['2.0.0', 'main'])]
  return tags.map((revision_tag) => ({
    ...{ revision_tag, weight: random.below(50_001) },
    ...(random.below(3) === 0 && {
      pinned_keys: [`${revision_tag} ${random.pick(WORDS).trim()}`.replaceAll('\t', ' ')],
    }),
  }))
}

async function randomChange({ api, service, random }: Changing): Promise<readonly [Method, Fields]> {
  const revision_tag = random.pick(TAGS)
  const [alias, reason] = [random.pick(ALIASES), random.pick(WORDS)]
  const some = random.below(3) === 0 ? { request_id: `request-${random.below(1_000_000)}` } : {}
  const information = { description: reason, labels: { tier: `${random.below(9)}`, 'example.com/region': 'eu' } }
  const endpoints = [{ protocol: 'grpc', uri: `https://${random.below(9)}.example`, metadata: { [reason]: reason } }]
  const registration = {
    ...information,
    endpoints,
    ...(random.below(3) === 0 && { is_default: random.below(2) === 0 }),
  }
  const choices: readonly (readonly [Method, Fields])[] = [
    ['register', { revision_tag, ...registration, ...some }],
    ['register', { revision_tag, ...some }],
    ['register', { revision_tag: `1.${random.below(100)}.1`, ...registration }],
    ['updateRevision', { revision_tag, update_mask: 'description', ...information }],
    ['deprecate', { revision_tag, message: reason }],
    ['undeprecate', { revision_tag }],
    ['yank', { revision_tag, reason, if_default: random.pick(['MOVE', 'CLEAR']) }],
    ['unyank', { revision_tag }],
    ['unyank', { revision_tag: '1.1.0' }],
    ['setDefault', { revision_tag, reason, ...some }],
    ['clearDefault', { reason }],
    ['setAlias', { alias, revision_tag, ...some }],
    ['setAlias', { alias, follows: random.pick(RANGES) }],
    ['deleteAlias', { alias }],
    ['setRollout', { candidates: candidatesOf(random), reason, ...some }],
    ['endRollout', { reason }],
    ['endRollout', { promote: random.pick(['1.1.0', '2.0.0']) }],
    ['revert', { generation: 1 + random.below(20), reason, ...some }],
  ]
  if (random.below(10) > 0) return random.pick(choices)
  const found = await api.attempt('get', { ...service, revision_tag, view: 'FULL' })
  const { etag = '' } = found.ok ? (found.response.revision as Fields) : {}
  return ['deleteRevision', { revision_tag, etag }]
}
