import type { ExchangeHandler } from '../../src/server/http/exchange.ts'
import type { NodeRequest, NodeResponse } from '../../src/server/http/node-http.ts'

/** Handles the requests of a listener with Node's own objects. */
export type NodeHandler = (request: NodeRequest, response: NodeResponse) => void

/** A handler of exchanges that calls this one. */
export function onNode(handler: NodeHandler): ExchangeHandler {
  return (exchange) => {
    const { request, response } = exchange.toNode()
    handler(request, response)
  }
}
