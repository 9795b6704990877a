import type { Agent, IncomingMessage } from 'node:http'
import type { Cancellation } from '../calls/cancellation.ts'
import { tooLarge } from './connect-codec.ts'
import type { IncomingAnswer, OutgoingCall, Target } from './exchange.ts'

/** Sends a request over HTTP/1.1. Without an agent, the connection is one of Node's global agent. */
export function sendOverHttp1(
  { host, port, isTls, tls }: Target,
  { method, path, headers, body, maxBytes }: OutgoingCall,
  cancellation: Cancellation,
  agent?: Agent,
): Promise<IncomingAnswer> {
  // An `import` of node:http would also load the `fetch` of Node, because it reads every export.
  const { request } = process.getBuiltinModule(isTls ? 'node:https' : 'node:http')
  const options = { ...tls, host, port, method, path, headers, ...(agent && { agent }) }
  return new Promise((resolve, reject) => {
    const sent = request(options, (head: IncomingMessage) => {
      const chunks: Uint8Array[] = []
      let size = 0
      head.on('error', reject)
      head.on('data', (chunk: Uint8Array) => {
        chunks.push(chunk)
        size += chunk.length
        if (size <= maxBytes) return
        reject(tooLarge(maxBytes))
        sent.destroy()
      })
      head.on('end', () => {
        resolve({ status: head.statusCode ?? 0, headers: head.headers, body: Buffer.concat(chunks) })
      })
    })
    sent.on('error', reject)
    cancellation.onCancel((reason) => {
      reject(reason)
      sent.destroy()
    })
    sent.end(body)
  })
}
