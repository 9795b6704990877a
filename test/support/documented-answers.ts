import { openApiDocument } from '../../tools/openapi/document.ts'
import { exchange } from './raw-http.ts'

interface Examples {
  readonly [key: string]: { readonly value: unknown }
}

interface Content {
  readonly content: { readonly 'application/json': { readonly examples: Examples } }
}

interface Operation {
  readonly operationId: string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly examples: Examples }[]
  readonly requestBody?: Content
  readonly responses: { readonly [status: string]: Content }
}

/** An operation of the OpenAPI document. */
export interface Route {
  readonly verb: string
  readonly path: string
  readonly operation: Operation
}

/** What a server said, or what the document says that it does. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** An example of an answer, with its key in the document. */
export interface DocumentedAnswer {
  readonly title: string
  readonly route: Route
  readonly key: string
  readonly expected: Answer
}

/** How long a slow request may have to wait for its answer, in milliseconds: a limit of the server's, and more. */
const PATIENCE_MS = 45_000

/** Every operation of the document. */
export function documentedRoutes(): Route[] {
  const { paths } = openApiDocument('') as { paths: Record<string, Record<string, Operation>> }
  return Object.entries(paths).flatMap(([path, { description, ...operations }]) =>
    Object.entries(operations).map(([verb, operation]) => ({ verb: verb.toUpperCase(), path, operation })),
  )
}

/** Every example of an answer of an operation. */
export function documentedAnswers(route: Route): DocumentedAnswer[] {
  const { operationId, responses } = route.operation
  return Object.entries(responses).flatMap(([status, { content }]) =>
    Object.entries(content['application/json'].examples).map(([key, { value }]) => {
      const expected = { status: Number(status), body: value }
      return { title: `${operationId} ${status} ${key}`, route, key, expected }
    }),
  )
}

/** The keys of the documented requests of an operation, in their order. */
export function requestKeys({ operation }: Route): string[] {
  const keys = Object.keys(operation.parameters[0]?.examples ?? {})
  return keys.length > 0 ? keys : Object.keys(operation.responses[200]?.content['application/json'].examples ?? {})
}

/** Sends the documented request of this key, with these values instead of the documented ones. */
export async function sendDocumented(
  url: string,
  route: Route,
  key: string | undefined,
  changes: Readonly<Record<string, unknown>> = {},
  contentType = 'application/json',
): Promise<Answer> {
  const { parameters, requestBody } = route.operation
  const values = parameters.map(({ name, in: place, examples }) => {
    return { name, place, value: name in changes ? changes[name] : examples[key ?? '']?.value }
  })
  const path = values.reduce((text, { name, value }) => text.replace(`{${name}}`, `${value}`), route.path)
  const query = values
    .filter(({ place, value }) => place === 'query' && value !== undefined)
    .map(({ name, value }) => `${name}=${encodeURIComponent(`${value}`)}`)
  const documented = requestBody?.content['application/json'].examples[key ?? '']?.value as object | undefined
  const body = requestBody && {
    headers: { 'content-type': contentType },
    body: JSON.stringify({ ...documented, ...changes }),
  }
  const target = query.length === 0 ? path : `${path}?${query.join('&')}`
  const response = await fetch(`${url}${target}`, { method: route.verb, ...body })
  return { status: response.status, body: await response.json() }
}

/** Sends the first lines of a request for a route, and then these bytes. */
export async function sendRaw(url: string, { verb, path }: Route, rest: string): Promise<Answer> {
  const target = path.replaceAll(/\{\w+\}/g, 'some')
  const head = `${verb} ${target} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`
  const { status, text } = await exchange(url, `${head}${rest}`, { timeoutMs: PATIENCE_MS })
  return { status: status ?? 0, body: text === '' ? undefined : JSON.parse(text) }
}
