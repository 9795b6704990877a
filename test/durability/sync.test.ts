import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { spawnServe } from '../support/serve.ts'
import { skipWithout } from '../support/tools.ts'
import { problemsIn } from '../support/verified.ts'

const SOURCE = fileURLToPath(new URL('failing-sync.c', import.meta.url))

const folder = await mkdtemp(join(tmpdir(), 'waypost-sync-'))
afterAll(() => rm(folder, { recursive: true }))

const shim = join(folder, 'failing-sync.so')
const isCompiled =
  process.platform === 'linux' && spawnSync('cc', ['-shared', '-fPIC', '-o', shim, SOURCE, '-ldl']).status === 0
const skipReason = skipWithout(isCompiled, 'a sync can only be made to fail on Linux, with a C compiler', false)

test.skipIf(skipReason)('a registration is acknowledged only after its entry was synced to the disk', async () => {
  const flag = join(folder, 'failing')
  const location = `sqlite:${join(folder, 'waypost.db')}`
  const server = await spawnServe(['--store', location], { LD_PRELOAD: shim, WAYPOST_FAILING_SYNC: flag })
  const register = async (revision_tag: string) => {
    const url = `${server.url}/services/my-org/my-service`
    return (await fetch(url, { method: 'POST', body: JSON.stringify({ revision_tag }) })).status
  }
  expect(await register('1.0.0')).toBe(201)
  writeFileSync(flag, '')
  expect(await register('1.1.0')).toBe(503)
  rmSync(flag)
  expect(await register('1.2.0')).toBe(201)
  expect(await server.stop()).toBe(0)
  expect(await problemsIn(location)).toEqual([])
})
