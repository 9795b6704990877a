import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PolicyContext } from '../../src/domain/policies/default-policy.ts'
import { parseSruid } from '../../src/domain/sruid.ts'
import { memoryFor } from '../../src/modules/memory.ts'
import { loadPolicy } from '../../src/policy/load-policy.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'

const candidate = parseSruid('my-org/my-service:1.2.9')
const context = { currentDefault: null, highestSemver: null, highestRelease: null } as PolicyContext

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-memory-'))
})
afterAll(() => rm(folder, { recursive: true }))

test.for([
  [1, 128, 256],
  [2, 64, 128],
  [3, 42, 96],
  [64, 32, 96],
] as const)(
  'the module of each of %i workers gets %i MiB for its objects and %i MiB in all',
  ([sharers, heapMib, mostMib]) => {
    expect(memoryFor(sharers)).toEqual({ heapMib, mostMib })
  },
)

/** Asks a module that keeps 100 MiB for a quarter of a second. */
async function keepMemory(sharers: number): Promise<boolean> {
  const path = join(folder, 'keeps.mjs')
  await writeFile(
    path,
    `export default () => {
      const kept = Buffer.alloc(100 * 1024 * 1024, 1)
      return new Promise((resolve) => setTimeout(() => resolve(kept.length > 0), 250))
    }`,
  )
  const policy = await loadPolicy(path, silentLogger, sharers)
  try {
    return await policy.decide(candidate, context, new AbortController().signal)
  } finally {
    policy.close()
  }
}

test('a module that may use 256 MiB alone is ended if two workers share this memory', async () => {
  expect(await keepMemory(1)).toBe(true)
  await expect(keepMemory(2)).rejects.toThrow('the policy module ended its process (SIGKILL)')
})

test('a small module decides even if 64 workers share the memory', async () => {
  const path = join(folder, 'small.mts')
  await writeFile(path, 'export default (): boolean => true')
  const policy = await loadPolicy(path, silentLogger, 64)
  expect(await policy.decide(candidate, context, new AbortController().signal)).toBe(true)
  policy.close()
})
