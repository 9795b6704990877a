import { Code, ConnectError } from '@connectrpc/connect'
import type { Compression } from '@connectrpc/connect/protocol'
import { compressionGzip } from '@connectrpc/connect-node'

/** The one compression that is accepted, for every protocol. Output beyond the limit is `ResourceExhausted`. */
export const gzip: Compression = {
  ...compressionGzip,
  decompress: async (bytes, maxBytes) => {
    try {
      return await compressionGzip.decompress(bytes, maxBytes)
    } catch (error) {
      // The library calls broken input a failure of the server.
      const { code } = ConnectError.from(error)
      throw code === Code.Internal ? new ConnectError('the body is not valid gzip', Code.InvalidArgument) : error
    }
  },
}
