import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OutputChunk } from 'rolldown'
import { root } from '../proto/read-comments.ts'

/** The license of each package in a bundle, with the notices in its files. */
export function licensesOf(output: readonly { readonly type: string }[]): string {
  const chunks = output.filter((file): file is OutputChunk => file.type === 'chunk')
  const modules = Map.groupBy(
    chunks.flatMap(({ moduleIds }) => moduleIds),
    (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? '',
  )
  const packages = [...modules].filter(([folder]) => folder !== '').map(([folder, files]) => describe(folder, files))
  // Packages of one project share a license, which is written once below their names.
  const byText = Map.groupBy(packages, ({ text }) => text)
  return [...byText].flatMap(([text, them]) => [...them.map(({ head }) => head), text, '']).join('\n')
}

interface Described {
  /** The name, and the notices of its files. */
  readonly head: string
  readonly text: string
}

function describe(folder: string, files: readonly string[]): Described {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const [own] = globSync('LICENSE*', { cwd: folder }).map((file) => join(folder, file))
  // Some packages have only the name of this license.
  const text = own ?? (/Apache-2\.0/.test(license) ? join(root, 'node_modules/google-proto-files/LICENSE') : undefined)
  if (text === undefined) throw new Error(`${name} has no license file; add its license to ${import.meta.filename}.`)
  const notices = new Set(files.map((file) => /^(?:\/\/(?!#).*\n)+/.exec(readFileSync(file, 'utf8'))?.[0] ?? ''))
  return { head: [`${name} ${version}, license: ${license}`, ...notices].join('\n'), text: readFileSync(text, 'utf8') }
}
