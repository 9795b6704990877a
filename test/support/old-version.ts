import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { skipWithout } from './tools.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The last commit whose servers know only form 2. */
const LAST_OF_FORM_2 = 'eb95462'
const PARTS = [
  'src',
  'gen',
  'docs/openapi.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
]

/** The program of an older version, or the reason why it cannot be built here. */
export type OldVersion = { readonly main: string } | { readonly unavailable: string }

/**
 * The program of the last version whose servers know only form 2. Its commit is in the history of this repository. It is
 * built once, into the cache of the project. In CI this rejects if it cannot be built.
 */
export async function oldVersion(): Promise<OldVersion> {
  try {
    return { main: await build(LAST_OF_FORM_2) }
  } catch (error) {
    const why = error instanceof Error ? error.message.replaceAll(/\s+/g, ' ').trim() : String(error)
    const reason = `the version of commit ${LAST_OF_FORM_2} cannot be built (${why})`
    skipWithout(false, reason)
    return { unavailable: reason }
  }
}

// Node does not run TypeScript below `node_modules`, so it is compiled.
async function build(commit: string): Promise<string> {
  const folder = join(ROOT, 'node_modules/.cache/waypost', commit)
  const main = join(folder, 'dist/src/cli/main.js')
  if (await readFile(main).catch(() => undefined)) return main
  const draft = `${folder}.${process.pid}`
  await mkdir(draft, { recursive: true })
  try {
    await extract(commit, draft)
    await installPackages(draft)
    await compile(draft)
    await cp(join(draft, 'docs'), join(draft, 'dist/docs'), { recursive: true })
    // Another test file may have been faster.
    await rename(draft, folder).catch((error: unknown) => readFile(main).catch(() => Promise.reject(error)))
    return main
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function extract(commit: string, folder: string): Promise<void> {
  const archive = join(folder, 'source.tar')
  await run('git', ['archive', '--output', archive, commit, ...PARTS], ROOT)
  await run('tar', ['-xf', archive], folder)
}

// The packages of this version do if they are the same.
async function installPackages(folder: string): Promise<void> {
  const [theirs, ours] = await Promise.all([packagesOf(folder), packagesOf(ROOT)])
  if (theirs === ours) await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  else await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], folder)
}

// The installed packages do not contain those for development, and the types of Node are one of them.
async function compile(folder: string): Promise<void> {
  const packages = join(ROOT, 'node_modules')
  const options = ['--noCheck', '--declaration', 'false', '--typeRoots', join(packages, '@types')]
  const compiler = join(packages, 'typescript/bin/tsc')
  await run(process.execPath, [compiler, '--project', 'tsconfig.build.json', ...options], folder)
}

async function packagesOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'package-lock.json'), 'utf8')
  const { packages } = JSON.parse(text) as { packages: Record<string, { version?: string; dev?: boolean }> }
  const needed = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev)
  return needed.map(([path, { version }]) => `${path} ${version}`).join('\n')
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  await promisify(execFile)(command, args, { cwd })
}
