import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../proto/read-comments.ts'
import { openApiDocument } from './document.ts'
import { errorsPage } from './errors-page.ts'

// `npm run generate` writes these files. `npm run check:openapi` compares them with the text that it would write.

const files = {
  'docs/openapi.json': `${JSON.stringify(openApiDocument(), null, 2)}\n`,
  'docs/errors.md': errorsPage(),
}

for (const [name, text] of Object.entries(files)) {
  const file = join(root, name)
  if (process.argv[2] === 'write') {
    writeFileSync(file, text)
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${name} is not up to date; run "npm run generate"`)
    process.exitCode = 1
  }
}
