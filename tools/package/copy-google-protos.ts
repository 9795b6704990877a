import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../proto/read-comments.ts'

// `npm run build`: copies the protos of Google that ours import into proto/google/, with their license. So a proto loader
// finds every import in the folder `proto` of the package. They come from an npm package and are never committed.

const source = join(root, 'node_modules/google-proto-files')
const target = join(root, 'proto')
const ours = join(target, 'waypost/v1')

/** The protos of the details of errors. No proto imports them, but a client needs them to read the reason of an error. */
const DETAILS = ['google/rpc/error_details.proto', 'google/rpc/status.proto']

rmSync(join(target, 'google'), { recursive: true, force: true })
const imported = readdirSync(ours).flatMap((file) => importsOf(join(ours, file)))
for (const file of withImports([...imported, ...DETAILS])) copy(file)
copy('LICENSE', 'google/LICENSE')

// Every proto compiler and loader brings the files of google/protobuf/.
function importsOf(path: string): readonly string[] {
  const found = readFileSync(path, 'utf8').matchAll(/^import (?:public )?"(google\/(?!protobuf\/)[^"]+)";$/gm)
  return [...found].map(([, file = '']) => file)
}

function withImports(files: readonly string[], known: ReadonlySet<string> = new Set()): ReadonlySet<string> {
  const added = files.filter((file) => !known.has(file))
  if (added.length === 0) return known
  return withImports(
    added.flatMap((file) => importsOf(join(source, file))),
    new Set([...known, ...added]),
  )
}

function copy(from: string, to = from): void {
  const path = join(target, to)
  mkdirSync(dirname(path), { recursive: true })
  copyFileSync(join(source, from), path)
}
