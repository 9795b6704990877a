import { Code, ConnectError } from '@connectrpc/connect'
import type { Compression } from '@connectrpc/connect/protocol'
import { compressionGzip } from '@connectrpc/connect-node'

/**
 * The only compression that every protocol accepts. It throws `ResourceExhausted` if the output exceeds the limit, and
 * `InvalidArgument` if the input is not valid.
 */
export const gzip: Compression = {
  ...compressionGzip,
  decompress: async (bytes, maxBytes) => {
    try {
      return await compressionGzip.decompress(bytes, maxBytes)
    } catch (error) {
      throw translate(error, maxBytes)
    }
  },
}

function translate(error: unknown, maxBytes: number): ConnectError {
  if (ConnectError.from(error).code === Code.ResourceExhausted) {
    const message = `the request body is larger than ${maxBytes} bytes after decompression; send at most ${maxBytes} bytes.`
    return new ConnectError(message, Code.ResourceExhausted)
  }
  // The library reports some broken input as a failure of the server.
  return new ConnectError('the body is not valid gzip; send gzip, or an uncompressed body.', Code.InvalidArgument)
}
