import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadPolicy } from '../../src/policy/load-policy.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'

test('a policy module that never finishes loading is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-policy-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'policy.mjs')
  await writeFile(path, 'setInterval(() => {}, 1_000); await new Promise(() => {}); export default () => true')
  await expect(loadPolicy(path, silentLogger)).rejects.toThrow('the module was not loaded within 10000 ms')
})
