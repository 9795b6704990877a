import { Code, ConnectError, type Interceptor } from '@connectrpc/connect'

/**
 * Has an answer that breaks the protocol fail as `internal`. Connect calls some of what it finds wrong with an answer
 * `invalid_argument`, as if it were the caller's fault; that is the registry's to say, and comes over the wire.
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
