import type { HeadersFunction, HeaderValues, RegistryOptions } from '../api/client-options.ts'
import type { Call } from './call.ts'
import { normalizeHeaders, whyNoHeader } from './checks/header.ts'
import { headersFailed, type Named } from './errors.ts'

/**
 * The caller's headers of every request, or a function that gets the headers of one request. The function rejects with
 * `HEADERS_FAILED` if the caller returns no headers, or headers that cannot be sent.
 */
export type GetHeaders = HeaderValues | ((call: Call) => Promise<HeaderValues>)

/** The caller's headers for the requests to a registry: fixed headers, or the headers that a function returns. */
export function createHeaders({ headers = {}, token }: RegistryOptions, registry: Named): GetHeaders {
  if (typeof headers !== 'function') return normalizeHeaders(headers)
  return async ({ signal, progress }) => {
    progress.registry = registry
    progress.waitsFor = 'headers'
    const given = await callFunction(headers, signal, registry)
    progress.waitsFor = undefined
    if (typeof given !== 'object' || given === null) {
      throw headersFailed(registry, 'did not return an object; return an object with the names and values of headers.')
    }
    for (const [name, value] of Object.entries(given)) {
      const why = whyNoHeader(name, value, token !== undefined)
      if (why !== undefined)
        throw headersFailed(registry, `returned a header that cannot be sent: ${JSON.stringify(name)} ${why}`)
    }
    return normalizeHeaders(given)
  }
}

async function callFunction(headers: HeadersFunction, signal: AbortSignal, registry: Named): Promise<HeaderValues> {
  try {
    return await headers({ signal })
  } catch (cause) {
    throw headersFailed(registry, 'failed; see the cause of this error.', cause)
  }
}
