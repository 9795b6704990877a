import { GRPC_HEADERS, grpcMessage, textField, trueField } from './grpc.ts'
import type { Request } from './request.ts'

const KEY = 'bench/service'

/** `etcdserverpb.KV/Put` with a `PutRequest`: field 1 is the key, and field 2 the value. */
export function put(valueBytes: number): Request {
  return toRequest('Put', [textField(1, KEY), textField(2, 'x'.repeat(valueBytes))])
}

/** `etcdserverpb.KV/Range` with a `RangeRequest`: field 1 is the key, and field 7 asks the member alone. */
export function serializableRange(): Request {
  return toRequest('Range', [textField(1, KEY), trueField(7)])
}

function toRequest(method: string, fields: readonly Buffer[]): Request {
  return {
    ...{ version: 'HTTP/2', method: 'POST', paths: [`/etcdserverpb.KV/${method}`], headers: GRPC_HEADERS },
    body: grpcMessage(Buffer.concat(fields)),
  }
}
