import type { TokenFunction } from '../api/client-options.ts'
import { type AudienceOptions, audienceOf } from './audience.ts'
import { getAnswer, parseToken, type TokenAnswer, withinTime } from './token-source.ts'

const REMEDY = 'run in a job of GitHub Actions that has the permission "id-token: write"'

/**
 * Gets the ID token of the job that runs in GitHub Actions. The job needs `permissions: { id-token: write }`. Each token
 * is valid for some minutes, and the client gets another one in time.
 *
 * The function reads the variables `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` when it needs a
 * token. It rejects if they are missing, if GitHub refuses, or after 10 seconds.
 *
 * @throws {@link RegistryError} with the code `invalid_argument` if there is no audience.
 * @example
 * import { createRegistryClient } from 'waypost'
 *
 * const baseUrl = 'https://registry.example.com'
 * const registry = createRegistryClient({ baseUrl, token: githubToken({ audience: `${baseUrl}/services` }) })
 */
export function githubToken(options: AudienceOptions): TokenFunction {
  const audience = audienceOf(options)
  return async ({ signal }) => {
    const url = requestUrl()
    url.searchParams.set('audience', audience)
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN')}`,
    }
    const answer = await withinTime('GitHub', signal, (limited) => getAnswer(url, headers, limited))
    return parseToken(idTokenOf(answer), 'GitHub')
  }
}

function requestUrl(): URL {
  const text = variable('ACTIONS_ID_TOKEN_REQUEST_URL')
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return new URL(text)
  throw new Error(`the variable ACTIONS_ID_TOKEN_REQUEST_URL is not an http or https URL; ${REMEDY}.`)
}

function variable(name: string): string {
  const value = process.env[name]
  if (value) return value
  throw new Error(`the variable ${name} is not set; ${REMEDY}.`)
}

function idTokenOf({ status, text }: TokenAnswer): string {
  if (status !== 200) throw new Error(`GitHub answered HTTP ${status} to the request for an ID token; ${REMEDY}.`)
  const value = parseValue(text)
  if (typeof value === 'string') return value
  throw new Error('the answer of GitHub has no ID token; check the variable ACTIONS_ID_TOKEN_REQUEST_URL.')
}

function parseValue(json: string): unknown {
  try {
    return JSON.parse(json)?.value
  } catch {
    // The error of the parser would quote the answer, which may contain a token.
    return undefined
  }
}
