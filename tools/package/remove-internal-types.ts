import { existsSync, globSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../proto/read-comments.ts'

// `npm run build`: removes the types that no export of the package leads to. They would only make the package larger.

/** The paths of the types of all exports, from the conditions of `exports` in package.json. */
function exportedTypes(conditions: unknown): string[] {
  if (typeof conditions === 'string') return conditions.endsWith('.d.ts') ? [join(root, conditions)] : []
  return Object.values(conditions as object).flatMap(exportedTypes)
}

/** The paths of the files that a file of types imports. */
function importsOf(path: string): string[] {
  const texts = [...readFileSync(path, 'utf8').matchAll(/(?:from|import)[ (]'(\.[^']+)'/g)].map(([, text = '']) => text)
  return texts.map((text) => join(dirname(path), text.replace(/\.[jt]s$/, '.d.ts'))).filter((file) => existsSync(file))
}

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const needed = new Set(exportedTypes(exports))
// The set grows while the loop runs over it.
for (const path of needed) for (const imported of importsOf(path)) needed.add(imported)
for (const path of globSync(join(root, 'dist/**/*.d.ts'))) if (!needed.has(path)) rmSync(path)
