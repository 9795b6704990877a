import { quote } from '../../domain/errors.ts'
import type { StaticToken } from '../static-tokens.ts'
import type { Report } from './problem.ts'
import type { RawAccessFile } from './schema.ts'
import { allowedTokenNames, isTokenName } from './token-name.ts'

// Whoever hashes nothing gets it.
const HASH_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Parses the static tokens. Problems are reported. */
export function parseTokens(raw: RawAccessFile['tokens'], report: Report): StaticToken[] {
  const names = new Set<string>()
  const hashes = new Map<string, string>()
  return raw.map(({ name, sha256: given }, index) => {
    const [namePath, hashPath] = [
      ['tokens', index, 'name'],
      ['tokens', index, 'sha256'],
    ]
    const sha256 = given.toLowerCase()
    if (!isTokenName(name)) report(namePath, `${quote(name)} is not valid; use ${allowedTokenNames}.`)
    if (names.has(name)) report(namePath, `${quote(name)} is there twice; give each token a name of its own.`)
    names.add(name)
    const remedy = 'use the line that `waypost auth token NAME` prints'
    if (!/^[0-9a-f]{64}$/.test(sha256)) {
      // The value may be the token itself, by mistake, so it is not shown.
      report(hashPath, `has ${given.length} characters and is not a SHA-256 hash of 64 hexadecimal digits; ${remedy}.`)
    } else if (sha256 === HASH_OF_NOTHING) report(hashPath, `is the hash of an empty text; ${remedy}.`)
    else if (hashes.has(sha256)) {
      report(hashPath, `is the hash of token ${quote(hashes.get(sha256) ?? '')}, too; make a token for each name.`)
    }
    hashes.set(sha256, name)
    return { name, sha256 }
  })
}
