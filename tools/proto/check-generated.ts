import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { buf, root } from './read-comments.ts'

// `npm run check:proto`: generates the code again into another folder, and compares gen/ with it.

const fresh = join(root, 'node_modules/.cache/waypost/generated')

rmSync(fresh, { recursive: true, force: true })
mkdirSync(fresh, { recursive: true })
execFileSync(buf, ['generate', '--output', fresh], { cwd: root, stdio: 'inherit' })

const committed = readTree(join(root, 'gen'))
const generated = readTree(join(fresh, 'gen'))
const differing = [...new Set([...committed.keys(), ...generated.keys()])].filter(
  (file) => committed.get(file) !== generated.get(file),
)
if (generated.size === 0) throw new Error('buf generated nothing')
if (differing.length > 0) {
  console.error(`Not what buf generates; run "npm run generate":\n  ${differing.join('\n  ')}`)
  process.exitCode = 1
}

function readTree(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name))
  return new Map(paths.map((path) => [relative(folder, path), readFileSync(path, 'utf8')]))
}
