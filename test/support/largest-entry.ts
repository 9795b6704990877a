import { type Alias, parseAliasName } from '../../src/domain/alias.ts'
import { registrationEntry } from '../../src/domain/entries/new-entry.ts'
import { emptyHead, type FullHead } from '../../src/domain/head.ts'
import { MAX_REASON_LENGTH } from '../../src/domain/lifecycle.ts'
import type { RevisionEntry } from '../../src/domain/log.ts'
import { type GivenEndpoint, infoLimits, parseInfo, type RevisionInfo } from '../../src/domain/revision-info.ts'
import { parseRevisionTag, type RevisionTag } from '../../src/domain/revision-tag.ts'
import { BUCKETS, type Rollout, rolloutLimits } from '../../src/domain/rollout/rollout.ts'
import { parseSruid } from '../../src/domain/sruid.ts'
import { parseVersionRange } from '../../src/domain/versions/version-range.ts'

const NAME = 'a'.repeat(128)
const ID = crypto.randomUUID()
const TAG_LENGTH = 128
/** The longest character of UTF-8, which counts as one. */
const LONG = '\u{1D4B3}'
/** The character with the most bytes of UTF-8 for each of its two bytes of UTF-16, by which endpoints are counted. */
const DENSE = '\u20AC'
const words = LONG.repeat(MAX_REASON_LENGTH)

/** The largest entry that can be made: the import of a revision that was updated, in which every field is at its limit. */
export function largestEntry(): RevisionEntry {
  const target = parseSruid(`${NAME}/${NAME}:${tagOf('9.9.9')}`)
  const newest = { generation: 999_999, time: 253_402_300_799_000, head: largestHead(), hash: 'h'.repeat(43) }
  return registrationEntry(newest, {
    ...{ id: ID, sruid: target, requestedDefault: null, becomesDefault: false, kind: 'import' },
    ...{ principal: { name: words }, registeredBy: LONG.repeat(MAX_REASON_LENGTH), registeredAt: 1, now: 1 },
    ...{ salt: 's'.repeat(24), request: { id: 'r'.repeat(128), fingerprint: 'f'.repeat(64) } },
    ...{ info: largestInfo('a'), registeredInfo: largestInfo('b') },
    lifecycle: { yank: null, deprecation: { message: words, replacement: target.revisionTag }, isDeleted: false },
  })
}

// The sixteen moves are the most that an entry repeats. The registration moves other aliases, so it has the whole list.
function largestHead(): FullHead {
  const aliases = Array.from({ length: 64 }, (_, index) => largestAlias(index))
  const tag = aliases[0]?.tag ?? null
  const moves = Array.from({ length: 16 }, (_, index) => ({ tag, etag: ID, positions: [index] }))
  return {
    ...emptyHead,
    ...{ defaultTag: tag, highestSemver: tag, highestRelease: tag, aliases, etag: ID, isDefaultImported: false },
    rollout: largestRollout(),
    defaultRule: { by: 'policy', policy: words, reason: words, actor: words, time: 1 },
    aliasPlace: { generation: 5, moves },
  }
}

function largestRollout(): Rollout {
  const perCandidate = rolloutLimits.ranges / rolloutLimits.candidates
  const keys = rolloutLimits.pinnedKeys
  const pinnedKeys = Array.from({ length: keys }, (_, index) => `${String(index).padStart(3)}${'"'.repeat(160)}`)
  const candidates = Array.from({ length: rolloutLimits.candidates }, (_, index) => ({
    ...{
      tag: tagOf(`2.0.${index}`),
      weight: 2 * perCandidate,
      pinnedKeys: index === 0 ? pinnedKeys : [],
      isHeld: true,
    },
    buckets: Array.from({ length: perCandidate }, (_, range) => {
      const from = BUCKETS - 4 * (index * perCandidate + range + 1)
      return { from, to: from + 2 }
    }).reverse(),
  }))
  const salt = 's'.repeat(rolloutLimits.saltLength)
  return { candidates, salt, reason: words, startTime: 1, updateTime: 2, setAt: 3 }
}

function largestAlias(index: number): Alias {
  const name = parseAliasName(`${'b'.repeat(60)}-${String(index).padStart(2, '0')}`)
  const version = index < 16 ? '1' : '9'
  const { text: range } = parseVersionRange(`^${version}${` || ^${version}`.repeat(42)}`, true)
  return { name, follows: { range, includePrerelease: true }, tag: tagOf('1.0.0'), etag: ID, isImported: true }
}

function tagOf(version: string): RevisionTag {
  return parseRevisionTag(`${version}-${'a'.repeat(TAG_LENGTH - version.length - 1)}`)
}

function largestInfo(letter: string): RevisionInfo {
  const word = letter.repeat(63)
  const prefix = Array.from({ length: 4 }, () => 'c'.repeat(61)).join('.')
  const labels = Array.from({ length: 64 }, (_, index) => [`${prefix}/${word.slice(2)}${index + 10}`, word])
  return parseInfo({
    labels: Object.fromEntries(labels),
    endpoints: largestEndpoints(letter),
    description: LONG.repeat(infoLimits.description),
    source: {
      repository: LONG.repeat(infoLimits.repository),
      commit: LONG.repeat(infoLimits.commit),
      imageDigest: `sha256:${'0'.repeat(248)}`,
    },
    documentationUri: `https://${letter.repeat(infoLimits.uri - 8)}`,
  })
}

// As few other characters as possible leave the most room for those with the most bytes.
function largestEndpoints(letter: string): GivenEndpoint[] {
  const value = DENSE.repeat(infoLimits.metadataValue)
  const endpoint = (values: readonly string[]) => ({
    ...{ protocol: 'h', uri: `${letter}:b` },
    metadata: Object.fromEntries(values.map((each, index) => [String(index), each])),
  })
  const full = [endpoint(Array(32).fill(value)), endpoint(Array(31).fill(value))]
  const room =
    infoLimits.endpointsText -
    JSON.stringify(full.map(({ metadata, ...rest }) => ({ ...rest, metadata: Object.entries(metadata) }))).length
  return [...full, endpoint([DENSE.repeat(room - '{"protocol":"h","uri":"a:b","metadata":[["0",""]]},'.length)])]
}
