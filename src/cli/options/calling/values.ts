import { resolve } from 'node:path'
import { checkClientOptions } from '../../../client/calls/checks/client-checks.ts'
import { isTokenText } from '../../../client/calls/checks/header.ts'
import { ConfigError } from '../../../config/config-error.ts'

// Parses the values of the options that flags, variables and profiles give. No error repeats a text that may be a token.

/** The place from which the command gets its token. */
export type TokenSource = { readonly kind: 'github' | 'google' } | { readonly kind: 'file'; readonly path: string }

const MAX_TIMEOUT_S = 86_400

/** The longest text that is quoted, although it may be a token in the wrong place. Tokens are longer. */
const MAX_QUOTED = 16

/** Parses the URL of a registry. */
export function parseRegistryUrl(text: string): string {
  try {
    checkClientOptions({ baseUrl: text })
  } catch (error) {
    throw new ConfigError((error as Error).message.replace(/^baseUrl /, ''))
  }
  return text
}

/** Parses a token. White space around it is ignored, such as the line break at the end of a file. */
export function parseToken(text: string): string {
  const token = text.trim()
  if (isTokenText(token)) return token
  const problem = token === '' ? 'is empty' : 'has characters that a header cannot carry'
  throw new ConfigError(`the token ${problem}; use visible ASCII characters without spaces.`)
}

/** Parses the source of the token. An empty text stands for no source. */
export function parseTokenSource(text: string): TokenSource | '' {
  if (text === '') return ''
  if (text === 'github' || text === 'google') return { kind: text }
  const [, path] = /^file:(.+)$/.exec(text) ?? []
  if (path !== undefined) return { kind: 'file', path: resolve(path) }
  const quoted = text.length > MAX_QUOTED ? 'the value' : JSON.stringify(text)
  throw new ConfigError(`${quoted} is not valid; use github, google or file:PATH.`)
}

/** Parses the audience of a token. An empty text means the default. */
export function parseAudience(text: string): string {
  if (text === '' || isTokenText(text)) return text
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use visible ASCII characters without spaces.`)
}

/** Parses a time in seconds. Returns milliseconds. */
export function parseTimeout(text: string): number {
  const seconds = /^\d{1,5}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0
  if (seconds > 0 && seconds <= MAX_TIMEOUT_S) return Math.round(seconds * 1_000)
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use a number of seconds from 0.001 to ${MAX_TIMEOUT_S}.`)
}
