import document from '../../docs/openapi.json' with { type: 'json' }
import { exchange } from './raw-http.ts'

interface Examples {
  readonly [key: string]: { readonly value: unknown }
}

interface Content {
  readonly content?: { readonly 'application/json': { readonly examples: Examples } }
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly examples?: Examples
}

interface Operation {
  readonly operationId: string
  readonly parameters: readonly Parameter[]
  readonly requestBody?: Content
  readonly responses: { readonly [status: string]: Content }
}

/** An operation of the OpenAPI document. */
export interface Route {
  readonly verb: string
  readonly path: string
  readonly operation: Operation
}

/** The answer of a server, or the one that the document shows. */
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

/** How a request differs from the documented one. */
export interface Changes {
  /** Values of fields instead of the documented ones; undefined: the field is left out. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>>
}

/** How long a slow request may have to wait for its answer, in milliseconds: a limit of the server's, and more. */
const PATIENCE_MS = 45_000

/** Every operation of the committed document. */
export function documentedRoutes(): Route[] {
  const paths = document.paths as unknown as Record<string, Record<string, Operation>>
  return Object.entries(paths).flatMap(([path, { description, ...operations }]) =>
    Object.entries(operations).map(([verb, operation]) => ({ verb: verb.toUpperCase(), path, operation })),
  )
}

/** Every example of an answer of an operation. */
export function documentedAnswers(route: Route): DocumentedAnswer[] {
  const { operationId, responses } = route.operation
  return Object.entries(responses).flatMap(([status, response]) =>
    Object.entries(examplesOf(response)).map(([key, { value }]) => {
      const expected = { status: Number(status), body: value }
      return { title: `${operationId} ${status} ${key}`, route, key, expected }
    }),
  )
}

/** The keys of the documented requests of an operation, in their order. */
export function requestKeys({ operation }: Route): string[] {
  const keys = Object.keys(operation.parameters[0]?.examples ?? {})
  return keys.length > 0 ? keys : Object.keys(examplesOf(operation.responses[200]))
}

/** Sends the documented request of this key, with some changes. */
export async function sendDocumented(
  url: string,
  route: Route,
  key: string | undefined,
  changes: Changes = {},
): Promise<Answer> {
  const response = await fetchDocumented(url, route, key, changes)
  const text = await response.text()
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

/** The same, for those who need more of the response than its status and its body. */
export function fetchDocumented(
  url: string,
  route: Route,
  key = '',
  { fields = {}, headers = {} }: Changes = {},
): Promise<Response> {
  const documented = examplesOf(route.operation.requestBody)[key]?.value as object | undefined
  const body = route.operation.requestBody && {
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ ...documented, ...withoutParameters(route, fields) }),
  }
  return fetch(`${url}${targetOf(route, key, fields)}`, { method: route.verb, headers, ...body })
}

/** Sends the first lines of a request for a route, and then these bytes. */
export async function sendRaw(url: string, { verb, path }: Route, rest: string, host = 'a'): Promise<Answer> {
  const target = path.replaceAll(/\{\w+\}/g, 'some')
  const head = `${verb} ${target} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n`
  const { status, text } = await exchange(url, `${head}${rest}`, { timeoutMs: PATIENCE_MS })
  return { status: status ?? 0, body: text === '' ? undefined : JSON.parse(text) }
}

function targetOf({ path, operation }: Route, key: string, fields: Readonly<Record<string, unknown>>): string {
  const values = operation.parameters.map(({ name, in: place, examples }) => {
    return { name, place, value: name in fields ? fields[name] : resolved(examples)[key]?.value }
  })
  const filled = values.reduce((text, { name, value }) => text.replace(`{${name}}`, `${value}`), path)
  const unknown = operation.requestBody ? {} : withoutParameters({ operation }, fields)
  const inQuery = values.filter(({ place, value }) => place === 'query' && value !== undefined)
  const query = [...inQuery, ...Object.entries(unknown).map(([name, value]) => ({ name, value }))].map(
    ({ name, value }) => `${name}=${encodeURIComponent(`${value}`)}`,
  )
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`
}

function withoutParameters({ operation }: Pick<Route, 'operation'>, fields: Readonly<Record<string, unknown>>) {
  const inBody = Object.entries(fields).filter(([name]) => !operation.parameters.some((each) => each.name === name))
  return Object.fromEntries(inBody)
}

// Examples that several operations have are among the components.
function resolved(examples: Examples = {}): Examples {
  const shared: Examples = document.components.examples
  const all = Object.entries(examples).map(([key, example]) => {
    const name = '$ref' in example ? String(example.$ref).split('/').at(-1) : undefined
    return [key, name === undefined ? example : (shared[name] ?? { value: undefined })] as const
  })
  return Object.fromEntries(all)
}

function examplesOf(content: Content | undefined): Examples {
  return resolved(content?.content?.['application/json'].examples)
}
