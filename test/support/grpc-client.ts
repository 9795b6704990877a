import { fileURLToPath } from 'node:url'
import { fromBinary } from '@bufbuild/protobuf'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import {
  credentials,
  loadPackageDefinition,
  type Metadata,
  type ServiceClientConstructor,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { BadRequestSchema } from '../../gen/google/rpc/error_details_pb.ts'

const ROOT = new URL('../../', import.meta.url)
const DEADLINE_MS = 20_000

const definition = loadSync('waypost/v1/service_registry.proto', {
  keepCase: true,
  includeDirs: ['proto', 'node_modules/google-proto-files'].map((folder) => fileURLToPath(new URL(folder, ROOT))),
})
const { waypost } = loadPackageDefinition(definition) as unknown as {
  waypost: { v1: { ServiceRegistry: ServiceClientConstructor } }
}

/** The code of a failed call in Connect's spelling, its message, and the fields that its BadRequest names. */
export class GrpcError extends Error {
  readonly code: string
  readonly fields: readonly string[]

  constructor({ code, details, metadata }: ServiceError) {
    super(details)
    this.code = (status[code] ?? '').toLowerCase()
    const [encoded] = metadata.get('grpc-status-details-bin')
    this.fields = encoded instanceof Uint8Array ? badFields(statusDetails(encoded)) : []
  }
}

/** A client of grpc-js, made from the `.proto` file itself. */
export interface GrpcClient {
  /** Calls `Register` or `Get`. Rejects with a `GrpcError`. */
  call(method: 'Register' | 'Get', request: object): Promise<{ revision: Record<string, unknown> }>
  close(): void
}

export function openGrpcClient(url: string): GrpcClient {
  const client = new waypost.v1.ServiceRegistry(new URL(url).host, credentials.createInsecure())
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        const deadline = Date.now() + DEADLINE_MS
        client[method]?.(request, { deadline }, (error: ServiceError | null, response: never) =>
          error ? reject(new GrpcError(error)) : resolve(response),
        )
      }),
    close: () => client.close(),
  }
}

/** Calls `Get` with these metadata, on a connection of its own. Rejects with grpc-js's error. */
export function callWithMetadata(url: string, request: object, metadata: Metadata): Promise<unknown> {
  const client = new waypost.v1.ServiceRegistry(new URL(url).host, credentials.createInsecure())
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + DEADLINE_MS
    client.Get?.(request, metadata, { deadline }, (error: ServiceError | null, response: unknown) => {
      client.close()
      if (error) reject(error)
      else resolve(response)
    })
  })
}

/** One `google.protobuf.Any` of an error. */
export interface Detail {
  readonly type: string
  readonly value: Uint8Array
}

/** The fields that the `google.rpc.BadRequest` among these details names. */
export function badFields(details: readonly Detail[]): string[] {
  return details
    .filter(({ type }) => type.endsWith('google.rpc.BadRequest'))
    .flatMap(({ value }) => fromBinary(BadRequestSchema, value).fieldViolations.map(({ field }) => field))
}

// `google.rpc.Status`, of which we generate no code: field 3 holds the details.
function statusDetails(bytes: Uint8Array): Detail[] {
  return lengthDelimited(bytes, 3).map((any) => ({
    type: Buffer.concat(lengthDelimited(any, 1)).toString(),
    value: Buffer.concat(lengthDelimited(any, 2)),
  }))
}

function lengthDelimited(bytes: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(bytes)
  const found: Uint8Array[] = []
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === wanted) found.push(reader.bytes())
    else reader.skip(wireType)
  }
  return found
}
