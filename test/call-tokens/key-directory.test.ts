import { chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeFirstKey, readKeys, rotateKeys } from '../../src/call-tokens/keys/key-directory.ts'
import { generateKeyFile } from '../../src/call-tokens/keys/signing-key.ts'
import { newKeyDirectory } from '../support/signing-keys.ts'

const MINUTE = 60_000
const NOW = Date.parse('2026-11-26T12:00:00Z')

describe('the first key of a directory', () => {
  test('many servers that start at once make one key, which only its owner can read', async () => {
    const directory = await newKeyDirectory()
    await Promise.all(Array.from({ length: 20 }, () => makeFirstKey(directory, NOW)))
    expect(await readdir(directory)).toEqual(['first.json'])
    const [mode, folder] = await Promise.all(
      [join(directory, 'first.json'), directory].map(async (p) => (await stat(p)).mode),
    )
    expect([Number(mode) & 0o777, Number(folder) & 0o777]).toEqual([0o600, 0o700])
    const keys = await readKeys(directory)
    expect(keys.map(({ dueAt }) => dueAt)).toEqual([NOW])
  })

  test('a reader finds no key or a whole one, never a part of it, while servers make the first one', async () => {
    const directory = await newKeyDirectory()
    await mkdir(directory)
    for (let round = 0; round < 10; round++) {
      const making = Promise.all([1, 2, 3].map(() => makeFirstKey(directory, NOW)))
      const found = await Promise.all(Array.from({ length: 20 }, () => readKeys(directory)))
      await making
      expect(found.every((keys) => keys.length <= 1)).toBe(true)
      await rm(join(directory, 'first.json'))
    }
  })

  test('an existing first key is never replaced', async () => {
    const directory = await newKeyDirectory()
    await makeFirstKey(directory, NOW)
    const before = await readFile(join(directory, 'first.json'), 'utf8')
    await makeFirstKey(directory, NOW + MINUTE)
    expect(await readFile(join(directory, 'first.json'), 'utf8')).toBe(before)
  })

  test('the folders around a directory are not created, so a mistyped path is noticed', async () => {
    const directory = join(await newKeyDirectory(), 'deeper')
    await expect(makeFirstKey(directory, NOW)).rejects.toThrow('ENOENT')
  })
})

describe('a rotation', () => {
  test('a rotation adds a key that is due in 15 minutes, and the first key of a directory is due at once', async () => {
    const directory = await newKeyDirectory()
    expect((await rotateKeys(directory, NOW)).added.dueAt).toBe(NOW)
    const { added, removed } = await rotateKeys(directory, NOW)
    expect([added.dueAt, removed]).toEqual([NOW + 15 * MINUTE, []])
    expect(added.path).toMatch(/\/20261126T121500Z-[\w-]{8}\.json$/)
    expect((await stat(added.path)).mode & 0o777).toBe(0o600)
    expect(await readKeys(directory)).toHaveLength(2)
  })

  test('a rotation removes the keys that are no longer published, and no others', async () => {
    const directory = await newKeyDirectory()
    const first = await rotateKeys(directory, NOW)
    const second = await rotateKeys(directory, NOW)
    const end = NOW + (15 + 60 + 10) * MINUTE
    const third = await rotateKeys(directory, end - 1)
    expect(third.removed).toEqual([])
    const fourth = await rotateKeys(directory, end)
    expect(fourth.removed).toEqual([first.added.path])
    const left = (await readKeys(directory)).map(({ kid }) => kid)
    expect(left).toEqual([second, third, fourth].map(({ added }) => added.kid))
  })

  test('rotations at the same time lose no key', async () => {
    const directory = await newKeyDirectory()
    await rotateKeys(directory, NOW)
    await Promise.all(Array.from({ length: 5 }, () => rotateKeys(directory, NOW)))
    expect(await readKeys(directory)).toHaveLength(6)
  })

  test('a rotation in a directory with a broken file changes nothing, and names the file', async () => {
    const directory = await newKeyDirectory()
    await rotateKeys(directory, NOW)
    await writeFile(join(directory, 'notes.txt'), 'hello', { mode: 0o600 })
    await expect(rotateKeys(directory, NOW)).rejects.toThrow(`the file "${directory}/notes.txt" is not JSON`)
    expect(await readdir(directory)).toHaveLength(2)
  })
})

const good = generateKeyFile(NOW)
const text = (file: unknown) => JSON.stringify(file)

describe('the files of a directory', () => {
  test.for<readonly [string, string, string]>([
    ['is empty', '', 'is not JSON'],
    ['was cut', text(good).slice(0, -3), 'is not JSON'],
    ['has no time', text({ key: good.key }), 'has no time "due"'],
    ['has a time that is no time', text({ ...good, due: 'tomorrow' }), 'has no time "due"'],
    ['has no key', text({ due: good.due }), 'has no private key "key" of the curve P-256'],
    ['has only a public key', text({ ...good, key: { ...good.key, d: undefined } }), 'has no private key'],
    ['has a key of another kind', text({ ...good, key: { kty: 'oct', k: 'c2VjcmV0' } }), 'has no private key'],
    ['is null', 'null', 'has no time "due"'],
  ])('a file that %s is refused, and the error names it and no secret', async ([, content, problem]) => {
    const directory = await newKeyDirectory()
    await mkdir(directory)
    const path = join(directory, 'key.json')
    await writeFile(path, content, { mode: 0o600 })
    const error = await readKeys(directory).catch((refusal: Error) => refusal)
    expect(String(error)).toContain(`the file "${path}" ${problem}`)
    expect(String(error)).toContain('; use a file that waypost keys rotate has made.')
    const { d } = good.key as { d: string }
    expect(String(error)).not.toContain(d.slice(0, 8))
  })

  test.for([
    [0o600, true],
    [0o400, true],
    [0o440, true],
    [0o640, true],
    [0o644, false],
    [0o604, false],
    [0o660, false],
    [0o666, false],
  ] as const)('a private key with the mode %o is read: %s', async ([mode, isRead]) => {
    const directory = await newKeyDirectory()
    await mkdir(directory)
    const path = join(directory, 'key.json')
    await writeFile(path, text(good))
    await chmod(path, mode)
    const refusal = `the file "${path}" has the mode ${mode.toString(8).padStart(4, '0')}, with which others can`
    if (isRead) expect(await readKeys(directory)).toHaveLength(1)
    else await expect(readKeys(directory)).rejects.toThrow(refusal)
  })

  test('hidden files and folders are no keys, and a link to a file is, as in a Secret of Kubernetes', async () => {
    const directory = await newKeyDirectory()
    await mkdir(join(directory, '..2026'), { recursive: true })
    await mkdir(join(directory, 'lost+found'))
    await writeFile(join(directory, '..2026', 'key.json'), text(good), { mode: 0o440 })
    await symlink('..2026', join(directory, '..data'))
    await symlink('..data/key.json', join(directory, 'key.json'))
    await writeFile(join(directory, '.draft'), 'half', { mode: 0o600 })
    expect((await readKeys(directory)).map(({ path }) => path)).toEqual([join(directory, 'key.json')])
  })

  test.skipIf(process.getuid?.() !== 0)('a key that root adds belongs to the owner of the directory', async () => {
    const directory = await newKeyDirectory()
    await mkdir(directory)
    const { chown } = await import('node:fs/promises')
    await chown(directory, 1234, 1235)
    const { added } = await rotateKeys(directory, NOW)
    const { uid, gid } = await stat(added.path)
    expect([uid, gid]).toEqual([1234, 1235])
  })
})
