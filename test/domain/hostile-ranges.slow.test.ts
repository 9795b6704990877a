import { expect, test } from 'vitest'
import { MAX_SELECTOR_LENGTH, parseLabelSelector } from '../../src/domain/labels/label-selector.ts'
import { MAX_RANGE_LENGTH, parseVersionRange } from '../../src/domain/versions/version-range.ts'

// These tests compare hostile ranges and selectors with ordinary ones of the same length. Hostile texts may take several
// times as long, but a pattern that backtracks would take thousands of times as long. The tests use the shortest time of
// many runs, because other work can slow down a run. Parsed ranges are cached, so each run parses a different range.

const RUNS = 30
/** Far above the ratio of every text here, and far below the ratio of a backtracking pattern. */
const TIMES_AS_LONG = 100

const repeat = (part: string, length: number) => part.repeat(Math.floor(length / part.length))

// The number of the run is appended to each range.
const length = MAX_RANGE_LENGTH - 4
const ranges: Readonly<Record<string, string>> = {
  'many alternatives': repeat('1||', length),
  'alternatives that match all versions': repeat('x.x.x||', length),
  'empty alternatives': repeat('||', length),
  'alternatives of alternatives': repeat('|| ||', length),
  'many comparators': repeat('>1 ', length),
  'comparators that contradict each other': repeat('>2 <1 ', length),
  carets: repeat('^1 ', length),
  'carets without spaces': repeat('^', length),
  tildes: repeat('~>', length),
  'operators alone': repeat('>=', length),
  'equals signs': repeat('=', length),
  'repeated x': repeat('x.', length),
  'x behind each other': repeat('x.x.x ', length),
  stars: repeat('*', length),
  'hyphen ranges': repeat('1 - 2||', length),
  hyphens: repeat('1 - ', length),
  'hyphens without spaces': repeat('1-', length),
  'a hyphen between spaces': `1${' '.repeat(length / 2 - 1)}-${' '.repeat(length / 2 - 1)}`,
  'only spaces': ' '.repeat(length),
  'spaces behind an operator': `>=${' '.repeat(length - 2)}`,
  'tabs between alternatives': repeat('1\t\t\t\t\t\t||', length),
  'long digits': '1'.repeat(length),
  'long digits with dots': repeat(`${'9'.repeat(80)}.`, length),
  'a long pre-release': `>=1.0.0-${repeat('a.', length - 8)}`,
  'a long pre-release of digits': `>=1.0.0-${repeat('1.', length - 8)}`,
  'a long build': `1.0.0+${repeat('a-', length - 6)}`,
  'pre-releases of many versions': repeat('>1.0.0-0 ', length),
  'alternatives with pre-releases': repeat('0.0.1-0||', length),
  'many v': repeat('v', length),
}

const selectors: Readonly<Record<string, string>> = {
  commas: repeat(',', MAX_SELECTOR_LENGTH),
  names: repeat('a,', MAX_SELECTOR_LENGTH),
  'commas before a parenthesis': `a in (${repeat('a,', MAX_SELECTOR_LENGTH - 7)})`,
  'open parentheses': repeat('(', MAX_SELECTOR_LENGTH),
  'commas and open parentheses': repeat(',(', MAX_SELECTOR_LENGTH),
  lists: repeat('a in (b),', MAX_SELECTOR_LENGTH),
  'a long name and the end of a line': `${'a'.repeat(MAX_SELECTOR_LENGTH - 4)} b\nc`,
  spaces: `a${' '.repeat(MAX_SELECTOR_LENGTH - 2)}=`,
  'spaces in a list': `a in (${' '.repeat(MAX_SELECTOR_LENGTH - 7)}`,
  'equals signs': `a${'='.repeat(MAX_SELECTOR_LENGTH - 1)}`,
  'exclamation marks': '!'.repeat(MAX_SELECTOR_LENGTH),
  'separators of a name': `a${'-.'.repeat(MAX_SELECTOR_LENGTH / 2 - 1)}!`,
}

test.for(Object.entries(ranges))(
  'parsing a range of %s takes about as long as parsing an ordinary range',
  ([, text]) => {
    expect(text.length).toBeLessThanOrEqual(length)
    const plain = leastTime((run) => parseVersionRange(`>=1.2.3-a <${run}.0.0 || ${'1.2.3 || '.repeat(25)}1`))
    for (const includePrerelease of [false, true]) {
      const time = leastTime((run) => parseVersionRange(`${text}${run}`, includePrerelease))
      expect(time / plain).toBeLessThan(TIMES_AS_LONG)
    }
  },
)

test.for(Object.entries(selectors))(
  'parsing a label selector of %s takes about as long as parsing an ordinary selector',
  ([, text]) => {
    expect(text.length).toBeLessThanOrEqual(MAX_SELECTOR_LENGTH)
    const plain = leastTime(() => parseLabelSelector(repeat('tier in (web,api),', MAX_SELECTOR_LENGTH).slice(0, -1)))
    expect(leastTime(() => parseLabelSelector(text)) / plain).toBeLessThan(TIMES_AS_LONG)
  },
)

test.for(Object.entries({ ranges, selectors }))(
  'none of the hostile %s is so short that its length alone makes it harmless',
  ([, texts]) => {
    expect(Math.min(...Object.values(texts).map((text) => text.length))).toBeGreaterThan(MAX_RANGE_LENGTH - 16)
  },
)

test('a range has at most as many intervals as it has alternatives and versions with a pre-release', () => {
  for (const text of Object.values(ranges)) {
    for (const includePrerelease of [false, true]) {
      const intervals = tryRead(() => parseVersionRange(`${text}1`, includePrerelease).intervals) ?? []
      expect(intervals.length).toBeLessThanOrEqual(MAX_RANGE_LENGTH / 3)
    }
  }
})

let runs = 0

function leastTime(read: (run: number) => unknown): number {
  let least = Number.POSITIVE_INFINITY
  for (const last = runs + RUNS; runs < last; runs++) {
    const start = performance.now()
    tryRead(() => read(runs))
    least = Math.min(least, performance.now() - start)
  }
  // The clock is not more precise than a thousandth of a millisecond.
  return Math.max(least, 0.001)
}

// A text may also be refused. Only the time matters.
function tryRead<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
