import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect'
import { type ConnectTransportOptions, createConnectTransport } from '@connectrpc/connect-node'
import { blameBrokenAnswers } from './broken-answers.ts'

type NodeTransportOptions = Omit<ConnectTransportOptions & { httpVersion: '1.1' }, 'httpVersion' | 'interceptors'>

/** How the client for Node speaks; the conformance suite runs it with options of its own as well. */
export function createNodeTransport(options: NodeTransportOptions): Transport {
  const interceptors = [sayUnavailable, blameBrokenAnswers]
  return createConnectTransport({ ...options, httpVersion: '1.1', useHttpGet: true, interceptors })
}

// Connect says `aborted` for a connection that was cut, and `internal` for a network without a route.
const sayUnavailable: Interceptor = (next) => async (request) => {
  try {
    return await next(request)
  } catch (error) {
    const failure = findSystemError(error)
    if (failure === undefined || request.signal.aborted) throw error
    throw new ConnectError(failure.message || failure.code, Code.Unavailable, undefined, undefined, error)
  }
}

interface SystemError extends Error {
  readonly code: string
}

/** The error of the operating system that is behind another. */
function findSystemError(error: unknown): SystemError | undefined {
  if (!(error instanceof Error)) return undefined
  return isSystemError(error) ? error : findSystemError(error.cause)
}

// Its codes are the names in errno.h and of getaddrinfo, such as ECONNRESET; Node's own begin with `ERR_`.
function isSystemError(error: Error): error is SystemError {
  return (
    'code' in error &&
    typeof error.code === 'string' &&
    /^E[A-Z0-9]+(?:_[A-Z]+)?$/.test(error.code) &&
    !error.code.startsWith('ERR_')
  )
}
