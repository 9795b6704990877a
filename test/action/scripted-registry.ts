import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** An answer that a test prepares; `reset` closes the connection instead. */
export type ScriptedAnswer =
  | 'reset'
  | { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }

/** A request that came in. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A server that gives prepared answers, in their order, and keeps the requests. */
export interface ScriptedRegistry {
  readonly url: string
  readonly received: readonly Received[]
  /** Forgets all earlier answers and requests. */
  script(...answers: readonly ScriptedAnswer[]): void
  close(): void
}

/** Starts such a server on 127.0.0.1. Without a prepared answer, it answers 404. */
export async function startScriptedRegistry(): Promise<ScriptedRegistry> {
  const received: Received[] = []
  const answers: ScriptedAnswer[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    received.push({ method, url, headers, body: await text(request) })
    const answer = answers.shift() ?? { status: 404, body: { error: 'Service revision not found.' } }
    if (answer === 'reset') return void request.socket.destroy()
    const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
    response.writeHead(answer.status, answer.headers).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    script: (...next) => {
      received.length = 0
      answers.splice(0, answers.length, ...next)
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
