import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRegistryHandler, openStore } from '../../src/server.ts'
import { sqliteStorage } from './storage.ts'

/** Decides about one request: it passes it to the registry, answers it, or leaves it without an answer. */
export type Gate = (request: IncomingMessage, response: ServerResponse, pass: () => void) => void

/** A request of a client. */
export interface SentRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** A real registry on 127.0.0.1, behind a gate that a test controls. */
export interface GatedRegistry {
  readonly url: string
  /** Every request so far, including those that the gate stopped. */
  readonly requests: readonly SentRequest[]
  /** Decides from now on. */
  setGate(gate: Gate): void
  /** Lets every request through again, and forgets the earlier requests. */
  reset(): void
  close(): Promise<void>
}

/** Lets every request through. */
export const open: Gate = (_request, _response, pass) => pass()

/** Answers every request itself. */
export function answer(status: number, body = '', contentType = 'text/plain'): Gate {
  return (_request, response) => response.writeHead(status, { 'content-type': contentType }).end(body)
}

/** Never answers. */
export const silent: Gate = () => {}

/** Starts a registry with an open gate. */
export async function startGatedRegistry(): Promise<GatedRegistry> {
  const storage = await sqliteStorage()
  const store = await openStore(storage.location)
  const handler = createRegistryHandler({ store })
  const requests: SentRequest[] = []
  let gate = open
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers })
    gate(request, response, () => handler(request, response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    setGate: (next) => {
      gate = next
    },
    reset: () => {
      gate = open
      requests.length = 0
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await store.close()
      await storage.remove()
    },
  }
}
