import { Code, ConnectError } from '@connectrpc/connect'

/**
 * The same response. Its body rejects with `unavailable` if the connection is cut: browsers and Node reject with a
 * `TypeError` then, and Cloudflare Workers with a plain `Error`, like a decoder that cannot read a body.
 */
export function withUnavailableBody(response: Response): Response {
  const { body } = response
  let stream: ReadableStream | undefined
  return Object.defineProperties(response, {
    json: { value: () => orUnavailable(Response.prototype.json.call(response)) },
    arrayBuffer: { value: () => orUnavailable(Response.prototype.arrayBuffer.call(response)) },
    // A body has only one reader, which `json` and `arrayBuffer` need.
    body: {
      get: () => {
        stream ??= body === null ? undefined : streamOf(body)
        return stream ?? null
      },
    },
  })
}

async function orUnavailable<T>(read: Promise<T>): Promise<T> {
  try {
    return await read
  } catch (error) {
    throw toUnavailable(error)
  }
}

function streamOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader()
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await orUnavailable(reader.read())
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

// A body that is not JSON is a `SyntaxError`. A call that ends is an `AbortError`.
function toUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof SyntaxError || error.name === 'AbortError') return error
  return new ConnectError(`the answer was cut off: ${error.message}`, Code.Unavailable, undefined, undefined, error)
}
