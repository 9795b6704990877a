import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A path for a directory of signing keys, which does not exist yet. It is removed after the test. */
export async function newKeyDirectory(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-keys-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'keys')
}
