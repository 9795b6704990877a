import { readFileSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { run } from '../support/tools.ts'
import {
  memberComments,
  type PublicSymbol,
  readExamples,
  readPublicSymbols,
  undocumentedMembers,
} from './public-symbols.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const entries = {
  waypost: 'src/client/index.ts',
  'waypost/web': 'src/client/web.ts',
  'waypost/tokens': 'src/client/tokens.ts',
  'waypost/verify': 'src/verify-call-token/index.ts',
}
const symbolsOf = (file: string) => readPublicSymbols(join(ROOT, file))
const isFunction = ({ declaration }: PublicSymbol) => /^export (?:async )?function/.test(declaration)
const everyCallsCodes = [
  ...['invalid_argument', 'failed_precondition', 'unavailable', 'deadline_exceeded', 'canceled', 'unauthenticated'],
  ...['permission_denied', 'resource_exhausted', 'unimplemented', 'internal', 'unknown', 'data_loss'],
]
const isUpper = ({ name }: PublicSymbol) => /^[A-Z]/.test(name)

describe.for(Object.entries(entries))('the public symbols of %s', ([, file]) => {
  test.for(symbolsOf(file).map((symbol) => [symbol.name, symbol] as const))(
    'the public symbol %s is documented',
    ([, symbol]) => {
      expect(symbol.comment).toMatch(/^[A-Z`][\s\S]*?\./)
      expect(undocumentedMembers(symbol)).toEqual([])
    },
  )

  test.for(
    symbolsOf(file)
      .filter(isFunction)
      .map((symbol) => [symbol.name, symbol] as const),
  )('the function %s has an example in its comment', ([, symbol]) => {
    expect(readExamples(symbol.comment ?? '')).not.toEqual([])
  })
})

test.for(['RegistryClient', 'Revisions', 'Aliases', 'Defaults', 'Rollouts', 'History', 'Services'])(
  'every method of %s except close lists its errors in its comment',
  (name) => {
    const symbol = symbolsOf(entries.waypost).find((each) => each.name === name)
    const methods = memberComments(symbol as PublicSymbol).filter((comment) => !/^(?:Closes|The )/.test(comment))
    expect(methods.length).toBeGreaterThan(1)
    for (const comment of methods) {
      expect(comment).toMatch(/^@throws \{@link RegistryError\} /m)
      for (const code of everyCallsCodes) expect(comment, code).toContain(`\`${code}\``)
    }
  },
)

test('the checks of this file find the public symbols of the package', () => {
  expect(symbolsOf(entries.waypost).map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'createRegistryClient',
      'RegistryError',
      'LookupCacheOptions',
      'parseSruid',
      'ErrorReason',
      'Revisions',
    ]),
  )
  expect(symbolsOf(entries['waypost/web']).length).toBeGreaterThan(symbolsOf(entries.waypost).length)
})

test('every example in a comment or in a document compiles', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-examples-'))
  try {
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    await writeFile(join(folder, 'tsconfig.json'), tsconfig())
    const examples = [...commentExamples(), ...documentExamples('README.md'), ...documentExamples('docs/sdk.md')]
    expect(examples.length).toBeGreaterThan(40)
    for (const [at, example] of examples.entries()) await writeFile(join(folder, `example-${at}.mts`), example)
    await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder])
  } catch (error) {
    // The compiler prints its errors to stdout.
    throw new Error((error as { stdout?: string }).stdout?.slice(0, 3_000) ?? String(error))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

function commentExamples(): string[] {
  return Object.entries(entries).flatMap(([entry, file]) => {
    const symbols = symbolsOf(file)
    return symbols.flatMap((symbol) =>
      [symbol.comment ?? '', ...memberComments(symbol)]
        .flatMap(readExamples)
        .map((code) => program(code, entry, symbols)),
    )
  })
}

function documentExamples(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => program(code, 'waypost', []))
}

/** A module that contains one example. The example may use every public symbol and a client. */
function program(code: string, entry: string, symbols: readonly PublicSymbol[]): string {
  const imports = [...code.matchAll(/^import .*$/gm)].map(([line]) => line)
  const exported = /^export default (.*)$/m.exec(code)?.[1]
  const body = code.replaceAll(/^(?:import|export) .*$/gm, '')
  const names = symbols.map((symbol) => (isUpper(symbol) && !isValue(symbol) ? `type ${symbol.name}` : symbol.name))
  return [
    ...imports,
    `import { ${names.join(', ')} } from '${entry}'`,
    `declare const client: import('waypost').RegistryClient`,
    '{',
    body,
    exported ?? '',
    '}',
  ].join('\n')
}

function isValue({ declaration }: PublicSymbol): boolean {
  return /^export (?:class|const|function)/.test(declaration)
}

function tsconfig(): string {
  const paths = Object.fromEntries(Object.entries(entries).map(([entry, file]) => [entry, [join(ROOT, file)]]))
  const server = {
    'waypost/server': [join(ROOT, 'src/server.ts')],
    'waypost/proto': [join(ROOT, 'src/client/proto.ts')],
  }
  const compilerOptions = {
    noEmit: true,
    paths: { ...paths, ...server },
    types: ['node'],
    typeRoots: ['node_modules/@types'],
  }
  return JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.mts'] })
}
