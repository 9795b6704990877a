import type { DescEnum, DescField, DescMessage, DescMethod } from '@bufbuild/protobuf'
import { readComments } from '../proto/read-comments.ts'
import { resolveComment, splitSentence } from '../proto/references.ts'

// The comments of the protos describe the API. The document takes its descriptions from them.

const PACKAGE = 'waypost.v1.'
const SERVICE = 'ServiceRegistry'
const ERRORS = /^Errors: /

const comments = readComments()

/** The words for a method: its title, and the rest of its comment. */
export interface MethodWords {
  readonly summary: string
  readonly description: string
}

/** The words for a method, from its comment without the list of its errors. */
export function methodWords({ name }: DescMethod): MethodWords {
  const paragraphs = paragraphsOf(`${SERVICE}.${name}`).filter((paragraph) => !ERRORS.test(paragraph))
  const { first, rest } = splitSentence(paragraphs.join('\n\n'))
  return { summary: first.replace(/\.$/, ''), description: rest }
}

/** The reasons that the comment of a method lists as its own. Throws if there is no such list. */
export function listedReasons({ name }: DescMethod): string[] {
  const list = paragraphsOf(`${SERVICE}.${name}`).find((paragraph) => ERRORS.test(paragraph))
  if (list === undefined) throw new Error(`the comment of ${name} has no list of errors`)
  return reasonsIn(list)
}

/** The words for a field. If its values are those of an enum, they are explained, too. */
export function fieldWords(field: DescField): string {
  const text = resolveComment(comments, nameOf(field))
  return field.enum === undefined ? text : `${text}\n\n${valueWords(field.enum)}`
}

/** The words for a message. */
export function messageWords(message: DescMessage): string {
  return resolveComment(comments, nameOf(message))
}

/** The words for the API: the service's comment up to its first heading. */
export function apiWords(): string {
  return section(undefined).join('\n\n')
}

/** The paragraphs of the service's comment below a heading. Throws if there is no such heading. */
export function section(heading: string | undefined): string[] {
  const paragraphs = paragraphsOf(SERVICE)
  const isHeading = (paragraph: string) => paragraph.startsWith('# ')
  const begin = heading === undefined ? 0 : paragraphs.indexOf(`# ${heading}`) + 1
  if (heading !== undefined && begin === 0) throw new Error(`the comment of ${SERVICE} has no heading "${heading}"`)
  const end = paragraphs.findIndex((paragraph, index) => index >= begin && isHeading(paragraph))
  return paragraphs.slice(begin, end === -1 ? undefined : end)
}

/** The reasons that a text names: the words in backticks that are capitals. */
export function reasonsIn(text: string): string[] {
  return [...text.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, reason = '']) => reason)
}

// The first value means that the field is not given.
function valueWords({ values, ...desc }: DescEnum): string {
  const lines = values.slice(1).map(({ name }) => {
    const text = resolveComment(comments, `${desc.typeName.slice(PACKAGE.length)}.${name}`)
    return `- \`${name}\`: ${text}`
  })
  return lines.join('\n')
}

function nameOf(desc: DescField | DescMessage): string {
  return desc.kind === 'field' ? `${nameOf(desc.parent)}.${desc.name}` : desc.typeName.slice(PACKAGE.length)
}

function paragraphsOf(name: string): readonly string[] {
  const paragraphs = comments.get(name)
  if (paragraphs === undefined) throw new Error(`proto/ has no ${name}`)
  return paragraphs
}
