import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** A request of either HTTP version. */
export type NodeRequest = IncomingMessage | Http2ServerRequest

/** A response of either HTTP version. */
export type NodeResponse = ServerResponse | Http2ServerResponse
