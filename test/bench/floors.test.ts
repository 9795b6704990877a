import { expect, test } from 'vitest'
import { besideLimit, type Measured, measureInTurn, type Row, toComparison } from '../../bench/bench.ts'
import { findFallen } from '../../bench/floors.ts'
import { formatTable } from '../../bench/table.ts'
import type { Target } from '../../bench/targets.ts'

const targets: Readonly<Record<string, Target>> = { rate: { atLeast: 0.8 }, time: { atMost: 5 } }

function row(name: string, ratio: number): Measured {
  const values = { ours: ratio, reference: 1, ratio, lowestRatio: ratio, highestRatio: ratio }
  return { name, unit: 'a second', against: 'something', ...values }
}

const fallen = (...rows: Row[]) => findFallen(rows, (name) => targets[name])

test.for([
  ['rate', 0.4, 'half of the least ratio'],
  ['rate', 0.9, 'a ratio above the least one'],
  ['time', 10, 'twice the greatest ratio'],
  ['time', 0.1, 'a ratio below the greatest one'],
  ['time', -3, 'a negative ratio, such as that of a heap that shrinks'],
  ['unknown', 0.01, 'a row without a target'],
] as const)('the floor of %s allows the ratio %d: %s', ([name, ratio]) => {
  expect(fallen(row(name, ratio))).toEqual([])
})

test.for([
  ['rate', 0.39, 'rate: the ratio is 0.39; its floor is at least 0.4'],
  ['rate', 0, 'rate: the ratio is 0.00; its floor is at least 0.4'],
  ['time', 10.1, 'time: the ratio is 10.10; its floor is at most 10'],
  ['time', Number.NaN, 'time: the ratio is NaN; its floor is at most 10'],
] as const)('the floor of %s refuses the ratio %d', ([name, ratio, line]) => {
  expect(fallen(row(name, ratio))).toEqual([line])
})

test('each row below its floor has a line, and a row that was skipped has none', () => {
  const rows = [row('rate', 0.1), row('rate', 0.8), { name: 'time', skipped: 'etcd is missing' }, row('time', 11)]
  expect(fallen(...rows)).toEqual([
    'rate: the ratio is 0.10; its floor is at least 0.4',
    'time: the ratio is 11.00; its floor is at most 10',
  ])
})

test('a measurement beside a fixed limit has the median of its rounds and the ratio to the limit', () => {
  const measured = besideLimit({ name: 'SDK Get, 64 in flight', unit: 'a second', ours: [2_000, 9_000, 4_000] })
  expect(measured).toMatchObject({ ours: 4_000, reference: 10_000, ratio: 0.4, lowestRatio: 0.2, highestRatio: 0.9 })
  expect(findFallen([measured])).toEqual(['SDK Get, 64 in flight: the ratio is 0.40; its floor is at least 0.5'])
})

test('a measurement whose limit is not in the table is an error', () => {
  expect(() => besideLimit({ name: 'Get', unit: 's', ours: 1 })).toThrow('targets.ts has no limit for "Get"')
})

test('the ratio is the median of the ratios of the rounds, not the ratio of the medians', () => {
  const pairs = [
    { ours: 10, reference: 10 },
    { ours: 30, reference: 100 },
    { ours: 20, reference: 40 },
  ]
  expect(toComparison(pairs)).toEqual({ ours: 20, reference: 40, ratio: 0.5, lowestRatio: 0.3, highestRatio: 1 })
})

test('the sides take turns in each round, after one warm-up of each', async () => {
  const measured: string[] = []
  const side = (name: string) => async (seconds: number) => measured.push(`${name} ${seconds}`)
  const rounds = await measureInTurn({ seconds: 3, rounds: 2 }, { a: side('a'), b: side('b') })
  expect(measured).toEqual(['a 3', 'b 3', 'a 3', 'b 3', 'a 3', 'b 3'])
  expect(rounds).toEqual([
    { a: 3, b: 4 },
    { a: 5, b: 6 },
  ])
})

test('the table shows the target of a row by its name, and whether it is met', () => {
  const lines = formatTable([row('gRPC Get, HTTP/2', 0.7), row('REST Get, HTTP/1.1', 0.7), row('Get', 0.7)]).split('\n')
  expect(
    lines.slice(2).map((line) =>
      line
        .split('|')
        .slice(7, 9)
        .map((cell) => cell.trim()),
    ),
  ).toEqual([
    ['at least 0.7', 'met'],
    ['at least 0.75', 'not met'],
    ['', ''],
  ])
})
