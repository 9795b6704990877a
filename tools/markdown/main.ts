import { globSync, readFileSync, statSync } from 'node:fs'
import { findBrokenLinks } from './links.ts'

// `npm run check:markdown`: the links between the documents.

const paths = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md']).toSorted()
const problems = paths.flatMap((path) => findBrokenLinks(path, readFileSync(path, 'utf8'), readIfExists))
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exitCode = 1
}

function readIfExists(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats?.isDirectory() ? '' : stats && readFileSync(path, 'utf8')
}
