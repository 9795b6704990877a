import { fileURLToPath } from 'node:url'
import {
  type ChannelOptions,
  type Client,
  credentials,
  loadPackageDefinition,
  type Metadata,
  type ServiceClientConstructor,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

type Callback = (error: unknown, response: unknown) => void
type Call = ((request: object, callback: Callback) => void) &
  ((request: object, metadata: Metadata, callback: Callback) => void)

/** A client of grpc-js. It reads the .proto file itself, so the client's side contains no code of this project. */
export type GrpcStub = Client & { readonly Register: Call; readonly Get: Call }

export function loadGrpcStub(url: string, options: ChannelOptions = {}): GrpcStub {
  const definition = loadSync('waypost/v1/service_registry.proto', {
    includeDirs: [`${ROOT}proto`, `${ROOT}node_modules/google-proto-files`],
    keepCase: true,
    defaults: true,
  })
  const { waypost } = loadPackageDefinition(definition) as unknown as {
    waypost: { v1: { ServiceRegistry: ServiceClientConstructor } }
  }
  return new waypost.v1.ServiceRegistry(new URL(url).host, credentials.createInsecure(), options) as unknown as GrpcStub
}
