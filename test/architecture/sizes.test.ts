import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { functionsIn, listSources, readFunctions } from './sources.ts'

const MAX_FILES = 20
const MAX_LINES = 60

test(`no folder of src/ has more than ${MAX_FILES} files`, () => {
  const files = Map.groupBy(listSources('src'), dirname)
  const full = [...files].filter(([, { length }]) => length > MAX_FILES)
  expect(full.map(([folder, { length }]) => `${folder} has ${length} files`)).toEqual([])
})

test(`no function of src/ has more than ${MAX_LINES} lines`, () => {
  const functions = listSources('src').flatMap(readFunctions)
  expect(functions.length).toBeGreaterThan(100)
  const long = functions.filter(({ lines }) => lines > MAX_LINES)
  expect(long.map(({ file, line, lines }) => `${file}:${line} has ${lines} lines`)).toEqual([])
})

test.for([
  ['function a() {\n}', [2]],
  ['const a = () => {\n\n}', [3]],
  ['const a = function () { return 1 }', [1]],
  ['class A {\n  b(): void {\n  }\n  get c() { return 1 }\n}', [2, 1]],
  ['function a() {\n  return () => {\n  }\n}', [4, 2]],
  ['export default async function* a<T>(b: T): AsyncIterable<T> {\n}', [2]],
] as const)('the check counts in %j functions with these numbers of lines: %j', ([text, lines]) => {
  expect(functionsIn('a.ts', text).map((each) => each.lines)).toEqual(lines)
})
