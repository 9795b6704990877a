/** The path of a value in the access file: `['grants', 2, 'to', 'iss']`. */
export type Path = readonly (string | number)[]

/** Reports a problem of the value at a path. The message begins with the fault, such as `is empty; give it a value.` */
export type Report = (path: Path, message: string) => void

/** Tells the line of a value. */
export type LineOf = (path: Path) => number

/** A problem of an access file. */
export interface Problem {
  /** The line of the value, from 1 on. */
  readonly line: number
  /** A sentence for people that begins with the key, and ends with the allowed values. */
  readonly message: string
}

/** The most problems that an error lists. */
const MOST_LISTED = 20

/** The error for an access file that cannot be used. Its message names each problem with the file and the line. */
export class AccessFileError extends Error {
  override readonly name = 'AccessFileError'
  readonly problems: readonly Problem[]

  constructor(path: string, problems: readonly Problem[]) {
    const sorted = problems.toSorted((a, b) => a.line - b.line)
    const listed = sorted.slice(0, MOST_LISTED).map((problem) => formatProblem(path, problem))
    const more = sorted.length - listed.length
    super([...listed, ...(more > 0 ? [`and ${more} more problems`] : [])].join('\n'))
    this.problems = sorted
  }
}

/** Writes a problem with its place: `access.yaml:14: grants[2].on …`. */
export function formatProblem(path: string, { line, message }: Problem): string {
  return `${path}:${line}: ${message}`
}

/** Writes a path: `grants[2].to.iss`. */
export function formatKey(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    const name = /^[\w-]{1,64}$/.test(part) ? part : JSON.stringify(part.slice(0, 64))
    return text === '' ? name : `${text}.${name}`
  }, '')
}
