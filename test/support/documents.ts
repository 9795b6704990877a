import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A fenced block of a page. */
export interface Block {
  /** Such as `docs/operating.md:12`, the line of its fence. */
  readonly at: string
  /** The word after the fence: `console`, `sh`, `ts` and so on; empty if there is none. */
  readonly language: string
  readonly text: string
  /** The file that the line before the block names, such as "`dump.json`:"; undefined: none. */
  readonly file: string | undefined
  /** The comment before it, if that says how a test treats it. */
  readonly mark: Mark | undefined
}

/**
 * How a test treats a block: `<!-- not run: it needs systemd -->` keeps its commands from being run, and
 * `<!-- bash only: it has a here document -->` keeps them from other shells.
 */
export interface Mark {
  readonly kind: 'not run' | 'bash only'
  /** Empty if the comment gives none. */
  readonly reason: string
}

/** A command of a shell block. */
export interface DocumentedCommand {
  readonly at: string
  /** One logical line, which may have several lines with `\` at their ends. */
  readonly line: string
  /** The output below it; undefined: the page does not show it. */
  readonly output: string | undefined
}

const shellLanguages = ['console', 'sh']
const MARK = /^<!-- *(not run|bash only)\b:?\s*(.*?)\s*-->$/

/** The pages for users and contributors, such as `docs/operating.md`. */
export function listPages(): string[] {
  return ['README.md', 'CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: ROOT }).sort()]
}

/** The fenced blocks of a page. */
export function readBlocks(page: string): Block[] {
  return parseBlocks(readFileSync(`${ROOT}${page}`, 'utf8'), page)
}

/** The fenced blocks of a text. A fence that is indented, as in a list, counts as well. */
export function parseBlocks(text: string, page: string): Block[] {
  return [...text.matchAll(/^( *)```(\S*).*\n([\s\S]*?)^ *```$/gm)].map((match) => {
    const [, indent = '', language = '', code = ''] = match
    const before = text.slice(0, match.index).split('\n')
    return {
      at: `${page}:${before.length}`,
      language,
      text: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      file: /^`([\w./-]+)`:$/.exec(lineBefore(before))?.[1],
      mark: parseMark(lineBefore(before)),
    }
  })
}

/** The comments of a text that look like marks, whether a block follows or not. */
export function countMarks(text: string): number {
  return text.split('\n').filter((line) => MARK.test(line.trim())).length
}

/** The text of a page. */
export function readPage(page: string): string {
  return readFileSync(`${ROOT}${page}`, 'utf8')
}

/** Whether a block has commands for a shell. */
export function isShellBlock({ language }: Block): boolean {
  return shellLanguages.includes(language)
}

/** The commands of a shell block: of `console` those behind `$ `, of `sh` every line. */
export function commandsOf({ at, language, text }: Block): DocumentedCommand[] {
  if (language === 'console') return parseConsole(text).map((command) => ({ at, ...command }))
  return splitLogicalLines(text).map((line) => ({ at, line, output: undefined }))
}

// The line of the fence is the last one here. A blank line may be between the two.
function lineBefore(lines: readonly string[]): string {
  const [line = '', lineAbove = ''] = lines.slice(0, -1).toReversed()
  return (line.trim() === '' ? lineAbove : line).trim()
}

function parseMark(line: string): Mark | undefined {
  const [, kind, reason = ''] = MARK.exec(line) ?? []
  return kind === undefined ? undefined : { kind: kind as Mark['kind'], reason }
}

function parseConsole(text: string): { line: string; output: string }[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [line = ''] = /^(?:.*\\\n)*.*/.exec(part) ?? []
      return { line, output: part.slice(line.length + 1) }
    })
}

function splitLogicalLines(text: string): string[] {
  return [...text.matchAll(/^(?:.*\\\n)*.+$/gm)].map(([line]) => line)
}
