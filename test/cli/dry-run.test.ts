import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { withoutSettings } from '../support/environment.ts'
import { runWaypost } from '../support/serve.ts'

test('a dry run that a signal ends removes its copy of the store', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-try-'))
  const args = ['src/cli/main.ts', 'import', '-', '--dry-run', '--store', `sqlite:${join(folder, 'none.db')}`]
  // Its standard input stays open, so it waits.
  const child = spawn(process.execPath, args, { env: { ...withoutSettings(), TMPDIR: folder } })
  try {
    await vi.waitFor(
      async () => expect(await readdir(folder, { recursive: true })).toContainEqual(expect.stringMatching(/\.db$/)),
      15_000,
    )
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([null, 'SIGINT'])
    expect(await readdir(folder)).toEqual([])
  } finally {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
})

test('a dry run for a store that cannot be made fails as the import would', async () => {
  const args = ['import', 'README.md', '--store', 'sqlite:no-such-folder/waypost.db']
  const [tried, real] = [await runWaypost([...args, '--dry-run']), await runWaypost(args)]
  expect(tried).toEqual(real)
  expect(tried).toMatchObject({ stderr: expect.stringContaining('the folder does not exist') })
})
