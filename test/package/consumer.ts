import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** An empty project in another folder, in which the packed package is installed. */
export interface Consumer {
  readonly tarball: string
  /** The unpacked size of the tarball in bytes, by the account of npm. */
  readonly unpackedSize: number
  /** The paths of the files in the tarball. */
  readonly files: readonly string[]
  /** Writes a file of the project. */
  write(file: string, text: string): Promise<void>
  /** Reads a file of the project. */
  read(file: string): Promise<string>
  /** Runs a command in the project and resolves with its stdout. If the command fails, rejects with its output. */
  run(command: string, ...args: readonly string[]): Promise<string>
  /** Runs one of this repository's tools in the project. */
  runTool(tool: string, ...args: readonly string[]): Promise<string>
  /** Bundles a module of the project for a platform. */
  bundle(source: string, platform: Platform): Promise<Bundle>
  remove(): Promise<void>
}

/** A platform of a bundle. Bundlers for workers take files that a package has under the conditions of the same name. */
export type Platform = 'node' | 'browser' | 'worker' | 'workerd'

/** A bundle that was made of a module. */
export interface Bundle {
  readonly code: string
  /** The modules that the bundle still imports. */
  readonly imports: readonly string[]
  /** The packages and the files of this package that the bundle contains parts of. */
  readonly modules: readonly string[]
  /** The warnings of the bundler. */
  readonly warnings: readonly string[]
}

/** Packs this package and installs it with its dependencies, and with the other packages that a test needs. */
export async function installInEmptyProject(...packages: readonly string[]): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-consumer-'))
  const run = (command: string, ...args: readonly string[]) => runIn(folder, command, args)
  const write = (file: string, text: string) => writeFile(join(folder, file), text)
  // The package is built by its prepack script, whose output comes before the JSON.
  const packed = await runIn(ROOT, 'npm', ['pack', '--json', '--pack-destination', folder])
  const [{ filename, unpackedSize, files }] = JSON.parse(packed.slice(packed.search(/^\[/m)))
  await write('package.json', JSON.stringify({ private: true, type: 'module' }))
  await run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', `./${filename}`, ...packages)
  return {
    tarball: join(folder, filename),
    unpackedSize,
    files: files.map(({ path }: { path: string }) => path),
    write,
    read: (file) => readFile(join(folder, file), 'utf8'),
    run,
    runTool: (tool, ...args) => run(join(ROOT, 'node_modules/.bin', tool), ...args),
    bundle: async (source, platform) => {
      await write('bundled.js', source)
      return bundle(join(folder, 'bundled.js'), platform)
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function bundle(input: string, platform: Platform): Promise<Bundle> {
  const warnings: string[] = []
  const isWorker = platform === 'worker' || platform === 'workerd'
  const build = await rolldown({
    input,
    ...(isWorker ? { platform: 'neutral', resolve: { conditionNames: [platform] } } : { platform }),
    onLog: (_level, { message }) => warnings.push(message),
  })
  const { output } = await build.generate({ minify: true })
  await build.close()
  const [chunk] = output
  const modules = Object.entries(chunk.modules).filter(([, { renderedLength }]) => renderedLength > 0)
  return {
    code: chunk.code,
    imports: chunk.imports,
    modules: modules.map(([id]) => id.slice(id.lastIndexOf('node_modules/') + 'node_modules/'.length)),
    warnings,
  }
}

async function runIn(cwd: string, command: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, [...args], { cwd, maxBuffer: 64 * 1024 * 1024 })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')} failed: ${stdout}${stderr}`, { cause: error })
  }
}
