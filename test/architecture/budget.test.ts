import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './sources.ts'

/** The longest time that `.ci/run` may take. */
const MAX_MINUTES = 15

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')
const steps = [...read('.ci/run').matchAll(/^step (.+)$/gm)].map(([, command = '']) => command)
const section = /^## What CI runs\n([\s\S]*?)^## /m.exec(read('CONTRIBUTING.md'))?.[1] ?? ''
const budgets = [...section.matchAll(/^\| `([^`]+)` \|.*\| ([\d.]+) \|$/gm)].map(([, command = '', minutes]) => {
  return { command, minutes: Number(minutes) }
})

test('the budget in CONTRIBUTING.md has a row for each command of .ci/run, in the same order', () => {
  expect(steps.length).toBeGreaterThan(5)
  expect(budgets.map(({ command }) => command)).toEqual(steps)
})

test(`the budgets add up to at most ${MAX_MINUTES} minutes`, () => {
  expect(budgets.reduce((sum, { minutes }) => sum + minutes, 0)).toBeLessThanOrEqual(MAX_MINUTES)
})
