import { toHostName } from '../server/http/host-rule.ts'
import { ConfigError } from './config-error.ts'

/** Parses origins with commas between them. Each is as a browser sends it (`https://app.example.com`), or `*` for any. */
export function parseCorsOrigins(text: string): readonly string[] {
  const origins = text.split(',').map((origin) => origin.trim())
  for (const origin of origins) {
    if (text === '' || origin === '*' || isOrigin(origin)) continue
    throw new ConfigError(
      `${JSON.stringify(origin)} is not valid; use an origin such as https://app.example.com, without a path or a slash at its end, or use *.`,
    )
  }
  return text === '' ? [] : origins
}

/**
 * Parses host names and addresses with commas between them, or `*` for any host. They have no scheme and no port, and
 * the port of a request does not matter.
 */
export function parseAllowedHosts(text: string): readonly string[] {
  if (text === '') return []
  return text.split(',').map((part) => {
    const given = part.trim()
    const host = given === '*' ? given : toHostName(given)
    // A port would be left out, and its operator would not notice.
    if (host !== undefined && !/^[^[:]+:|\]:/.test(given)) return host
    throw new ConfigError(
      `${JSON.stringify(given)} is not valid; use a host name or an address, such as registry.example.com, without a scheme and a port, or use *.`,
    )
  })
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && !text.includes('*')
}
