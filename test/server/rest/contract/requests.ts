import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect } from 'vitest'
import type { RunningServer } from '../../../../src/start-server.ts'
import { everyApi, type Fields } from '../../../support/api.ts'
import { requireBodyForPeople } from '../../../support/error-texts.ts'
import { type InProcessOptions, startInProcess } from '../../../support/in-process.ts'
import { type Storage, sqliteStorage } from '../../../support/storage.ts'

/** The four protocols, with one way to call each. */
export const fourProtocols = {
  ...{ Connect: everyApi.Connect, gRPC: everyApi.gRPC },
  ...{ 'gRPC-Web': everyApi['gRPC-Web'], REST: everyApi.REST },
}

/** A whole answer over HTTP/1.1. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The text as JSON; undefined if there is no text. */
  readonly body: Fields | undefined
}

export interface RequestOptions {
  /** Text is sent as it is, anything else as JSON. Only the headers of `headers` go with it. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string | string[]>>
}

/** Sends a request with no header that the test does not name, except `Host` and the length of the body. */
export function send(url: string, method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const { body, headers = {} } = options
  const bytes = body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : toJson(body)
  const length = bytes === undefined ? {} : { 'content-length': Buffer.byteLength(bytes) }
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, agent: false, headers: { ...length, ...headers } })
    request.on('error', reject).on('response', (response) => {
      const { statusCode: status = 0, headers } = response
      const toAnswer = (whole: string): Answer => {
        if (status >= 400) requireBodyForPeople(whole)
        return { status, headers, text: whole, body: parseText(whole) }
      }
      text(response).then(toAnswer).then(resolve, reject)
    })
    request.end(bytes)
  })
}

/** A server for the tests of one file, and a service for each test. */
export interface ContractServer {
  readonly url: string
  send(method: string, path: string, options?: RequestOptions): Promise<Answer>
  /** The path of a service that does not exist yet. */
  newService(): string
  /** Registers revisions of a new service and resolves with its path. */
  serviceWith(...tags: readonly string[]): Promise<string>
  /** The JSON that GET answers with 200. */
  get(path: string): Promise<Fields>
}

/** Starts a server on SQLite before the tests of a file, and stops it after them. */
export function contractServer(options?: InProcessOptions): ContractServer {
  let storage: Storage
  let server: RunningServer
  let count = 0
  beforeAll(async () => {
    storage = await sqliteStorage()
    server = await startInProcess(storage, options)
  })
  afterAll(async () => {
    await server.close()
    await storage.remove()
  })
  const newService = () => `${options?.basePath ?? ''}/services/my-org/my-service-${++count}`
  const sendHere: ContractServer['send'] = (...args) => send(server.url, ...args)
  return {
    get url() {
      return server.url
    },
    send: sendHere,
    newService,
    serviceWith: async (...tags) => {
      const path = newService()
      for (const tag of tags) {
        expect(await sendHere('POST', path, { body: { revision_tag: tag } })).toMatchObject({ status: 201 })
      }
      return path
    },
    get: async (path) => {
      const answer = await sendHere('GET', path)
      expect(answer, path).toMatchObject({ status: 200 })
      return answer.body ?? {}
    },
  }
}

/** The names of the fields that an error is about. */
export function fieldsOf({ body }: Answer): readonly string[] {
  return ((body?.fields ?? []) as { field: string }[]).map(({ field }) => field)
}

function toJson(value: unknown): string {
  return JSON.stringify(value)
}

function parseText(text: string): Fields | undefined {
  return text === '' ? undefined : (JSON.parse(text) as Fields)
}
