import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readBlocks } from '../support/documents.ts'

// action.yml, the script and README.md of the action describe the same inputs and outputs.

const read = (name: string) => readFileSync(fileURLToPath(new URL(`../../action/${name}`, import.meta.url)), 'utf8')

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly required?: boolean }>>
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: {
    readonly using: string
    readonly steps: readonly { readonly shell: string; readonly run: string; readonly env: Record<string, string> }[]
  }
}

const action: Action = parse(read('action.yml'))
const script = read('register.sh')
const [step] = action.runs.steps
const inputs = Object.keys(action.inputs)
const variableOf = (input: string) => `INPUT_${input.toUpperCase().replaceAll('-', '_')}`

function rowsOf(heading: string): string[] {
  const section = read('README.md').split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = '']) => name)
}

test('the action runs one script, and no expression of GitHub is a part of its command', () => {
  expect(action.runs.using).toBe('composite')
  expect(action.runs.steps).toHaveLength(1)
  expect(step?.run).toBe('bash "$GITHUB_ACTION_PATH/register.sh"')
  expect(script).not.toContain('${{')
})

test('every input reaches the script as a variable, and the script reads no other', () => {
  expect(step?.env).toEqual(Object.fromEntries(inputs.map((name) => [variableOf(name), `\${{ inputs.${name} }}`])))
  const inShell = [...script.matchAll(/\bINPUT_[A-Z_]*[A-Z]\b/g)].map(([name]) => name)
  const inJq = [...script.matchAll(/given\("([A-Z_]+)"\)/g)].map(([, name]) => `INPUT_${name}`)
  expect([...new Set([...inShell, ...inJq])].sort()).toEqual(inputs.map(variableOf).sort())
})

test('the script writes every output', () => {
  for (const [name, { value }] of Object.entries(action.outputs)) {
    expect(value).toBe(`\${{ steps.register.outputs.${name} }}`)
    expect(script).toContain(`"${name}=$`)
  }
})

test('the README of the action has a row for each input and each output, in their order', () => {
  expect(rowsOf('Inputs')).toEqual(inputs)
  expect(rowsOf('Outputs')).toEqual(Object.keys(action.outputs))
})

test('every workflow of the pages gives the required inputs, and no unknown one', () => {
  const blocks = ['action/README.md', 'docs/pipelines.md'].flatMap(readBlocks)
  const workflows = blocks.filter(({ text }) => text.includes('waypost/action@')).map(({ text }) => parse(text))
  expect(workflows).toHaveLength(2)
  const required = inputs.filter((name) => action.inputs[name]?.required)
  for (const { permissions, jobs } of workflows) {
    expect(permissions).toMatchObject({ 'id-token': 'write' })
    const steps: { uses?: string; with?: object }[] = jobs.deploy.steps
    const given = Object.keys(steps.find(({ uses }) => uses?.includes('waypost/action@'))?.with ?? {})
    expect(given).toEqual(expect.arrayContaining(required))
    expect(inputs).toEqual(expect.arrayContaining(given))
  }
})
