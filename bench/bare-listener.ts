import { once } from 'node:events'
import { createServer as createHttp1Server } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { defaultLimits as limits } from '../src/server/limits.ts'
import type { Answer, Request } from './request.ts'

// The program that `startBareListener` forks. It receives the answer, and sends back its port.
const [{ version, answer }] = (await once(process, 'message')) as [{ version: Request['version']; answer: Answer }]
const server = version === 'HTTP/2' ? bareHttp2(answer) : bareHttp1(answer)
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
// Ends when the benchmark ends, for whatever reason.
process.once('disconnect', () => process.exit())

function bareHttp1({ status, headers, body }: Answer) {
  // Node writes the timeout into a header, and the bytes must be the same as a registry's.
  return createHttp1Server({ keepAliveTimeout: limits.keepAliveMs }, (request, response) => {
    request.resume()
    response.writeHead(status, headers)
    response.end(body)
  })
}

function bareHttp2({ status, headers, body, trailers }: Answer) {
  const waitForTrailers = Object.keys(trailers).length > 0
  const server = createHttp2Server({ settings: { maxConcurrentStreams: limits.concurrentStreams } })
  return server.on('stream', (stream: ServerHttp2Stream) => {
    stream.resume()
    stream.respond({ ':status': status, ...headers }, { waitForTrailers })
    if (waitForTrailers) stream.once('wantTrailers', () => stream.sendTrailers(trailers))
    stream.end(body)
  })
}
