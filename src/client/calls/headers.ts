import type { HeadersFunction, HeaderValues, RegistryOptions } from '../api/client-options.ts'
import type { Call } from './call.ts'
import { whyNoHeader } from './checks/header.ts'
import { headersFailed, type Named } from './errors.ts'

/** Gets the caller's headers of one request. Rejects with `HEADERS_FAILED` if they can't be had or can't be sent. */
export type GetHeaders = (call: Call) => Promise<HeaderValues>

/** The caller's headers for the requests to a registry: always the same ones, or those of a function. */
export function createHeaders({ headers = {}, token }: RegistryOptions, registry: Named): GetHeaders {
  if (typeof headers !== 'function') return async () => headers
  return async ({ signal }) => {
    const given = await callFunction(headers, signal, registry)
    if (typeof given !== 'object' || given === null) {
      throw headersFailed(registry, 'their function did not return an object')
    }
    for (const [name, value] of Object.entries(given)) {
      const why = whyNoHeader(name, value, token !== undefined)
      if (why !== undefined) throw headersFailed(registry, `${JSON.stringify(name)} ${why}`)
    }
    return given
  }
}

async function callFunction(headers: HeadersFunction, signal: AbortSignal, registry: Named): Promise<HeaderValues> {
  try {
    return await headers({ signal })
  } catch (cause) {
    throw headersFailed(registry, 'their function failed', cause)
  }
}
