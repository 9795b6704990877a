import { sleep, untilAborted } from '../calls/call.ts'
import { cancellationOf } from '../calls/cancellation.ts'
import { isTokenText } from '../calls/checks/header.ts'
import { findConnectionFailure } from '../transports/connection-failure.ts'
import { parseTarget } from '../transports/exchange.ts'
import { sendOverHttp1 } from '../transports/http1.ts'

/** The longest time that a source of tokens has, in milliseconds. */
const LIMIT_MS = 10_000

/** The largest token, and the largest answer that has one, in bytes. */
export const MAX_TOKEN_BYTES = 64 * 1024

/** The pauses before the second and the third try, in milliseconds. */
const PAUSES_MS = [100, 400]

/** The answer of a source of tokens. */
export interface TokenAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
}

/**
 * Does the work of a source of tokens within its time. Rejects as soon as the signal aborts, even if the work does not
 * react.
 */
export async function withinTime<T>(
  source: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  limitMs = LIMIT_MS,
): Promise<T> {
  const limit = AbortSignal.timeout(limitMs)
  const either = AbortSignal.any([signal, limit])
  try {
    return await untilAborted(either, work(either))
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error
    throw new Error(`${source} gave no token within ${limitMs / 1_000} seconds; try again later.`)
  }
}

/**
 * Sends a GET without following redirects. It is sent up to 3 times while the server is unreachable, busy or broken. No
 * error contains a header or a body.
 */
export async function getAnswer(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<TokenAnswer> {
  for (let tries = 0; ; tries++) {
    const pause = PAUSES_MS[tries]
    try {
      const answer = await send(url, headers, signal)
      if (pause === undefined || !isPassing(answer.status)) return answer
    } catch (error) {
      if (pause === undefined || !isRetried(error)) throw error
    }
    await sleep(pause, signal)
  }
}

/** The token in a text, without the white space around it. `source` names its origin for the error. */
export function parseToken(text: string, source: string): string {
  const token = text.trim()
  if (isTokenText(token)) return token
  const problem = token === '' ? 'is empty' : 'has spaces or characters that a header cannot carry'
  throw new Error(`the token of ${source} ${problem}; it must be visible ASCII characters without spaces.`)
}

async function send(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<TokenAnswer> {
  const call = { method: 'GET', path: `${url.pathname}${url.search}`, headers, body: undefined } as const
  const sized = { ...call, maxBytes: MAX_TOKEN_BYTES }
  const answer = await sendOverHttp1(parseTarget(url.href), sized, cancellationOf(signal))
  return { status: answer.status, headers: answer.headers, text: new TextDecoder().decode(answer.body) }
}

function isPassing(status: number): boolean {
  return status === 429 || status >= 500
}

// A name that does not exist now does not exist in a second either.
function isRetried(error: unknown): boolean {
  const code = findConnectionFailure(error)?.code
  return code !== undefined && code !== 'ENOTFOUND'
}
