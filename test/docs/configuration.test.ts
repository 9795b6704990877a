import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command, Option } from 'commander'
import { expect, test } from 'vitest'
import { serveCommand } from '../../src/cli/commands/serve.ts'
import { readPage } from '../support/documents.ts'

// docs/configuration.md has exactly the flags and the variables of the code, with their defaults.

const SRC = fileURLToPath(new URL('../../src/', import.meta.url))
const page = readPage('docs/configuration.md')

// Of every command, and of `waypost` itself.
const commonFlags = ['--help', '--version']

/** A flag of the page that stands for a mistake. */
const MISTYPED = '--prot'

async function findCommands(): Promise<Command[]> {
  const modules = globSync('cli/commands/**/*.ts', { cwd: SRC }).map((file) => import(`${SRC}${file}`))
  const exported = (await Promise.all(modules)).flatMap((module: Record<string, () => Command>) =>
    Object.values(module),
  )
  // Functions with parameters help to make a command.
  return exported.filter((create) => create.name.endsWith('Command') && create.length === 0).map((create) => create())
}

const commands = await findCommands()
const options: readonly Option[] = commands.flatMap(({ options }) => options)
const unique = (texts: Iterable<string>) => [...new Set(texts)].sort()
const longFlags = (option: Option) => option.long ?? ''

test('docs/configuration.md has every flag of every command, and no other', () => {
  const flags = unique([...options.map(longFlags), ...commonFlags])
  expect(flags.length).toBeGreaterThan(40)
  const named = [...page.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag)
  expect(unique(named).filter((flag) => flag !== MISTYPED && flag !== '--silent')).toEqual(flags)
})

test('docs/configuration.md has every variable of src/, and no other', () => {
  const ofOptions = options.flatMap(({ envVar }) => envVar ?? [])
  const inSource = globSync('**/*.ts', { cwd: SRC }).flatMap((file) =>
    findVariables(readFileSync(`${SRC}${file}`, 'utf8')),
  )
  expect(unique(findVariables(page))).toEqual(unique([...ofOptions, ...inSource]))
})

test('docs/configuration.md has a row for each setting of waypost serve, with its default', () => {
  const rows = [...page.matchAll(/^\| `(--[a-z-]+)` \| `(WAYPOST_\w+)` \| `?([^|`]+)`? \|/gm)].map(
    ([, ...cells]) => cells,
  )
  const settings = serveCommand().options.map((option) => [option.long, option.envVar, option.defaultValueDescription])
  expect(rows.slice(0, settings.length).map((cells) => cells.map((cell) => cell?.trim()))).toEqual(settings)
})

test('docs/configuration.md has every message of the log', () => {
  const messages = globSync('**/*.ts', { cwd: SRC }).flatMap((file) =>
    [...readFileSync(`${SRC}${file}`, 'utf8').matchAll(/\blog\.(?:info|warn|error)\(\{.*\}, '([^']+)'\)/g)].map(
      ([, message = '']) => message,
    ),
  )
  expect(messages.length).toBeGreaterThan(5)
  for (const message of messages) expect(page).toContain(`\`${message}\``)
})

function findVariables(text: string): string[] {
  return [...text.matchAll(/\bWAYPOST_[A-Z_]*[A-Z]\b/g)].map(([name]) => name)
}
