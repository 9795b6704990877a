import { Code, ConnectError } from '@connectrpc/connect'
import { describeFailure, findConnectionFailure } from './connection-failure.ts'
import { withUnavailableBody } from './web-body.ts'

type Fetch = typeof globalThis.fetch

/**
 * A `fetch` that follows no redirect and rejects with `unavailable` if no answer arrives. Connect would ask `fetch` to
 * fail at a redirect, but Cloudflare Workers refuse every request that asks for that.
 */
export function createFetch(send: Fetch | undefined): Fetch {
  return async (input, init) => {
    const response = await sendOnce(send ?? globalThis.fetch, input, { ...init, redirect: 'manual' })
    // Browsers hide the status of a redirect. The other platforms show it, so Connect refuses it.
    if (response.type === 'opaqueredirect') throw new ConnectError('a redirect to another URL', Code.Unknown)
    return withUnavailableBody(response)
  }
}

async function sendOnce(send: Fetch, input: Parameters<Fetch>[0], init: RequestInit): Promise<Response> {
  try {
    return await send(input, init)
  } catch (error) {
    if (error instanceof ConnectError || init.signal?.aborted) throw error
    throw new ConnectError(whyNoAnswer(error, `${input}`), Code.Unavailable, undefined, undefined, error)
  }
}

function whyNoAnswer(error: unknown, url: string): string {
  const cors = ': there is no connection, or CORS does not allow this page to read the answer'
  return `${describe(error)}${isOfAnotherOrigin(url) ? cors : ''}`
}

// Node says only "fetch failed", and gives the failure as the cause.
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, cause } = error
  if (!(cause instanceof Error)) return message
  const failure = findConnectionFailure(cause)
  return `${message}: ${failure ? describeFailure(failure) : cause.message || cause.name}`
}

// Only a browser has the address of a page, and only a browser checks CORS.
function isOfAnotherOrigin(url: string): boolean {
  const { location } = globalThis as { readonly location?: { readonly origin: string } }
  return location !== undefined && location.origin !== new URL(url).origin
}
