import { nameRoute, type PathHandler } from '../http/exchange.ts'
import { refuseMethod, sendJson } from '../http/send.ts'

/** The name and the version of a server. */
export interface ServerInfo {
  readonly name: string
  readonly version: string
}

/** Serves `/` and `/version`: the name and the version of the server and, at `/`, links to its other paths. */
export function createRootIndex({ name, version }: ServerInfo, basePath: string): PathHandler {
  const links = {
    services: `${basePath}/services`,
    openapi: `${basePath}/openapi.json`,
    live: `${basePath}/livez`,
    ready: `${basePath}/readyz`,
  }
  const answers: Readonly<Record<string, string>> = {
    '/': JSON.stringify({ name, version, links }),
    '/version': JSON.stringify({ name, version }),
  }
  return (exchange, path) => {
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined
    if (answer === undefined) return false
    nameRoute(exchange, path)
    if (exchange.method === 'GET' || exchange.method === 'HEAD') sendJson(exchange, 200, answer)
    else refuseMethod(exchange, 'GET, HEAD')
    return true
  }
}
