import type { TokenFunction } from '../api/client-options.ts'
import { selector } from '../calls/checks/check.ts'
import { jwtExpiry } from '../calls/token.ts'
import { MAX_TOKEN_BYTES, parseToken, withinTime } from './token-source.ts'

/** How long the client uses a token before the file is read again, and how long before its end the client replaces it. */
const [READ_AGAIN_MS, EARLY_MS] = [60_000, 30_000]

/**
 * Gets the token from a file that another program keeps up to date, such as a projected token of a Kubernetes service
 * account. The client reads the file again after a minute, 30 seconds before the token expires, and at once if the
 * registry refuses the token. White space around the token is ignored.
 *
 * The function rejects if the file cannot be read within 10 seconds, or has more than 64 KiB.
 *
 * @param path The path of the file. A relative path is relative to the working directory of the process.
 * @throws {@link RegistryError} with the code `invalid_argument` if there is no path.
 * @example
 * import { createRegistryClient } from 'waypost'
 *
 * const token = fileToken('/var/run/secrets/tokens/waypost')
 * const registry = createRegistryClient({ baseUrl: 'https://registry.example.com', token })
 */
export function fileToken(path: string): TokenFunction {
  selector(path, 'path')
  const source = `the file ${JSON.stringify(path)}`
  return async ({ signal }) => {
    const text = await withinTime(source, signal, (limited) => readText(path, limited, source))
    const token = parseToken(text, source)
    return {
      token,
      expiresAt: Math.min(Date.now() + READ_AGAIN_MS + EARLY_MS, jwtExpiry(token) ?? Number.POSITIVE_INFINITY),
    }
  }
}

async function readText(path: string, signal: AbortSignal, source: string): Promise<string> {
  const chunks: Buffer[] = []
  try {
    const { createReadStream } = process.getBuiltinModule('node:fs')
    // One byte more than a token may have.
    for await (const chunk of createReadStream(path, { end: MAX_TOKEN_BYTES, signal })) chunks.push(chunk)
  } catch (error) {
    const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException
    throw new Error(`${source} cannot be read (${code}); check the path and its permissions.`)
  }
  const bytes = Buffer.concat(chunks)
  if (bytes.length <= MAX_TOKEN_BYTES) return bytes.toString('utf8')
  throw new Error(`${source} has more than ${MAX_TOKEN_BYTES} bytes, so it is no token; check the path.`)
}
