import { type PathHandler, refuseMethod, sendJson } from '../http/node-http.ts'

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
  return (request, response, path) => {
    const answer = Object.hasOwn(answers, path) ? answers[path] : undefined
    if (answer === undefined) return false
    if (request.method === 'GET' || request.method === 'HEAD') sendJson(response, 200, answer)
    else refuseMethod(response, 'GET, HEAD')
    return true
  }
}
