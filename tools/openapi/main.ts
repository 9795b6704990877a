import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openApiDocument } from './document.ts'

// `npm run generate` writes docs/openapi.json; `npm run check:openapi` compares it. What is committed must be what a
// server without a base path serves.

const file = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url))
const generated = `${JSON.stringify(openApiDocument(''), null, 2)}\n`

if (process.argv[2] === 'write') {
  writeFileSync(file, generated)
} else if (!existsSync(file) || readFileSync(file, 'utf8') !== generated) {
  console.error('docs/openapi.json is not what the protos describe; run "npm run generate"')
  process.exitCode = 1
}
