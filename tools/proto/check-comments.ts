import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Comments, readComments, root } from './read-comments.ts'
import { referenceOf, resolveComment } from './references.ts'

// `npm run check:proto`: the checks of the comments that buf does not make. `buf lint` checks that each element has one.

const MAX_LINE = 120
/** Shorter comments, such as "The revision after the change.", may be repeated. */
const MIN_SHARED = 40

const comments = readComments()
const problems = [...longLines(join(root, 'proto/waypost/v1')), ...brokenReferences(comments), ...repeated(comments)]
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exitCode = 1
}

function longLines(folder: string): string[] {
  return readdirSync(folder).flatMap((file) => {
    const lines = readFileSync(join(folder, file), 'utf8').split('\n')
    const long = lines.flatMap((line, index) => (line.length > MAX_LINE ? [{ index, length: line.length }] : []))
    return long.map(
      ({ index, length }) => `${file}:${index + 1} has ${length} columns; at most ${MAX_LINE} are allowed`,
    )
  })
}

function brokenReferences(comments: Comments): string[] {
  return [...comments.keys()].flatMap((name) => {
    try {
      resolveComment(comments, name)
      return []
    } catch (error) {
      return [(error as Error).message]
    }
  })
}

// A field that several messages share is described once. The other messages refer to that description.
function repeated(comments: Comments): string[] {
  const texts = [...comments].map(([name, paragraphs]) => ({ name, text: paragraphs.join(' ') }))
  const own = texts.filter(({ text }) => text.length >= MIN_SHARED && referenceOf(text) === undefined)
  return [...Map.groupBy(own, ({ text }) => text).values()]
    .filter((same) => same.length > 1)
    .map(([first, ...others]) => `${others.map(({ name }) => name).join(', ')}: write "See ${first?.name}."`)
}
