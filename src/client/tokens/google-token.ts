import type { TokenFunction } from '../api/client-options.ts'
import { findConnectionFailure } from '../transports/connection-failure.ts'
import { type AudienceOptions, audienceOf } from './audience.ts'
import { getAnswer, parseToken, type TokenAnswer, withinTime } from './token-source.ts'

const PATH = '/computeMetadata/v1/instance/service-accounts/default/identity'

const ELSEWHERE =
  'elsewhere, get a token with "gcloud auth print-identity-token --impersonate-service-account=ACCOUNT ' +
  '--audiences=AUDIENCE --include-email"'

/**
 * Gets an ID token of the service account of the machine from the metadata server of Google Cloud: on Compute Engine,
 * Cloud Run, Cloud Functions, GKE and Cloud Build. Each token is valid for an hour, and the client gets another one in
 * time.
 *
 * The variable `GCE_METADATA_HOST` names another metadata server. The function does not use the credentials of `gcloud`
 * on a laptop: their tokens cannot have an audience. It rejects if there is no metadata server, or after 10 seconds.
 *
 * @throws {@link RegistryError} with the code `invalid_argument` if there is no audience.
 * @example
 * import { createRegistryClient } from 'waypost'
 *
 * const baseUrl = 'https://registry.example.com'
 * const registry = createRegistryClient({ baseUrl, token: googleToken({ audience: `${baseUrl}/services` }) })
 */
export function googleToken(options: AudienceOptions): TokenFunction {
  const audience = audienceOf(options)
  return async ({ signal }) => {
    const host = process.env.GCE_METADATA_HOST || 'metadata.google.internal'
    const url = identityUrl(host)
    // Only the full format has the e-mail address of the service account.
    url.search = new URLSearchParams({ audience, format: 'full' }).toString()
    const source = `the metadata server ${host}`
    const answer = await withinTime(source, signal, (limited) => ask(url, limited, source))
    return parseToken(textOf(answer, source), source)
  }
}

function identityUrl(host: string): URL {
  const text = `http://${host}${PATH}`
  if (/^[\w.:[\]-]+$/.test(host) && URL.canParse(text)) return new URL(text)
  throw new Error(`the variable GCE_METADATA_HOST is ${JSON.stringify(host)}; use a host, with a port if it has one.`)
}

async function ask(url: URL, signal: AbortSignal, source: string): Promise<TokenAnswer> {
  try {
    return await getAnswer(url, { 'metadata-flavor': 'Google' }, signal)
  } catch (error) {
    const failure = findConnectionFailure(error)
    if (failure === undefined) throw error
    throw new Error(`${source} cannot be reached (${failure.code}); run on Google Cloud, or ${ELSEWHERE}.`)
  }
}

// Another server, such as the page on which a hotel asks for a login, does not send the header.
function textOf({ status, headers, text }: TokenAnswer, source: string): string {
  if (headers['metadata-flavor'] !== 'Google') {
    throw new Error(`${source} is not one of Google (HTTP ${status}); run on Google Cloud, or ${ELSEWHERE}.`)
  }
  if (status === 200) return text
  throw new Error(`${source} answered HTTP ${status}; check that the machine has a service account.`)
}
