import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The modules that a program has loaded: Node's own by their names, such as `http2`, and the others by their URLs. */
export type LoadedModules = readonly string[]

// `moduleLoadList` also has the modules that Node loads for itself, such as its `fetch`.
const PRELOAD = `
import { registerHooks } from 'node:module'
import { writeFileSync } from 'node:fs'
const loaded = []
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
process.on('exit', () => {
  const own = process.moduleLoadList.flatMap((each) => /^NativeModule (.*)$/.exec(each)?.[1] ?? [])
  writeFileSync(process.env.LOADED_MODULES, JSON.stringify([...own, ...loaded]))
})`

/** Runs a program with these variables, which record its modules, and resolves with the modules when it has ended. */
export async function recordModules(run: (env: Record<string, string>) => Promise<unknown>): Promise<LoadedModules> {
  const folder = mkdtempSync(join(tmpdir(), 'waypost-modules-'))
  const file = join(folder, 'modules.json')
  const preload = `data:text/javascript,${encodeURIComponent(PRELOAD)}`
  await run({ LOADED_MODULES: file, NODE_OPTIONS: `--import=${preload}` })
  const modules = JSON.parse(readFileSync(file, 'utf8'))
  rmSync(folder, { recursive: true })
  return modules
}

/** The names of the npm packages among the modules. */
export function packagesOf(modules: LoadedModules): string[] {
  const names = modules.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? [])
  return [...new Set(names)].toSorted()
}

/** The files of `src/` among the modules, such as `cli/main.ts`. */
export function sourcesOf(modules: LoadedModules): string[] {
  return modules.flatMap((url) => /\/src\/(.+\.[jt]s)$/.exec(url)?.[1] ?? []).toSorted()
}
