import { create, toBinary } from '@bufbuild/protobuf'
import { RegisterRequestSchema } from '../../gen/waypost/v1/service_registry_pb.ts'
import { GRPC_HEADERS, grpcMessage } from '../grpc.ts'
import type { Http2Call } from './http2-client.ts'

const TAG = '1.0.0'
const REST_BODY = Buffer.from(JSON.stringify({ revision_tag: TAG }))

/** Registers the first revision of a service over gRPC. */
export function grpcRegistration(name: string): Http2Call {
  const message = create(RegisterRequestSchema, { namespace: 'bench', name, revisionTag: TAG })
  return {
    headers: { ':method': 'POST', ':path': '/waypost.v1.ServiceRegistry/Register', ...GRPC_HEADERS },
    body: grpcMessage(toBinary(RegisterRequestSchema, message)),
    status: 200,
  }
}

/** The same over REST. */
export function restRegistration(name: string): Http2Call {
  return {
    headers: { ':method': 'POST', ':path': `/services/bench/${name}`, 'content-type': 'application/json' },
    body: REST_BODY,
    status: 201,
  }
}
