import { afterAll, expect, test } from 'vitest'
import { problemsIn } from '../support/verified.ts'
import { prepareFaultyDisk, register } from './faulty-sync.ts'

const disk = prepareFaultyDisk()

afterAll(() => disk.remove())

test.skipIf(disk.skipReason)('a registration is acknowledged only after its entry was synced to the disk', async () => {
  const server = await disk.serve()
  expect(await register(server, '1.0.0')).toBe(201)
  disk.break('fails')
  expect(await register(server, '1.1.0')).toBe(503)
  disk.repair()
  expect(await register(server, '1.2.0')).toBe(201)
  expect(await server.stop()).toBe(0)
  expect(await problemsIn(disk.location)).toEqual([])
})
