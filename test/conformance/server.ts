import { create, fromBinary, type Message, toBinary } from '@bufbuild/protobuf'
import { openAccess } from '../../src/domain/access/access-control.ts'
import { PageTurns } from '../../src/server/call/page-turns.ts'
import { CallPipeline } from '../../src/server/call/pipeline.ts'
import { createHandler } from '../../src/server/http/handler.ts'
import { defaultLimits } from '../../src/server/limits.ts'
import { createListener } from '../../src/server/listen/listener.ts'
import { createRpcHandler } from '../../src/server/rpc/rpc.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'
import { delimited, readDelimited } from './delimited.ts'
import { readProtos } from './protos.ts'
import { addConformanceStreams, conformanceMethods } from './service.ts'

// The server program for the suite's runner, which starts it once for each configuration. It has our listener, our
// handler and our RPC pipeline, with the suite's service instead of the registry's.

interface Credentials {
  readonly cert: Uint8Array
  readonly key: Uint8Array
}

interface ServerRequest {
  readonly useTls: boolean
  readonly clientTlsCert: Uint8Array
  readonly messageReceiveLimit: number
  readonly serverCreds?: Credentials
}

const { message, registry } = readProtos()
const [RequestSchema, ResponseSchema] = [message('ServerCompatRequest'), message('ServerCompatResponse')]

for await (const bytes of readDelimited(process.stdin)) {
  const request = fromBinary(RequestSchema, bytes) as Message & ServerRequest
  const tls = request.useTls ? request.serverCreds : undefined
  const { port } = await serve(request, tls)
  const response = create(ResponseSchema, { host: '127.0.0.1', port, ...(tls ? { pemCert: tls.cert } : {}) })
  process.stdout.write(delimited(toBinary(ResponseSchema, response)))
}

function serve({ clientTlsCert, messageReceiveLimit }: ServerRequest, tls: Credentials | undefined) {
  const limits = messageReceiveLimit === 0 ? defaultLimits : { ...defaultLimits, bodyBytes: messageReceiveLimit }
  const pipeline = new CallPipeline({
    log: silentLogger,
    originRule: undefined,
    access: openAccess,
    pages: new PageTurns(defaultLimits.pages),
  })
  const methods = conformanceMethods
  const rpc = createRpcHandler({
    methods,
    streams: addConformanceStreams,
    pipeline,
    limits,
    log: silentLogger,
    registry,
  })
  const handler = createHandler({ basePath: '', ownsRoot: true, everywhere: [rpc], log: silentLogger, limits })
  const text = (pem: Uint8Array) => Buffer.from(pem).toString()
  const clientCa = clientTlsCert.byteLength === 0 ? {} : { clientCa: text(clientTlsCert) }
  const material = tls && { cert: text(tls.cert), key: text(tls.key), ...clientCa }
  return createListener(handler, { limits, tls: material, log: silentLogger }).listen('127.0.0.1', 0)
}
