import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { withoutSettings } from '../support/environment.ts'
import { eventually } from '../support/eventually.ts'
import { end, isRunning } from '../support/processes.ts'
import { sqliteStorage } from '../support/storage.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

test.for([
  ['start'],
  ['run waypost -- serve'],
  ['exec -- node src/cli/main.ts serve'],
  ['start -- --workers 2'],
] as const)('a SIGTERM to npm %s stops the server gracefully, and no process stays', async ([script]) => {
  const storage = await sqliteStorage()
  const path = storage.location.replace('sqlite:', '')
  const env = { ...withoutSettings(), WAYPOST_PORT: '0', WAYPOST_STORE: storage.location, WAYPOST_LOG_LEVEL: 'info' }
  const npm = spawn('npm', script.split(' '), { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [ended, closed] = [once(npm, 'exit'), once(npm, 'close')]
  const output = collect(npm)
  await eventually('the server listens', async () => output().includes('waypost listening on'))
  const server = Number(/"pid":(\d+)/.exec(output())?.[1])
  expect(isRunning(server)).toBe(true)
  npm.kill('SIGTERM')
  await ended
  await eventually('the server is gone', async () => !isRunning(server), 5_000).finally(() => end(server))
  await closed
  expect(output()).toContain('"signal":"SIGTERM","msg":"stopping"')
  expect([path, `${path}-wal`].map((file) => existsSync(file))).toEqual([true, false])
  await storage.remove()
})

test('a program that starts servers ends them if a signal ends it', async () => {
  const storage = await sqliteStorage()
  const module = (file: string) => JSON.stringify(`${ROOT}test/support/${file}`)
  const script = `import { exitOnSignals } from ${module('ends-together.ts')}
    import { spawnServe } from ${module('serve.ts')}
    exitOnSignals()
    const { child } = await spawnServe(['--store', '${storage.location}'])
    console.log(child.pid)`
  const program = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(program, 'close')
  const [line] = (await once(createInterface(program.stdout), 'line')) as [string]
  expect(isRunning(Number(line))).toBe(true)
  program.kill('SIGTERM')
  expect(await closed).toEqual([143, null])
  await eventually('the server is gone', async () => !isRunning(Number(line)), 5_000).finally(() => end(Number(line)))
  await storage.remove()
})

test('every npm script that is one program of this repository takes the place of its shell', () => {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { scripts: Record<string, string> }
  const programs = Object.entries(scripts).filter(
    ([name, text]) => /^(exec )?node \S+\.ts\b[^&]*$/.test(text) && !name.startsWith('check:'),
  )
  expect(programs.map(([name]) => name)).toContain('bench')
  for (const [name, text] of programs) expect(text, name).toMatch(/^exec node /)
})

function collect({ stdout, stderr }: ChildProcess): () => string {
  let text = ''
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  return () => text
}
