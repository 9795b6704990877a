import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findCycle, readRules, rulesIn, violation } from './rules.ts'
import { importsIn, listSources, ROOT, readImports } from './sources.ts'

const rules = readRules()
const imports = listSources('src').flatMap(readImports)

test('every part of src/ has only the imports that the table of CONTRIBUTING.md allows', () => {
  expect(imports.length).toBeGreaterThan(50)
  expect(imports.map((each) => violation(rules, each)).filter((found) => found !== undefined)).toEqual([])
})

test('every row of the table in CONTRIBUTING.md names only parts that exist', () => {
  const named = Object.entries(rules).flatMap(([part, allowed]) => [part, ...allowed])
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((name) => !existsSync(join(ROOT, 'src', name)) && !existsSync(join(ROOT, name)))).toEqual([])
})

test('the table in CONTRIBUTING.md allows no import that no file needs', () => {
  const isNeeded = (part: string, place: string) =>
    imports.some(({ file, target }) => {
      const path = target.replace(/^src\//, '')
      const isOfPart = file === `src/${part}` || file.startsWith(`src/${part}/`)
      return isOfPart && (path === place || path.startsWith(`${place}/`))
    })
  const unneeded = Object.entries(rules).flatMap(([part, allowed]) =>
    allowed.filter((place) => !isNeeded(part, place)).map((place) => `${part} imports no ${place}`),
  )
  expect(unneeded).toEqual([])
})

test('no store imports another store', () => {
  const shared = ['contract', 'forms']
  const store = (path: string) => {
    const folder = /^src\/store\/(\w+)\//.exec(path)?.[1] ?? ''
    return shared.includes(folder) ? '' : folder
  }
  const crossing = imports.filter(({ file, target }) => store(file) && store(target) && store(file) !== store(target))
  expect(crossing).toEqual([])
})

test('only newWriter reads the clock that stamps entries, so no entry gets a time that was not checked', () => {
  const reads = (file: string) =>
    /(?<!\w\.)\bnow\(\)|\bdeps\.now\b|Date\.now/.test(readFileSync(join(ROOT, file), 'utf8'))
  const files = ['src/registry', 'src/transfer'].flatMap(listSources).filter(reads)
  expect(files).toEqual(['src/registry/core/new-writer.ts'])
})

test('no chain of imports in src/, tools/, bench/ or test/ returns to its start', () => {
  const others = ['tools', 'bench', 'test'].flatMap(listSources).flatMap(readImports)
  expect(others.length).toBeGreaterThan(50)
  expect(findCycle([...imports, ...others])).toBeUndefined()
})

test('the check finds a chain of imports that returns to its start', () => {
  const chain = [
    ['a.ts', 'b.ts'],
    ['b.ts', 'c.ts'],
    ['c.ts', 'b.ts'],
  ] as const
  const edges = chain.map(([file, target]) => ({ file, target, isPackage: false }))
  expect(findCycle(edges)).toEqual(['b.ts', 'c.ts', 'b.ts'])
  expect(findCycle(edges.slice(0, 2))).toBeUndefined()
})

test.for([
  ["import { a } from './a.ts'", 'src/domain/a.ts', false],
  ["import './a.ts'", 'src/domain/a.ts', false],
  ["import type { A } from '../store/a.ts'", 'src/store/a.ts', false],
  ["export { a } from './a.ts'", 'src/domain/a.ts', false],
  ["export * from './a.ts'", 'src/domain/a.ts', false],
  ["const { a } = await import('../store/a.ts')", 'src/store/a.ts', false],
  ["let a: import('../store/a.ts').A", 'src/store/a.ts', false],
  ["import { b } from 'mongodb'", 'mongodb', true],
  ["const a = () => import('mongodb')", 'mongodb', true],
  ["const a = import('../' + name)", '?', true],
] as const)('the check finds %s as an import of %s', ([text, target, isPackage]) => {
  expect(importsIn('src/domain/new.ts', text)).toEqual([{ file: 'src/domain/new.ts', target, isPackage }])
})

test('the check reads a table as rules', () => {
  const table = [
    '| | | imports of ours |',
    '| `proto/` | the API | |',
    '| `src/domain/` | pure | nothing |',
    '| `src/registry/` | use cases | domain, the store port, time-limit.ts |',
    '| `src/config.ts` | settings | nothing |',
  ].join('\n')
  expect(rulesIn(table)).toEqual({
    domain: [],
    registry: ['domain', 'store/store.ts', 'time-limit.ts'],
    'config.ts': [],
  })
})

test.for([
  ['src/domain/errors.ts', 'src/store/store.ts', false],
  ['src/registry/revisions/get-revision.ts', 'src/store/sqlite/sqlite-store.ts', false],
  ['src/server/rest/rest.ts', 'src/store/mongodb/mongodb-store.ts', false],
  ['src/client/client.ts', 'src/registry/revisions/get-revision.ts', false],
  ['src/elsewhere/new.ts', 'src/domain/errors.ts', false],
  ['src/registry/revisions/get-revision.ts', 'gen/waypost/v1/revision_pb.ts', false],
  ['src/domain/log.ts', 'mongodb', true],
  ['src/registry/revisions/get-revision.ts', '@connectrpc/connect', true],
  ['src/domain/log.ts', '?', true],
] as const)('the check objects if %s imports %s', ([file, target, isPackage]) => {
  expect(violation(rules, { file, target, isPackage })).toBeDefined()
})
