import { create, toBinary } from '@bufbuild/protobuf'
import { RegisterRequestSchema } from '../../gen/waypost/v1/service_registry_pb.ts'
import { GRPC_HEADERS, grpcMessage } from '../grpc.ts'
import { type FrameClient, type FramedCall, openFrameClient, toFramedCall } from './frame-client.ts'

const TAG = '1.0.0'
const REST_BODY = Buffer.from(JSON.stringify({ revision_tag: TAG }))
const CONNECTIONS = 8
export const IN_FLIGHT = 64

/** Makes the request that registers the first revision of a service. */
export type Registration = (name: string) => FramedCall

/** A registration over gRPC. */
export const overGrpc: Registration = (name) => {
  const message = create(RegisterRequestSchema, { namespace: 'bench', name, revisionTag: TAG })
  const body = grpcMessage(toBinary(RegisterRequestSchema, message))
  return toFramedCall({ method: 'POST', paths: ['/waypost.v1.ServiceRegistry/Register'], headers: GRPC_HEADERS, body })
}

/** The same over REST. */
export const overRest: Registration = (name) => {
  const headers = { 'content-type': 'application/json', 'content-length': String(REST_BODY.length) }
  return toFramedCall({ method: 'POST', paths: [`/services/bench/${name}`], headers, body: REST_BODY })
}

/** A client that registers new services, with 64 calls in flight. */
export class Registrar implements Disposable {
  readonly #client: FrameClient
  #sent = 0

  private constructor(client: FrameClient) {
    this.#client = client
  }

  static async open(origin: string): Promise<Registrar> {
    return new Registrar(await openFrameClient(origin, CONNECTIONS))
  }

  /** The number of answers so far. They may be errors, so compare it with the number of stored services. */
  get count(): number {
    return this.#sent
  }

  /** Resolves with the answers a second. */
  async registerFor(seconds: number, registration: Registration): Promise<number> {
    const [start, before] = [performance.now(), this.#sent]
    const caller = async () => {
      while (performance.now() - start < seconds * 1_000) {
        await this.#client.call(registration(`service-${this.#sent++}`))
      }
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, caller))
    return (this.#sent - before) / ((performance.now() - start) / 1_000)
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]()
  }
}
