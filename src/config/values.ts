import { resolve } from 'node:path'
import { codeSchemes } from '../domain/uri.ts'
import { ConfigError } from './config-error.ts'

/** Parses `true` or `false`. */
export function parseSwitch(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use true or false.`)
}

/** The name of a built-in policy, or the path of a module. Whether the module exists is checked when it is loaded. */
export function parseDefaultPolicy(text: string): string {
  if (text !== '') return text
  throw new ConfigError(
    '"" is not valid; use latest-semver, latest-stable, latest-pep440, manual, or the path of a JavaScript or TypeScript module.',
  )
}

/** Resolves a path. Whether the file exists is checked when it is read. */
export function parsePath(text: string): string {
  return text === '' ? '' : resolve(text)
}

/** Parses schemes of URIs with commas between them, such as `sip,coap`. Each is returned in lower case. */
export function parseEndpointSchemes(text: string): readonly string[] {
  if (text === '') return []
  return text.split(',').map((given) => {
    const scheme = given.trim().toLowerCase()
    if (/^[a-z][a-z0-9+.-]{0,62}$/.test(scheme) && !codeSchemes.includes(scheme)) return scheme
    throw new ConfigError(
      `${JSON.stringify(given.trim())} is not valid; use a scheme such as sip, without "://", except ${codeSchemes.join(', ')}.`,
    )
  })
}
