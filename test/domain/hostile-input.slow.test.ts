import { describe, expect, test } from 'vitest'
import { parseBasePath, parseHost, parsePort } from '../../src/config/addresses.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { parseAliasName } from '../../src/domain/alias.ts'
import { isLabelKey, isLabelValue } from '../../src/domain/labels/labels.ts'
import { parseRequestId } from '../../src/domain/mutation.ts'
import { parseInfo } from '../../src/domain/revision-info.ts'
import { parseRevisionTag } from '../../src/domain/revision-tag.ts'
import { parseServiceId, parseServiceReference, parseSruid } from '../../src/domain/sruid.ts'

// These tests run every parser of external text on texts that slow down a backtracking pattern. They compare the times
// for two lengths of the same text. They use the shortest time of many runs, because other work can slow down a run.

const texts = {
  'one long group and an invalid end': (length: number) => `${'a'.repeat(length - 1)}!`,
  'many short groups and an invalid end': (length: number) => `${'a-'.repeat((length - 1) / 2)}!`,
  'many groups with dots and an invalid end': (length: number) => `a${'.a'.repeat((length - 2) / 2)}!`,
  'many slashes': (length: number) => `${'/a'.repeat((length - 1) / 2)}!`,
  'only dashes': (length: number) => '-'.repeat(length),
  'only digits': (length: number) => '1'.repeat(length),
  'digits and an invalid end': (length: number) => `${'1'.repeat(length - 1)}!`,
}

describe('a text without a bound', () => {
  const parsers = {
    parseBasePath,
    parseHost,
    parsePort,
    parseStore: (text: string) => parseStore(`mongodb+srv:/${text}`),
  }
  const GROWTH = 16

  test.for(Object.entries(parsers))(
    'the time of %s grows at most linearly with the length of the text',
    ([, parse]) => {
      for (const [name, makeText] of Object.entries(texts)) {
        const [small, large] = [leastTime(parse, makeText(100_000 / GROWTH)), leastTime(parse, makeText(100_000))]
        // A quadratic pattern would take 256 times as long for 16 times the text.
        expect(large / small, name).toBeLessThan(GROWTH * 5)
      }
    },
  )
})

// A parser looks at the length first, so longer texts never reach its pattern. A quadratic pattern does no harm within
// these bounds. An exponential one would: it takes thousands of times as long for twice the text.
describe('a text within its bound', () => {
  const endpoint = { protocol: 'grpc', uri: 'grpc://a' }
  const parsers = {
    parseServiceId: (text: string) => parseServiceId(text, text),
    parseRevisionTag,
    parseSruid: (text: string) => parseSruid(`a/a:${text}`),
    parseServiceReference: (text: string) => parseServiceReference(`a/${text}`),
    parseAliasName,
    parseRequestId,
    isLabelKey: (text: string) => isLabelKey(`${text}/${text}`),
    isLabelValue,
    'the protocol of an endpoint': (text: string) => parseInfo({ endpoints: [{ ...endpoint, protocol: text }] }),
    'the URI of an endpoint': (text: string) => parseInfo({ endpoints: [{ ...endpoint, uri: `x:${text}\n` }] }),
    'the digest of an image': (text: string) => parseInfo({ source: { imageDigest: text } }),
  }
  const [SMALL, LARGE] = [12, 24]

  test.for(Object.entries(parsers))('the time of %s grows moderately when the text is twice as long', ([, parse]) => {
    for (const [name, makeText] of Object.entries(texts)) {
      const parseTenTimes = (text: string) => {
        for (let count = 0; count < 10; count++) attempt(parse, text)
      }
      const [small, large] = [leastTime(parseTenTimes, makeText(SMALL)), leastTime(parseTenTimes, makeText(LARGE))]
      expect(large / small, name).toBeLessThan(50)
    }
  })
})

function leastTime(parse: (text: string) => unknown, text: string): number {
  // The clock is not more precise than a thousandth of a millisecond.
  let [least, total] = [Number.POSITIVE_INFINITY, 0]
  for (let run = 0; run < 50 && total < 2_000; run++) {
    const start = performance.now()
    attempt(parse, text)
    const time = performance.now() - start
    least = Math.min(least, time)
    total += time
  }
  return Math.max(least, 0.001)
}

function attempt(parse: (text: string) => unknown, text: string): void {
  try {
    parse(text)
  } catch {
    // Most of these texts are refused. Only the time matters.
  }
}
