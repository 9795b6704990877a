import { globSync, readFileSync } from 'node:fs'
import { checkProse } from './check-prose.ts'

// `npm run check:prose`: flags the constructions of rules.ts in documents, comments, messages and the names of tests.

const FILES = ['*.md', '{docs,action}/**/*.md', 'proto/waypost/**/*.proto', '{src,tools,test,bench,examples}/**/*.ts']

const findings = globSync(FILES)
  .toSorted()
  .flatMap((path) =>
    checkProse(path, readFileSync(path, 'utf8')).map(
      ({ line, column, rule, words, instead }) => `${path}:${line}:${column} ${rule}: "${words}": ${instead}`,
    ),
  )
if (findings.length > 0) {
  console.error(findings.join('\n'))
  process.exitCode = 1
}
