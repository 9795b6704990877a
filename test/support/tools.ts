import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** The folder into which CI installs tools for the tests. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/waypost/', import.meta.url))
const VENV_PYTHON = `${CACHE}python/bin/python`

/** A Python that has these modules: the one that CI prepares, or the machine's. Undefined if there is none. */
export function findPythonWith(...modules: string[]): string | undefined {
  return [VENV_PYTHON, 'python3'].find((python) => works(python, ['-c', `import ${modules.join()}`]))
}

/** The folder with a version of the Octue SDK that CI installs, for `PYTHONPATH`. Undefined if there is none. */
export function findOctue(version: string): string | undefined {
  const folder = `${CACHE}octue/${version}`
  return existsSync(folder) ? folder : undefined
}

/** A command-line tool: the one that CI prepares, or the machine's. Undefined if there is none. */
export function findTool(name: string): string | undefined {
  return [`${CACHE}bin/${name}`, name].find((command) => works(command, ['--version']) || works(command, ['-version']))
}

/** A Chromium or Chrome of the machine. Undefined if there is none. */
export function findChromium(): string | undefined {
  return ['chromium', 'chromium-browser', 'google-chrome'].find((command) => hasCommand(command))
}

/** Whether the command is on the machine and succeeds with this argument. */
export function hasCommand(command: string, argument = '--version'): boolean {
  return works(command, [argument])
}

/**
 * The reason to skip a test, which is also printed. Undefined if the test can run. Throws in CI, which must skip no
 * test, unless `isInCI` is false because the missing thing is not a part of the project.
 */
export function skipWithout(isThere: boolean, reason: string, isInCI = true): string | undefined {
  if (isThere) return undefined
  if (isInCI && process.env.CI === 'true') throw new Error(`CI must not skip: ${reason}`)
  console.warn(`Skipped: ${reason}`)
  return reason
}

/** Runs a command to its end, in this folder, and resolves with its stdout. Rejects with its output if it fails. */
export async function run(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { cwd })
  return stdout
}

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
