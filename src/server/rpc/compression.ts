import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect'
import { quote } from '../../domain/errors.ts'

/**
 * Throws `Unimplemented` if a request has another compression than gzip. As the specifications ask, the metadata of the
 * error tell which compression is accepted.
 */
export function requireKnownCompression(context: HandlerContext): void {
  const [name, accepts] = headersOf(context)
  const given = context.requestMethod === 'GET' ? ofQuery(context) : context.requestHeader.get(name)
  if (given === null || given === 'identity' || given === 'gzip') return
  const message = `the ${name} ${quote(given)} is not supported; use gzip or identity.`
  throw new ConnectError(message, Code.Unimplemented, { [accepts]: 'gzip' })
}

function ofQuery({ url }: HandlerContext): string | null {
  return new URL(url).searchParams.get('compression')
}

function headersOf({ protocolName, method }: HandlerContext): readonly [encoding: string, accepts: string] {
  if (protocolName !== 'connect') return ['grpc-encoding', 'grpc-accept-encoding']
  return method.methodKind === 'unary'
    ? ['content-encoding', 'accept-encoding']
    : ['connect-content-encoding', 'connect-accept-encoding']
}
