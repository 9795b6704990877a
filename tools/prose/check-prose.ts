import { applyAllowances, withoutAllowances } from './allowances.ts'
import { type Finding, findConstructions } from './find.ts'
import { maskMarkdown } from './mask.ts'
import { maskProto } from './mask-proto.ts'
import { maskTypeScript } from './mask-typescript.ts'

/** Checks the English of a file. Its path, from the root of the repository, decides which parts of it are English. */
export function checkProse(path: string, text: string): Finding[] {
  return applyAllowances(text, findConstructions(text, maskFile(path, withoutAllowances(text))))
}

function maskFile(path: string, text: string): string {
  if (path.endsWith('.md')) return maskMarkdown(text)
  if (path.endsWith('.proto')) return maskProto(text)
  // In src/ every text is for people: messages, the help of the command line, the names of the store's contract.
  return maskTypeScript(text, { messages: path.startsWith('src/') })
}
