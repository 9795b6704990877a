import { readFileSync } from 'node:fs'

/** A command of a document, and what it prints there. */
export interface ConsoleCommand {
  /** Without the name of the program. */
  readonly args: readonly string[]
  readonly output: string
}

/** The commands of the `console` blocks of a document: lines that begin with `$ waypost`, and their output below. */
export function readConsole(file: URL): ConsoleCommand[] {
  const blocks = [...readFileSync(file, 'utf8').matchAll(/^```console\n([\s\S]*?)^```/gm)].map(
    ([, block = '']) => block,
  )
  return blocks.flatMap((block) =>
    block
      .split(/^\$ waypost /m)
      .slice(1)
      .map((text) => {
        const [line = '', ...output] = text.split('\n')
        return { args: splitWords(line), output: output.join('\n') }
      }),
  )
}

// As a shell does, for words without quotes or in double ones.
function splitWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word = '']) => quoted ?? word)
}
