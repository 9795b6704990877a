import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'rolldown/parseAst'

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** An import of a source file. Paths are from the root of the repository, such as `src/domain/log.ts`. */
export interface Import {
  readonly file: string
  /** A file of this repository, or the name of a package. */
  readonly target: string
  readonly isPackage: boolean
}

/** A function of a source file. */
export interface SourceFunction {
  readonly file: string
  /** The number of its first line, counted from 1. */
  readonly line: number
  /** The number of its lines. */
  readonly lines: number
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

/** The TypeScript files below a folder, as paths from the root. */
export function listSources(folder: string): string[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true }) as string[]
  return names.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`)
}

/** Every import of a file: static ones, re-exports, types, and `import('…')`. */
export function readImports(file: string): Import[] {
  return importsIn(file, readFileSync(join(ROOT, file), 'utf8'))
}

/** Every import in the text of a file. An `import(…)` whose argument is not a string literal has the target `?`. */
export function importsIn(file: string, text: string): Import[] {
  const specifiers: string[] = []
  visit(parse(text), ({ type, source }) => {
    // An import, a re-export, `import('…')` and the type `import('…')` all have a source.
    if (!/^(Import|Export\w+|TSImport)/.test(type) || !isNode(source)) return
    specifiers.push(typeof source.value === 'string' ? source.value : '?')
  })
  return specifiers.map((specifier) => toImport(file, specifier))
}

/** Every function of a file, including functions inside functions. */
export function readFunctions(file: string): SourceFunction[] {
  return functionsIn(file, readFileSync(join(ROOT, file), 'utf8'))
}

/** Every function in the text of a file. */
export function functionsIn(file: string, text: string): SourceFunction[] {
  const found: SourceFunction[] = []
  const lineAt = (offset: number) => text.slice(0, offset).split('\n').length
  visit(parse(text), ({ type, start, end }) => {
    if (FUNCTIONS.has(type)) found.push({ file, line: lineAt(start), lines: lineAt(end) - lineAt(start) + 1 })
  })
  return found
}

function parse(text: string): Node {
  return parseAst(text, { lang: 'ts' }) as unknown as Node
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node)
  for (const child of Object.values(node).flat()) if (isNode(child)) visit(child, see)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

function toImport(file: string, specifier: string): Import {
  if (!specifier.startsWith('.')) return { file, target: specifier, isPackage: true }
  return { file, target: relative(ROOT, join(ROOT, dirname(file), specifier)), isPackage: false }
}
