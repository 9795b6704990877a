import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type Answer, type Api, type Fields, type Method, openApis, type Protocol } from './api.ts'
import { sendJson } from './send-json.ts'
import { type ServeProcess, spawnServe } from './serve.ts'
import type { Storage } from './storage.ts'
import { countStored } from './stored-count.ts'

/**
 * A server that a test attacks. After each test it must be alive, and its store must have the same number of records.
 */
export interface Target {
  readonly url: string
  readonly pid: number
  /** One client of each protocol: Connect, gRPC, REST. */
  readonly apis: readonly Api[]
  /** Announces that the test itself stored this number of revisions. */
  stored(revisions: number): void
}

/** Starts a server for the tests of this `describe`, and checks after each of them that the server is unharmed. */
export function attackedServer(createStorage: () => Promise<Storage>, args: readonly string[] = []): Target {
  let storage: Storage
  let server: ServeProcess
  let apis: readonly Api[] = []
  let expected = 0
  beforeAll(async () => {
    storage = await createStorage()
    server = await spawnServe(['--store', storage.location, ...args])
    apis = openApis(server.url)
  })
  afterEach(async () => {
    expect(server.child.exitCode, server.stderr()).toBeNull()
    expect(await sendJson(server.url, '/livez')).toMatchObject({ status: 200 })
    const before = expected
    // A test that stores too much must not make the tests behind it fail too.
    expected = await countStored(storage.location)
    expect(expected, 'number of stored records').toBe(before)
  })
  afterAll(async () => {
    for (const api of apis) api.close()
    await server?.stop()
    await storage?.remove()
  })
  return {
    get url() {
      return server.url
    },
    get pid() {
      return server.child.pid ?? 0
    },
    get apis() {
      return apis
    },
    stored: (revisions) => {
      expected += revisions
    },
  }
}

/** Text by which the name of a source file, ours or Node's, is recognized in an answer. */
const STACK_TRACE = /\n\s+at |node:internal|node_modules|\.[jt]s:\d/

/** The expected answer to bad input. */
export interface Expected {
  readonly status?: number
  readonly code?: string
  /** The reason, over every protocol. Default: it is not checked. */
  readonly reason?: string
  /** The field that the error names. Its message must contain the name too. */
  readonly field?: string
  readonly says?: RegExp
}

/** Checks one protocol's refusal of bad input. */
export function expectRefused(answer: Answer, expected: Expected, protocol: Protocol | undefined): void {
  const { status = 400, code = 'invalid_argument', reason, field, says } = expected
  if (answer.ok) expect.fail(`${protocol} accepted it: ${JSON.stringify(answer.response)}`)
  const { error } = answer
  if (protocol === 'REST') expect(error.status, protocol).toBe(status)
  else expect(error.code, protocol).toBe(code)
  expect(error.message, protocol).not.toMatch(STACK_TRACE)
  expect(error.message.length, protocol).toBeGreaterThan(10)
  expect(error.message.length, protocol).toBeLessThan(1000)
  if (says) expect(error.message, protocol).toMatch(says)
  if (reason) expect(error.reason, protocol).toBe(reason)
  if (!field) return
  expect(error.message, protocol).toContain(field)
  expect(error.fields, `${protocol} names the field`).toEqual([field])
}

/** Checks that the call is refused over each protocol, with the same message. */
export async function expectAllRefused(
  apis: readonly Api[],
  call: readonly [method: Method, request: Fields],
  expected: Expected,
): Promise<void> {
  const answers = await attemptAll(apis, call)
  for (const [index, answer] of answers.entries()) expectRefused(answer, expected, apis[index]?.protocol)
  expect.soft(new Set(answers.map((answer) => messageOf(answer))).size, 'different messages').toBe(1)
}

/**
 * Checks that a read of a namespace, name or tag that the grammar does not allow is refused over each protocol. REST
 * answers "not found", so that clients that ask several registries go on to the next. Its message ends with that of the
 * other protocols.
 */
export async function expectReadRefused(
  apis: readonly Api[],
  call: readonly [method: Method, request: Fields],
  expected: Expected & { readonly field: string },
): Promise<void> {
  const answers = await attemptAll(apis, call)
  const [words] = answers.flatMap((answer, index) => (apis[index]?.protocol === 'REST' ? [] : [messageOf(answer)]))
  const reason = expected.field === 'revision_tag' ? 'REVISION_NOT_FOUND' : 'SERVICE_NOT_FOUND'
  const metadata = expected.field === 'revision_tag' ? {} : { service_exists: false }
  for (const [index, answer] of answers.entries()) {
    const protocol = apis[index]?.protocol
    if (protocol !== 'REST') {
      expectRefused(answer, { reason: `INVALID_${expected.field.toUpperCase()}`, ...expected }, protocol)
      expect(messageOf(answer), protocol).toBe(words)
    } else {
      expectRefused(answer, { field: expected.field, status: 404, reason }, protocol)
      expect(messageOf(answer), protocol).toBe(`Service revision not found. ${words}`)
      expect(answer, protocol).toMatchObject({ error: { metadata } })
    }
  }
}

function attemptAll(
  apis: readonly Api[],
  [method, request]: readonly [method: Method, request: Fields],
): Promise<Answer[]> {
  return Promise.all(apis.map((api) => api.attempt(method, request)))
}

/** The message of a refusal; undefined if the call succeeded. */
export function messageOf(answer: Answer): string | undefined {
  return answer.ok ? undefined : answer.error.message
}

/** Checks the body of an error that the server sent before it knew the protocol. */
export function expectErrorBody(text: string): void {
  expect(readErrorBody(text)).toEqual({ error: expect.any(String), reason: expect.stringMatching(/^[A-Z_]+$/) })
}

/** Checks that the body of a REST error has this reason and, if a field is given, names this field. */
export function expectRestError(text: string, reason: string, field?: string): void {
  const { error, metadata, ...facts } = readErrorBody(text)
  const fields = [{ field, description: expect.stringMatching(/\w{3}/) }]
  expect(facts).toEqual({ reason, ...(field !== undefined && { fields }) })
}

function readErrorBody(text: string): Record<string, unknown> {
  expect(text).not.toMatch(STACK_TRACE)
  const body = JSON.parse(text) as Record<string, unknown>
  expect(body.error).toEqual(expect.stringMatching(/\w{3}/))
  return body
}
