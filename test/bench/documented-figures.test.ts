import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { limits, ratioTargets, targetOf } from '../../bench/targets.ts'

const PAGE = new URL('../../docs/benchmarks.md', import.meta.url)

// A row of a table that the benchmarks print. More about the measurement may follow the name, after a colon.
const rows = readFileSync(PAGE, 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells.length === 10 && !/^(Measurement|-+|Change)$/.test(cells[1] ?? ''))
  .map((cells) => ({ name: cells[1]?.split(': ')[0] ?? '', heldTo: cells[7] }))

test('docs/benchmarks.md shows the target of each row as the benchmarks have it', () => {
  expect(rows.length).toBeGreaterThan(40)
  for (const { name, heldTo } of rows) {
    const target = targetOf(name)
    const [[kind, bound] = []] = Object.entries(target ?? {})
    expect(heldTo, name).toBe(target === undefined ? '' : `${kind === 'atLeast' ? 'at least' : 'at most'} ${bound}`)
  }
})

test('docs/benchmarks.md has a row for each target', () => {
  const names = new Set(rows.map(({ name }) => name))
  expect([...Object.keys(ratioTargets), ...Object.keys(limits)].filter((name) => !names.has(name))).toEqual([])
})
