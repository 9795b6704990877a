import { vi } from 'vitest'
import { exitCodeFor } from '../../src/cli/exit-codes.ts'
import { failureSettings, printFailure } from '../../src/cli/output/failure.ts'
import { createProgram, isHelpOrVersion } from '../../src/cli/program.ts'
import type { Finished } from '../support/serve.ts'

/**
 * Runs `waypost` in this process, which takes less time than another process. Only these variables begin with `WAYPOST_`,
 * and the user's configuration file is not read.
 */
export async function runInProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const hidden = Object.keys(process.env).filter((name) => name.startsWith('WAYPOST_'))
  for (const name of hidden) vi.stubEnv(name, undefined)
  for (const [name, value] of Object.entries({ XDG_CONFIG_HOME: '/nonexistent', ...env })) vi.stubEnv(name, value)
  const output = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      output[name] += String(text)
      return true
    }),
  )
  const listeners = process.stderr.listeners('error')
  process.exitCode = undefined
  Object.assign(failureSettings, { isJson: args.includes('--json'), credential: undefined })
  try {
    await run(args)
    return { exitCode: Number(process.exitCode ?? 0), ...output }
  } finally {
    process.exitCode = undefined
    for (const spy of spies) spy.mockRestore()
    for (const each of process.stderr.listeners('error').filter((added) => !listeners.includes(added)))
      process.stderr.off('error', each as () => void)
    vi.unstubAllEnvs()
  }
}

async function run(args: readonly string[]): Promise<void> {
  try {
    const program = await createProgram(args)
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    process.exitCode = isHelpOrVersion(error) ? exitCodeFor(error) : printFailure(error)
  }
}
