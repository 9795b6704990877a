import { Code, ConnectError, type Interceptor } from '@connectrpc/connect'

/**
 * Turns the error for an answer that breaks the protocol into `internal`. Connect reports `invalid_argument` for some
 * of these errors, as if the caller were at fault. Only a registry can report that, and its errors come over the wire.
 */
export const blameBrokenAnswers: Interceptor = (next) => async (request) => {
  try {
    const response = await next(request)
    return response.stream ? { ...response, message: blamingWithin(response.message) } : response
  } catch (error) {
    throw blame(error)
  }
}

async function* blamingWithin<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages
  } catch (error) {
    throw blame(error)
  }
}

function blame(error: unknown): unknown {
  if (!(error instanceof ConnectError) || error.isWireError || error.code !== Code.InvalidArgument) return error
  return new ConnectError(error.rawMessage, Code.Internal, error.metadata, undefined, error)
}
