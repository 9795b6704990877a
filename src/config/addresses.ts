import { ConfigError } from './config-error.ts'

/** Parses a host name or an address to listen on. */
export function parseHost(text: string): string {
  if (/^[\w.:-]+$/.test(text)) return text
  throw new ConfigError(
    `${JSON.stringify(text)} is not valid; use an address or a host name, such as 127.0.0.1 or 0.0.0.0.`,
  )
}

/** Parses a TCP port. The system chooses a port for 0. */
export function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use a whole number from 0 (any free port) to 65535.`)
}

/** Parses a TCP port as `parsePort` does. The empty text stands for no port. */
export function parseOptionalPort(text: string): number | undefined {
  return text === '' ? undefined : parsePort(text)
}

/** Parses the path below which the server offers REST: empty, or absolute. Removes one slash at its end. */
export function parseBasePath(text: string): string {
  const path = text.replace(/\/$/, '')
  if (path === '' || /^(?:\/[\w.~-]+)+$/.test(path)) return path
  throw new ConfigError(
    `${JSON.stringify(text)} is not valid; use a path such as /api/integrations/octue, with letters, digits, "-", ".", "_" or "~" between its slashes.`,
  )
}

/** Parses the URL of a collector of traces. The empty text stands for none. */
export function parseOtlpEndpoint(text: string): string | undefined {
  if (text === '') return undefined
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text
  throw new ConfigError(
    `${JSON.stringify(text)} is not valid; use an http or https URL, such as http://127.0.0.1:4318.`,
  )
}
