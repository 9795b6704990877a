import { afterAll, expect, test } from 'vitest'
import { problemsIn } from '../support/verified.ts'
import { prepareFaultyDisk, register } from './faulty-sync.ts'

const disk = prepareFaultyDisk()

afterAll(() => disk.remove())

test.skipIf(disk.skipReason)('while a disk hangs, changes fail within 10 seconds and lookups go on', async () => {
  const server = await disk.serve()
  expect(await register(server, '1.0.0')).toBe(201)
  disk.break('hangs')
  const start = performance.now()
  const failing = [register(server, '1.1.0'), register(server, '1.2.0')]
  const looked = await fetch(`${server.url}/services/my-org/my-service`)
  expect([looked.status, performance.now() - start < 1_000]).toEqual([200, true])
  expect(await Promise.all(failing)).toEqual([503, 503])
  expect(performance.now() - start).toBeLessThan(10_000)
  disk.repair()
  expect([200, 201]).toContain(await register(server, '1.1.0'))
  expect(await server.stop()).toBe(0)
  expect(await problemsIn(disk.location)).toEqual([])
})
