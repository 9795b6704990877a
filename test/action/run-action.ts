import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hasCommand, skipWithout } from '../support/tools.ts'
import type { GitHub } from './github.ts'

const SCRIPT = fileURLToPath(new URL('../../action/register.sh', import.meta.url))

const missing = ['bash', 'curl', 'jq'].filter((name) => !hasCommand(name))
/** Why the tests of the action are skipped; undefined: they are not. */
export const reasonToSkip = skipWithout(
  missing.length === 0,
  `the tests of the GitHub Action: ${missing.join(' and ')} not installed`,
)

/** The outcome of a step of a workflow with the action. */
export interface Step {
  readonly exitCode: number
  /** stdout and stderr: the log of the job. */
  readonly log: string
  /** The annotations of the kind error, decoded. */
  readonly errors: readonly string[]
  readonly outputs: Readonly<Record<string, string>>
  /** The summary of the job. */
  readonly summary: string
  /** The seconds of each pause that the script asked for. No test waits for them. */
  readonly pauses: readonly number[]
  /** The arguments of every curl. */
  readonly curls: string
  /** The files that the script left in its folder and in the one for temporary files. */
  readonly left: readonly string[]
}

/** The inputs that a workflow gives, by their names in action.yml. */
export type Inputs = Readonly<Record<string, string>>

/**
 * Runs the script of the action as GitHub's runner does, with the inputs as variables. `toPath` makes the PATH from the folder
 * of the programs that take the place of real ones.
 */
export async function runAction(github: Pick<GitHub, 'env'>, inputs: Inputs, toPath = inFront): Promise<Step> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-action-'))
  try {
    return await runIn(folder, { PATH: toPath(join(folder, 'bin')), ...github.env, ...variablesOf(inputs) })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function inFront(standIns: string): string {
  return [standIns, process.env.PATH].join(delimiter)
}

async function runIn(folder: string, variables: Record<string, string>): Promise<Step> {
  const file = (name: string) => join(folder, name)
  await Promise.all(['bin', 'cwd', 'tmp'].map((name) => mkdir(file(name))))
  for (const [name, text] of Object.entries(standIns)) {
    await writeFile(file(`bin/${name}`), text)
    await chmod(file(`bin/${name}`), 0o755)
  }
  for (const name of ['output', 'summary', 'pauses', 'curls']) await writeFile(file(name), '')
  const env = {
    ...{ FOLDER: folder, TMPDIR: file('tmp'), GITHUB_OUTPUT: file('output'), GITHUB_STEP_SUMMARY: file('summary') },
    ...variables,
  }
  const { exitCode, log } = await runBash(file('cwd'), env)
  const read = (name: string) => readFile(file(name), 'utf8')
  return {
    ...{ exitCode, log, errors: errorsIn(log), curls: await read('curls'), summary: await read('summary') },
    outputs: Object.fromEntries((await read('output')).split('\n').flatMap(parseOutput)),
    pauses: (await read('pauses')).split('\n').filter(Boolean).map(Number),
    left: [...(await readdir(file('cwd'))), ...(await readdir(file('tmp')))],
  }
}

function runBash(cwd: string, env: Record<string, string>): Promise<{ exitCode: number; log: string }> {
  return new Promise((resolve) => {
    execFile('/bin/bash', [SCRIPT], { cwd, env }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), log: stdout + stderr })
    })
  })
}

/** Programs that take the place of real ones: no pause takes time, and the arguments of curl are kept. */
const standIns = {
  sleep: `#!/bin/sh\necho "$1" >> "$FOLDER/pauses"\n`,
  curl: `#!/bin/sh\necho "$@" >> "$FOLDER/curls"\nPATH=\${PATH#*:} exec curl "$@"\n`,
}

function variablesOf(inputs: Inputs): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase().replaceAll('-', '_')}`, value]),
  )
}

function errorsIn(log: string): string[] {
  return [...log.matchAll(/^::error title=Waypost::(.*)$/gm)].map(([, text = '']) =>
    text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%'),
  )
}

function parseOutput(line: string): [string, string][] {
  const [, name, value = ''] = /^([^=]+)=(.*)$/.exec(line) ?? []
  return name === undefined ? [] : [[name, value]]
}
