import type { Exchange } from './exchange.ts'

/** Answers with JSON, as text or as UTF-8. */
export function sendJson(
  exchange: Exchange,
  status: number,
  json: string | Uint8Array,
  headers?: Readonly<Record<string, string>> | undefined,
): void {
  exchange.send({ status, headers: headers === undefined ? JSON_HEADERS : { ...JSON_HEADERS, ...headers }, body: json })
}

/** The headers of every answer that is JSON. */
export const JSON_HEADERS = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' }

/** The parts of an error's answer in addition to its text. */
export interface ErrorFacts {
  /** More keys of the body. */
  readonly facts?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** Answers with the error body of the REST contract. */
export function sendError(
  exchange: Exchange,
  status: number,
  message: string,
  { facts = {}, headers }: ErrorFacts = {},
): void {
  sendJson(exchange, status, JSON.stringify({ error: message, ...facts }), headers)
}

/** The text for an HTTP method that a path does not allow. It is part of the REST contract. */
export const INVALID_METHOD = 'Invalid request method.'

/** Answers 405 for an HTTP method that the path does not allow. `allow` lists the allowed methods. */
export function refuseMethod(exchange: Exchange, allow: string): void {
  sendError(exchange, 405, INVALID_METHOD, { headers: { allow } })
}
