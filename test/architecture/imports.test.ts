import { expect, test } from 'vitest'
import { allowedImports, findCycle, readImports, violation } from './imports.ts'

const imports = readImports()

test('every part of src/ imports only what it may', () => {
  expect(imports.length).toBeGreaterThan(50)
  expect(imports.map(violation).filter((found) => found !== undefined)).toEqual([])
})

test('every rule is about a part that exists', () => {
  const parts = new Set(imports.flatMap(({ file, target }) => [file.split('/')[0], target, target.split('/')[0]]))
  expect(Object.keys(allowedImports).filter((part) => !parts.has(part))).toEqual([])
})

test('no two stores know of each other', () => {
  const store = (path: string) => /^store\/(\w+)\//.exec(path)?.[1]
  const crossing = imports.filter(({ file, target }) => store(file) && store(target) && store(file) !== store(target))
  expect(crossing).toEqual([])
})

test('no chain of imports leads back to where it began', () => {
  expect(findCycle(imports)).toBeUndefined()
})

test.for([
  ['domain/errors.ts', 'store/store.ts', false],
  ['registry/revisions/get-revision.ts', 'store/sqlite/sqlite-store.ts', false],
  ['server/rest/rest.ts', 'store/mongodb/mongodb-store.ts', false],
  ['client/calls/client.ts', 'registry/revisions/get-revision.ts', false],
  ['elsewhere/new.ts', 'domain/errors.ts', false],
  ['registry/revisions/get-revision.ts', 'gen/waypost/v1/revision_pb.ts', false],
  ['domain/log.ts', 'mongodb', true],
  ['registry/revisions/get-revision.ts', '@connectrpc/connect', true],
] as const)('the check itself objects where %s imports %s', ([file, target, isPackage]) => {
  expect(violation({ file, target, isPackage })).toBeDefined()
})
