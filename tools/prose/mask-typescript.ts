import { parseSync, Visitor } from 'rolldown/utils'
import { CODE, mask, maskComments, QUOTED } from './mask.ts'

interface Range {
  readonly start: number
  readonly end: number
}

const TEST = /^(?:describe|test|it)\b/
/** A text of three words is for people. */
const MESSAGE = /\w+ \w+ \w+/

/** A TypeScript file without all that is neither a comment nor the name of a test nor, if they are read, a message. */
export function maskTypeScript(text: string, { messages }: { readonly messages: boolean }): string {
  const { program, comments } = parseSync('file.ts', text)
  const kept: Range[] = [...comments]
  const quoted: Range[] = []
  new Visitor({
    CallExpression({ callee, arguments: [name] }) {
      if (name && /Literal$/.test(name.type) && TEST.test(text.slice(callee.start, callee.end))) kept.push(inside(name))
    },
    Literal(node) {
      if (messages && typeof node.value === 'string' && MESSAGE.test(node.value)) kept.push(inside(node))
    },
    TemplateLiteral(node) {
      if (messages) kept.push(inside(node))
      quoted.push(...node.expressions.map(({ start, end }) => ({ start: start - 2, end: end + 1 })))
    },
  }).visit(program)
  const code = replace(mask(text, /\S/g, CODE), kept, (range) => text.slice(range.start, range.end))
  return maskComments(replace(code, quoted, (_, part) => (part.includes(CODE) ? part : mask(part, /\S/g, QUOTED))))
}

function inside({ start, end }: Range): Range {
  return { start: start + 1, end: end - 1 }
}

function replace(text: string, ranges: readonly Range[], by: (range: Range, part: string) => string): string {
  return ranges.reduce((result, range) => {
    const { start, end } = range
    return result.slice(0, start) + by(range, result.slice(start, end)) + result.slice(end)
  }, text)
}
