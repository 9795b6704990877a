import { globSync, readFileSync, statSync } from 'node:fs'
import { findBrokenLinks } from './links.ts'
import { findStyleProblems } from './style.ts'

// `npm run check:markdown`: the style of the documents, and the links between them.

const paths = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'action/**/*.md']).toSorted()
const problems = paths.flatMap((path) => {
  const text = readFileSync(path, 'utf8')
  return [...findStyleProblems(path, text), ...findBrokenLinks(path, text, readIfExists)]
})
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exitCode = 1
}

function readIfExists(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isDirectory() ? '' : stats && readFileSync(path, 'utf8')
}
