import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml'
import { quote } from '../../domain/errors.ts'
import type { Path, Problem } from './problem.ts'

/** The most bytes of an access file, the most levels of its lists and mappings, and the most keys of a mapping. */
export const MAX_BYTES = 1_048_576
const MAX_DEPTH = 16
const MAX_KEYS = 256

/** The content of a YAML file, and the lines of its values. */
export interface ReadYaml {
  readonly value: unknown
  /** The line of a value or, if the value is missing, of the mapping or list in which it should be. */
  lineOf(path: Path): number
}

/**
 * Reads YAML that cannot be misread: without tabs, duplicate keys, aliases, tags and several documents. The problems of a file
 * with one of them, or that is too large or too deep, are thrown as a list of `Problem`.
 */
export function readYaml(text: string): ReadYaml {
  refuseIf(textProblems(text))
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    // The parser would compare each key with all others. `nodeProblems` finds the duplicates, in linear time.
    uniqueKeys: false,
    version: '1.2',
    merge: false,
  })
  const lineAt = (offset: number) => lines.linePos(Math.min(offset, text.length)).line
  refuseIf(
    [...document.errors, ...document.warnings].map((error) => ({
      line: lineAt(error.pos[0]),
      message: describeError(error.code, error.message, text.slice(error.pos[0], error.pos[0] + 256)),
    })),
  )
  refuseIf(nodeProblems(document.contents, lineAt))
  const lineOf = (path: Path) => lineAt(findOffset(document.contents, path))
  return { value: document.toJS({ maxAliasCount: 0 }), lineOf }
}

function refuseIf(problems: readonly Problem[]): void {
  if (problems.length > 0) throw problems
}

function textProblems(text: string): Problem[] {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    return [
      { line: 1, message: `the file has more than ${MAX_BYTES.toLocaleString('en-US')} bytes; use fewer grants.` },
    ]
  }
  const rows = text.split('\n')
  const tabs = rows.flatMap((row, at) => (row.includes('\t') ? [at + 1] : []))
  const directive = rows.findIndex((row) => row.startsWith('%'))
  if (directive !== -1) return [{ line: directive + 1, message: 'the line is a directive of YAML; remove it.' }]
  if (tabs.length > 0) return tabs.map((line) => ({ line, message: 'the line has a tab; use spaces.' }))
  // The parser calls itself for each level.
  const deep = findDeepLine(rows)
  return deep === undefined ? [] : [{ line: deep, message: tooDeep }]
}

const tooDeep = `the values are nested more than ${MAX_DEPTH} levels deep; use fewer levels.`

// Counts brackets and "- " on one line, and so it may count too many: those in texts, too.
function findDeepLine(rows: readonly string[]): number | undefined {
  let open = 0
  for (const [at, row] of rows.entries()) {
    for (const char of row) if ('[{'.includes(char)) open++
    for (const char of row) if (']}'.includes(char)) open = Math.max(0, open - 1)
    if (open > 100 || /(?:[-?:] ){100}/.test(row)) return at + 1
  }
  return undefined
}

const knownErrors: Readonly<Record<string, (source: string) => string | undefined>> = {
  BAD_ALIAS: (source) => (/^\*(?:[\s,\]}]|$)/.test(source) ? 'the text * has no quotes; write "*".' : undefined),
  MULTIPLE_DOCS: () => 'the file has several documents; remove the lines "---" between them.',
}

function describeError(code: string, message: string, source: string): string {
  const known = knownErrors[code]?.(source)
  if (known !== undefined) return known
  const fact = message.charAt(0).toLowerCase() + message.slice(1)
  return `the text is not valid YAML (${fact.replace(/\.$/, '')}); correct this line or the line before.`
}

function nodeProblems(contents: ParsedNode | null, lineAt: (offset: number) => number): Problem[] {
  const problems: Problem[] = []
  visit(contents, (place, node, path) => {
    if (!isNode(node)) return undefined
    const isTooDeep = path.length > 2 * MAX_DEPTH
    const message = isTooDeep ? tooDeep : describeNode(node, place === 'key')
    if (message !== undefined) problems.push({ line: lineAt(node.range?.[0] ?? 0), message })
    if (isMap(node)) problems.push(...mappingProblems(node, lineAt))
    return isTooDeep ? visit.BREAK : undefined
  })
  return problems
}

function mappingProblems({ items, range }: YAMLMap, lineAt: (offset: number) => number): Problem[] {
  if (items.length > MAX_KEYS) {
    const message = `a mapping has ${items.length} keys; use at most ${MAX_KEYS}.`
    return [{ line: lineAt(range?.[0] ?? 0), message }]
  }
  const seen = new Set<unknown>()
  return items.flatMap(({ key }) => {
    if (!isScalar(key)) return []
    const isNew = !seen.has(key.value)
    seen.add(key.value)
    const message = `key ${quote(String(key.value))} is there twice; give it once.`
    return isNew ? [] : [{ line: lineAt(key.range?.[0] ?? 0), message }]
  })
}

function describeNode(node: Node, isKey: boolean): string | undefined {
  if (isAlias(node)) return `the alias ${quote(`*${node.source}`)} is not allowed; write the value itself.`
  if (!(isScalar(node) || isMap(node) || isSeq(node))) return undefined
  if (node.anchor !== undefined) return `the anchor ${quote(`&${node.anchor}`)} is not allowed; remove it.`
  if (node.tag !== undefined && !PLAIN_TAGS.has(node.tag)) {
    return `the tag ${quote(node.tag)} is not allowed; remove it.`
  }
  if (isKey && !(isScalar(node) && typeof node.value === 'string')) {
    return `key ${quote(String(node))} is not a text; write it in quotes.`
  }
  if (isScalar(node) && typeof node.value === 'number' && !isPlainInteger(node)) {
    return `the number ${node.source} can be read in several ways; write it in quotes.`
  }
  return undefined
}

// Such as 0123, 1e3, or an id that is too large for the numbers of JavaScript.
function isPlainInteger({ value, source }: Scalar): boolean {
  return Number.isSafeInteger(value) && String(value) === source
}

const PLAIN_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
)

function findOffset(contents: ParsedNode | null, path: Path): number {
  let node: unknown = contents
  let offset = contents?.range[0] ?? 0
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      if (pair === undefined) break
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(part)]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
    } else break
  }
  return offset
}
