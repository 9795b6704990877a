import { rmSync } from 'node:fs'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readKeys, rotateKeys } from '../../src/call-tokens/keys/key-directory.ts'
import { SigningKeys, type SigningKeysOptions } from '../../src/call-tokens/keys/signing-keys.ts'
import { eventually } from '../support/eventually.ts'
import { recordingLogger } from '../support/recording-logger.ts'
import { newKeyDirectory } from '../support/signing-keys.ts'

const NOW = Date.parse('2026-11-26T12:00:00Z')
const RELOADED = 'the signing keys were reloaded'
const KEPT = 'the signing keys cannot be used, so the server keeps the previous ones'

async function open(options: Partial<SigningKeysOptions> & { directory: string }) {
  const { log, lines } = recordingLogger()
  const keys = await SigningKeys.open({ makesFirst: true, log, now: () => NOW, pollMs: 5, ...options })
  onTestFinished(() => keys.close())
  return { keys, lines, logged: (message: string) => lines.filter((line) => line.message === message).length }
}

const kidsOf = (keys: SigningKeys): string[] => JSON.parse(keys.jwks).keys.map(({ kid }: { kid: string }) => kid)

test('a server that makes the first key signs with it at once, and publishes it', async () => {
  const { keys } = await open({ directory: await newKeyDirectory() })
  expect(kidsOf(keys)).toEqual([keys.current.kid])
})

test('two servers that start at once on an empty directory have the same key', async () => {
  const directory = await newKeyDirectory()
  const [one, other] = await Promise.all([open({ directory }), open({ directory })])
  expect(one.keys.current.kid).toBe(other.keys.current.kid)
})

test.for([true, false])(
  'a server that must not make keys does not start without one (the directory exists: %s)',
  async (exists) => {
    const directory = await newKeyDirectory()
    if (exists) await mkdir(directory)
    const problem = exists ? 'has no key; add one' : 'cannot be read (ENOENT); add its first key'
    await expect(open({ directory, makesFirst: false })).rejects.toThrow(
      `the directory "${directory}" ${problem} with waypost keys rotate ${directory}.`,
    )
  },
)

test('no private member of a key is published', async () => {
  const directory = await newKeyDirectory()
  const { added } = await rotateKeys(directory, NOW)
  await rotateKeys(directory, NOW)
  // Whatever else a file has is not published either.
  const file = JSON.parse(await readFile(added.path, 'utf8'))
  await writeFile(added.path, JSON.stringify({ ...file, secret: 'a', key: { ...file.key, secret: 'b' } }))
  const { keys } = await open({ directory })
  const published = JSON.parse(keys.jwks).keys
  expect(published).toHaveLength(2)
  for (const key of published) {
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
  }
  expect(keys.jwks).not.toContain(file.key.d)
})

test('the name of a key is its thumbprint, as RFC 7638 defines it', async () => {
  const { keys } = await open({ directory: await newKeyDirectory() })
  const { calculateJwkThumbprint } = await import('jose')
  expect(keys.current.kid).toBe(await calculateJwkThumbprint(JSON.parse(keys.jwks).keys[0]))
})

test('a server publishes a new key at once, and signs with it when it is due', async () => {
  const directory = await newKeyDirectory()
  let now = NOW
  const { keys } = await open({ directory, now: () => now })
  const first = keys.current.kid
  const { added } = await rotateKeys(directory, NOW)
  await eventually('the new key is published', async () => kidsOf(keys).includes(added.kid))
  expect([keys.current.kid, kidsOf(keys)]).toEqual([first, [first, added.kid]])
  now = added.dueAt
  expect(keys.current.kid).toBe(added.kid)
  now = added.dueAt + 70 * 60_000
  expect(kidsOf(keys)).toEqual([added.kid])
})

test('a broken file in the directory is logged once, and the old keys stay until it is mended', async () => {
  const directory = await newKeyDirectory()
  const { keys, lines, logged } = await open({ directory })
  const before = keys.jwks
  const path = join(directory, 'broken.json')
  await writeFile(path, '{"due":', { mode: 0o600 })
  await eventually('the problem is logged', async () => logged(KEPT) === 1)
  expect(String(lines.map(({ fields }) => Object(fields).err))).toContain(`the file "${path}" is not JSON`)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect([logged(KEPT), keys.jwks]).toEqual([1, before])
  await rm(path)
  await eventually('the keys are read again', async () => logged(RELOADED) === 1)
  expect(keys.jwks).toBe(before)
})

test('a file that others can read from now on is logged, and the old keys stay', async () => {
  const directory = await newKeyDirectory()
  const { keys, logged } = await open({ directory })
  const before = keys.jwks
  await chmod(join(directory, 'first.json'), 0o644)
  await eventually('the problem is logged', async () => logged(KEPT) === 1)
  expect(keys.jwks).toBe(before)
})

test.for(['emptied', 'removed'])('the old keys stay if the directory is %s while the server runs', async (how) => {
  const directory = await newKeyDirectory()
  const { keys, logged } = await open({ directory })
  const before = keys.jwks
  await rm(how === 'emptied' ? join(directory, 'first.json') : directory, { recursive: true })
  await eventually('the problem is logged', async () => logged(KEPT) === 1)
  expect(keys.jwks).toBe(before)
})

test('a stolen key whose file is deleted is no longer published, and the next key signs at once', async () => {
  const directory = await newKeyDirectory()
  const { keys } = await open({ directory })
  const { added } = await rotateKeys(directory, NOW)
  await rm(join(directory, 'first.json'))
  await eventually('only the new key is left', async () => kidsOf(keys).join() === added.kid)
  expect([keys.current.kid, kidsOf(keys)]).toEqual([added.kid, [added.kid]])
})

test('a file that is deleted while the directory is read does not hide the change', async () => {
  const directory = await newKeyDirectory()
  const { keys } = await open({ directory, pollMs: 60_000 })
  for (let round = 0; round < 50; round++) {
    const before = await readKeys(directory)
    const { added } = await rotateKeys(directory, NOW)
    const reloaded = keys.reload()
    // Each round deletes at another step of the reading.
    for (let turn = 0; turn < round % 10; turn++) await new Promise(setImmediate)
    for (const { path } of before) rmSync(path)
    await reloaded
    // The next look of the server.
    await keys.check()
    expect(kidsOf(keys), `round ${round}`).toEqual([added.kid])
  }
})

test('a directory that does not change is not read again', async () => {
  const { logged } = await open({ directory: await newKeyDirectory() })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(logged(RELOADED)).toBe(0)
})

test('a server that cannot make the first key does not start, and names waypost keys rotate', async () => {
  const directory = join(await newKeyDirectory(), 'deeper')
  await expect(open({ directory })).rejects.toThrow(
    `the first key of the directory "${directory}" cannot be made (ENOENT); add it with waypost keys rotate ${directory}.`,
  )
})
