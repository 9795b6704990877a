import { posix } from 'node:path'
import { readAnchors, withoutCode } from './anchors.ts'

/** A link of a document to another file of the repository, or to a heading. */
interface Link {
  /** The line of the link, from 1. */
  readonly line: number
  readonly target: string
}

/** Reads a file by its path from the root of the repository: undefined if it does not exist, empty for a folder. */
export type ReadFile = (path: string) => string | undefined

const LINK = /\]\(<?([^)>\s]+)>?(?: "[^"]*")?\)|^\[[^\]]+\]: *(\S+)|\b(?:href|src)="([^"]+)"/gm
/** A target with a scheme, such as `https:`, is outside of the repository. */
const OUTSIDE = /^[a-z][a-z+.-]*:/i

/** Describes the links of a document whose file or heading does not exist. Links out of the repository are not tried. */
export function findBrokenLinks(path: string, text: string, readFile: ReadFile): string[] {
  return readLinks(text).flatMap(({ line, target }) => {
    const reason = whyBroken(path, target, readFile)
    return reason === undefined ? [] : [`${path}:${line}: the link to ${target} is broken; ${reason}.`]
  })
}

function readLinks(text: string): Link[] {
  const prose = withoutCode(text).replaceAll(/(`+)(?!`)[^\n]*?\1/g, (code) => ' '.repeat(code.length))
  const links = [...prose.matchAll(LINK)].map(({ index, 1: inline, 2: reference, 3: html }) => ({
    line: prose.slice(0, index).split('\n').length,
    target: inline ?? reference ?? html ?? '',
  }))
  return links.filter(({ target }) => !OUTSIDE.test(target))
}

function whyBroken(from: string, target: string, readFile: ReadFile): string | undefined {
  const [file = '', anchor] = decodeURIComponent(target).split('#')
  const path = file === '' ? from : posix.join(posix.dirname(from), file)
  const text = readFile(path)
  if (text === undefined) return `${path} does not exist`
  // Only Markdown has headings.
  if (anchor === undefined || !path.endsWith('.md') || readAnchors(text).has(anchor)) return undefined
  return `${path} has no heading for #${anchor}`
}
