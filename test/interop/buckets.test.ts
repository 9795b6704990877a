import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import murmurhash from 'murmurhash'
import { expect, test } from 'vitest'
import { bucketOf } from '../../src/domain/rollout/bucket-of.ts'
import { parseTargetingKey } from '../../src/domain/rollout/targeting-key.ts'
import { collect } from '../support/collect.ts'
import { readPage } from '../support/documents.ts'
import { goldenVectors } from '../support/golden-vectors.ts'
import { findPythonWith, hasCommand, skipWithout } from '../support/tools.ts'

// Programs with other implementations of the hash find the bucket of a targeting key without asking a registry.

const FOLDER = fileURLToPath(new URL('./buckets/', import.meta.url))

const python = findPythonWith('mmh3') ?? ''
const noPython = skipWithout(python !== '', 'mmh3: no Python with mmh3')
const noGo = skipWithout(hasCommand('go', 'version'), 'twmb/murmur3: no Go')

/** Salts and keys: the golden vectors, and 10,000 random pairs with characters of every length in UTF-8. */
const pairs: readonly (readonly [salt: string, key: string])[] = [
  ...goldenVectors.map(({ salt, key }) => [salt, key] as const),
  ...fc.sample(fc.tuple(text(0, 12), text(1, 40)), 10_000),
]

function text(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const character = fc.oneof(
    fc.stringMatching(/^[\x20-\x7e]$/),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  )
  return fc.string({ unit: character, minLength, maxLength }).filter(isKey)
}

function isKey(each: string): boolean {
  try {
    return each === '' || parseTargetingKey(each) === each
  } catch {
    return false
  }
}

const expected = pairs.map(([salt, key]) => `${murmurhash.v3(`${salt}:${key}`, 0)} ${bucketOf(salt, key)}`)

/** Runs a program that reads a pair a line, and writes the hash and the bucket of each. */
async function bucketsBy(command: string, args: readonly string[]): Promise<readonly string[]> {
  const child = spawn(command, args, { cwd: FOLDER, stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''))
  const chunks = await collect<string>(child.stdout.setEncoding('utf8'))
  return chunks.join('').trimEnd().split('\n')
}

test('the table of docs/clients.md has the golden vectors', () => {
  const rows = [...readPage('docs/clients.md').matchAll(/^\| `(.+)` \| `(.+)` \| (\d{8,}) \| (\d{5}) \|$/gm)]
  const table = rows.map(([, salt, key, hash, bucket]) => ({ salt, key, hash: Number(hash), bucket: Number(bucket) }))
  expect(table).toEqual(goldenVectors)
})

test('most of the random keys have characters outside of ASCII', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is that of ASCII.
  expect(pairs.filter(([, key]) => !/^[\x00-\x7f]*$/.test(key)).length).toBeGreaterThan(8_000)
})

test.skipIf(noPython)('mmh3 for Python finds the hash and the bucket of every key', async () => {
  expect(await bucketsBy(python, ['buckets.py'])).toEqual(expected)
})

test.skipIf(noGo)('murmur3 for Go finds the hash and the bucket of every key', async () => {
  expect(await bucketsBy('go', ['run', '.'])).toEqual(expected)
})
