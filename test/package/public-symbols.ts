import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A symbol that an entry of the package exports, with its comment. */
export interface PublicSymbol {
  readonly name: string
  readonly file: string
  /** The text of its declaration, to its end. */
  readonly declaration: string
  /** The text of its doc comment without the stars, or undefined if it has none. */
  readonly comment: string | undefined
}

/** Every symbol that a source file exports, wherever it is declared. */
export function readPublicSymbols(file: string): PublicSymbol[] {
  const text = readFileSync(file, 'utf8')
  const target = (specifier = '') => join(dirname(file), specifier)
  const everything = [...text.matchAll(/^export \* from '(.+)'/gm)].flatMap(([, from]) =>
    readPublicSymbols(target(from)),
  )
  const named = [...text.matchAll(/^export (?:type )?\{([^}]+)\} from '(.+)'/gm)].flatMap(([, names = '', from]) =>
    names
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter((name) => name !== '')
      .map((name) => readSymbol(name, target(from))),
  )
  return [...everything, ...named]
}

/** The members of an interface or a class that have no comment. */
export function undocumentedMembers({ declaration }: PublicSymbol): string[] {
  if (/^export (?:async )?function/.test(declaration)) return []
  const lines = declaration.split('\n')
  const members = lines.flatMap((line, at) => {
    const [, name] = /^ {2}(?:readonly )?(\w+)\??[(:<]/.exec(line) ?? []
    return name && name !== 'constructor' ? [{ name, above: lines[at - 1] ?? '' }] : []
  })
  return members.filter(({ above }) => !above.endsWith('*/')).map(({ name }) => name)
}

/** The code of every `@example` of a doc comment. */
export function readExamples(comment: string): string[] {
  return comment
    .split(/^@/m)
    .filter((block) => block.startsWith('example\n'))
    .map((block) => block.slice('example\n'.length).trim())
}

/** The doc comments of the members of an interface or a class, without the stars. */
export function memberComments({ declaration }: PublicSymbol): string[] {
  return [...declaration.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(([, comment = '']) => withoutStars(comment))
}

function readSymbol(name: string, file: string): PublicSymbol {
  const text = readFileSync(file, 'utf8')
  const found = new RegExp(`^export (?:async )?(?:class|const|function|interface|type) ${name}\\b`, 'm').exec(text)
  if (found === null) throw new Error(`${name} is not declared in ${file}`)
  const before = text.slice(0, found.index).trimEnd()
  const comment = before.endsWith('*/') ? before.slice(before.lastIndexOf('/**') + 3, -2) : undefined
  const rest = text.slice(found.index)
  const end = /^\}|\n\n/m.exec(rest)
  const declaration = /^export (?:class|interface)/.test(rest)
    ? rest.slice(0, rest.search(/^\}/m))
    : rest.slice(0, end?.index)
  return { name, file, declaration, comment: comment === undefined ? undefined : withoutStars(comment) }
}

function withoutStars(comment: string): string {
  return comment.replaceAll(/^ *\* ?/gm, '').trim()
}
