import { expect, test } from 'vitest'
import { parseBasePath, parseHost, parsePort, parseStore } from '../../src/config.ts'
import { parseRevisionTag } from '../../src/domain/revision-tag.ts'
import { parseServiceId, parseServiceReference, parseSruid } from '../../src/domain/sruid.ts'

// Every parser of text from outside, on text that is made to be slow for a pattern that backtracks. What is checked is
// growth: 16 times the text may take about 16 times as long, where a quadratic pattern takes 256 times, and an
// exponential one does not end. The least of many runs is taken, so that a busy machine does not matter.

const GROWTH = 16
const [SMALL, LARGE] = [100_000 / GROWTH, 100_000]

const parsers = {
  parseServiceId: (text: string) => parseServiceId(text, text),
  parseRevisionTag,
  parseSruid,
  parseServiceReference: (text: string) => parseServiceReference(`${text}/${text}:${text}`),
  parseBasePath,
  parseHost,
  parsePort,
  parseStore: (text: string) => parseStore(`mongodb+srv:/${text}`),
}

const texts = {
  'one long group and a foul end': (length: number) => `${'a'.repeat(length)}!`,
  'many short groups and a foul end': (length: number) => `${'a-'.repeat(length / 2)}!`,
  'many slashes': (length: number) => `${'/a'.repeat(length / 2)}!`,
  'only dashes': (length: number) => '-'.repeat(length),
  'only digits': (length: number) => '1'.repeat(length),
}

test.for(Object.entries(parsers))('%s takes no more than linear time', ([, parse]) => {
  for (const [name, makeText] of Object.entries(texts)) {
    const [small, large] = [leastTime(parse, makeText(SMALL)), leastTime(parse, makeText(LARGE))]
    // A thousandth of a millisecond is as long as the clock itself.
    expect(large / Math.max(small, 0.001), name).toBeLessThan(GROWTH * 5)
  }
})

function leastTime(parse: (text: string) => unknown, text: string): number {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < 50; run++) {
    const start = performance.now()
    try {
      parse(text)
    } catch {
      // Refusing it is the point.
    }
    least = Math.min(least, performance.now() - start)
  }
  return least
}
