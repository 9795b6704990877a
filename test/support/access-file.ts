import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { recordToken } from './token-search/recorder.ts'

/** A static token, and its entry in an access file. */
export interface StaticToken {
  readonly name: string
  readonly token: string
  readonly sha256: string
  /** The headers of a caller with this token. */
  readonly headers: { readonly authorization: string }
}

/** Makes a static token with this name. */
export function makeToken(name: string): StaticToken {
  const token = `test-${name}-${randomBytes(24).toString('base64url')}`
  recordToken(token)
  const sha256 = createHash('sha256').update(token).digest('hex')
  return { name, token, sha256, headers: { authorization: `Bearer ${token}` } }
}

/** The content of an access file, without the hashes of its tokens. */
export interface AccessFileParts {
  readonly tokens?: readonly StaticToken[]
  readonly grants: readonly object[]
  /** Other keys of the file. */
  readonly others?: object
}

/** Writes an access file into a folder, and returns its path. JSON is YAML, too. */
export async function writeAccessFile(folder: string, parts: AccessFileParts): Promise<string> {
  const { tokens = [], grants, others } = parts
  const path = join(folder, 'access.yaml')
  const content = { tokens: tokens.map(({ name, sha256 }) => ({ name, sha256 })), grants, ...others }
  await writeFile(path, JSON.stringify(content, null, 2))
  return path
}
