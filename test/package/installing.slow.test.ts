import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandsOf, type DocumentedCommand, readBlocks } from '../support/documents.ts'
import { withoutSettings } from '../support/environment.ts'
import { freePort } from '../support/free-port.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

/** The commands of README.md that install the package, in the order in which a reader runs them. */
const commands = readBlocks('README.md')
  .filter(({ mark }) => mark?.reason.includes('installing.slow.test.ts'))
  .flatMap(commandsOf)

let parent: string
let server: ChildProcess | undefined

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'waypost-installing-'))
  await mkdir(join(parent, 'app'))
})

afterAll(async () => {
  if (server?.pid !== undefined) {
    const closed = once(server, 'close')
    // The whole group, as Ctrl-C does it. npx would not pass on a signal to itself.
    process.kill(-server.pid, 'SIGTERM')
    await closed
  }
  await rm(parent, { recursive: true, force: true })
})

test('a reader of README.md installs the packed file in an empty folder, starts a registry and calls it', async () => {
  expect(commands.map(({ line }) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    ...['npm ci', 'npm pack', 'npm install', 'npx waypost', 'npx waypost', 'npx waypost'],
  ])
  const port = await freePort()
  for (const command of commands.slice(1)) {
    const output = await runAsReader(command, port)
    if (command.output) expect(output, command.line).toBe(command.output.replace('8080', `${port}`))
  }
}, 300_000)

/** Runs a command as its reader does. The clone is this repository, whose packages are installed already. */
async function runAsReader({ line }: DocumentedCommand, port: number): Promise<string> {
  const env = { ...withoutSettings(), WAYPOST_PORT: `${port}`, WAYPOST_REGISTRY: `http://127.0.0.1:${port}` }
  const cwd = join(parent, 'app')
  if (line.endsWith(' serve')) return serve(line, { cwd, env })
  const isInClone = line.startsWith('npm pack')
  const { stdout } = await run('bash', ['-c', isInClone ? line.replace(/ \.\.$/, ` '${parent}'`) : line], {
    cwd: isInClone ? ROOT : cwd,
    env,
  })
  return stdout
}

async function serve(
  line: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  server = spawn('bash', ['-c', `exec ${line}`], { ...options, detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(server, 'exit').then(() => Promise.reject(new Error(`${line} ended`)))
  ended.catch(() => {})
  const lines = createInterface({ input: server.stdout as NodeJS.ReadableStream })
  const [first] = await Promise.race([once(lines, 'line'), ended])
  return `${first}\n`
}
