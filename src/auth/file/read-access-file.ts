import { readFileSync } from 'node:fs'
import { readKeySet } from '../oidc/key-set.ts'
import { type AccessFile, type FileContext, parseAccessFile } from './access-file.ts'
import { AccessFileError, type Problem } from './problem.ts'
import { MAX_BYTES } from './read-yaml.ts'

/**
 * Reads an access file and the key files that it names. Throws an `AccessFileError` that lists every problem, or an `Error` that
 * names the file if it cannot be read.
 */
export function readAccessFile(context: FileContext): AccessFile {
  const file = parseAccessFile(readText(context.path), context)
  const problems = file.issuers.flatMap(({ jwksFile }, index): Problem[] => {
    const why = jwksFile === undefined ? undefined : findKeyProblem(jwksFile)
    if (why === undefined) return []
    const line = file.lineOf(['issuers', index, 'jwks_file'])
    const fact = `issuers[${index}].jwks_file: the file ${JSON.stringify(jwksFile)} cannot be used (${why})`
    return [{ line, message: `${fact}; use the path of a JWKS, below the folder of the access file or absolute.` }]
  })
  if (problems.length > 0) throw new AccessFileError(context.path, problems)
  return file
}

function readText(path: string): string {
  const bytes = readBytes(path)
  if (bytes.byteLength > MAX_BYTES) {
    throw new AccessFileError(path, [{ line: 1, message: tooLarge(bytes.byteLength) }])
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new AccessFileError(path, [{ line: 1, message: 'the file is not UTF-8; save it as UTF-8.' }])
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const fact = `the access file ${JSON.stringify(path)} cannot be read (${code})`
    throw new Error(`${fact}; use the path of a YAML file that exists and is readable.`, { cause })
  }
}

function tooLarge(bytes: number): string {
  const numbers = [bytes, MAX_BYTES].map((number) => number.toLocaleString('en-US'))
  return `the file has ${numbers[0]} bytes; use at most ${numbers[1]}.`
}

function findKeyProblem(path: string): string | undefined {
  try {
    readKeySet(JSON.parse(readFileSync(path, 'utf8')))
    return undefined
  } catch (error) {
    if (error instanceof SyntaxError) return 'it is not JSON'
    const { code, message } = error as NodeJS.ErrnoException
    return code ?? message.replace(/\.$/, '')
  }
}
