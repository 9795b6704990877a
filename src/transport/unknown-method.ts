import { Code, ConnectError } from '@connectrpc/connect'
import { errorToJson } from '@connectrpc/connect/protocol-connect'
import { type NodeRequest, type NodeResponse, sendJson } from './node-http.ts'
import { drain } from './request-body.ts'

/**
 * Answers a call of a method that does not exist, in the words of the protocol that it is made in; false where it is no
 * RPC: neither its type is one of gRPC or of Connect's own, nor its path below a service that is served.
 */
export function refuseUnknownMethod(
  services: ReadonlySet<string>,
  request: NodeRequest,
  response: NodeResponse,
  path: string,
): boolean {
  const type = request.headers['content-type'] ?? ''
  const [, service = '', method, ...more] = path.split('/')
  const isBelowService = services.has(service) && method !== undefined && more.length === 0
  if (/^application\/grpc(?:-web)?(?:[+;]|$)/.test(type)) refuseGrpc(response, type, path)
  else if (isBelowService || isConnect(request, type)) refuseConnect(response, path)
  else return false
  drain(request)
  return true
}

function isConnect(request: NodeRequest, type: string): boolean {
  return type.startsWith('application/connect+') || request.headers['connect-protocol-version'] !== undefined
}

// An answer without a body has its status in the head: gRPC's own term is Trailers-Only. `writeHead` would put the end of
// an HTTP/2 stream into a frame of its own, and clients would take the answer for one that was cut off.
function refuseGrpc(response: NodeResponse, type: string, path: string): void {
  response.statusCode = 200
  response.setHeader(
    'content-type',
    type.startsWith('application/grpc-web') ? 'application/grpc-web' : 'application/grpc',
  )
  response.setHeader('grpc-status', `${Code.Unimplemented}`)
  response.setHeader('grpc-message', explain(path))
  response.end()
}

// Connect's specification has 404 for a path that is not there, and 501 for a method that says so itself.
function refuseConnect(response: NodeResponse, path: string): void {
  const error = new ConnectError(explain(path), Code.Unimplemented)
  sendJson(response, 404, JSON.stringify(errorToJson(error, undefined)))
}

function explain(path: string): string {
  return `no method has the path ${encodeURI(path.slice(0, 300))}`
}
