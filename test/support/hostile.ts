import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type Answer, type Api, type Fields, type Method, openApis, type Protocol } from './api.ts'
import { sendJson } from './send-json.ts'
import { type ServeProcess, spawnServe } from './serve.ts'
import type { Storage } from './storage.ts'
import { countStored } from './stored-count.ts'

/** A server that a test is hostile to. After each test it must be alive, and hold what it held before. */
export interface Target {
  readonly url: string
  readonly pid: number
  /** One client of each protocol: Connect, gRPC, REST. */
  readonly apis: readonly Api[]
  /** Says that the test stored so many revisions itself. */
  stored(revisions: number): void
}

/** Starts a server for the tests of this `describe`, and checks after each of them that it came to no harm. */
export function attackedServer(createStorage: () => Promise<Storage>): Target {
  let storage: Storage
  let server: ServeProcess
  let apis: readonly Api[] = []
  let expected = 0
  beforeAll(async () => {
    storage = await createStorage()
    server = await spawnServe(['--store', storage.location])
    apis = openApis(server.url)
  })
  afterEach(async () => {
    expect(server.child.exitCode, server.stderr()).toBeNull()
    expect(await sendJson(server.url, '/livez')).toMatchObject({ status: 200 })
    const before = expected
    // One test that stores what it should not is one failure.
    expected = await countStored(storage.location)
    expect(expected, 'what is stored').toBe(before)
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

/** The places in an answer by which one of our own, or of Node's, files would be recognized. */
const STACK_TRACE = /\n\s+at |node:internal|node_modules|\.[jt]s:\d/

/** What an answer to bad input must be. */
export interface Expected {
  readonly status?: number
  readonly code?: string
  /** The field that Connect and gRPC name in a BadRequest, and all protocols in the message. */
  readonly field?: string
  readonly says?: RegExp
}

/** Checks one protocol's refusal of bad input. */
export function expectRefused(answer: Answer, expected: Expected, protocol: Protocol | undefined): void {
  const { status = 400, code = 'invalid_argument', field, says } = expected
  if (answer.ok) expect.fail(`${protocol} accepted it: ${JSON.stringify(answer.response)}`)
  const { error } = answer
  if (protocol === 'REST') expect(error.status, protocol).toBe(status)
  else expect(error.code, protocol).toBe(code)
  expect(error.message, protocol).not.toMatch(STACK_TRACE)
  expect(error.message.length, protocol).toBeGreaterThan(10)
  expect(error.message.length, protocol).toBeLessThan(1000)
  if (says) expect(error.message, protocol).toMatch(says)
  if (!field) return
  expect(error.message, protocol).toContain(field)
  if (protocol !== 'REST') expect(error.fields, `${protocol} names the field`).toEqual([field])
}

/** Checks that the call is refused over each protocol in the same words. */
export async function expectAllRefused(
  apis: readonly Api[],
  [method, request]: readonly [method: Method, request: Fields],
  expected: Expected,
): Promise<void> {
  const answers = await Promise.all(apis.map((api) => api.attempt(method, request)))
  for (const [index, answer] of answers.entries()) expectRefused(answer, expected, apis[index]?.protocol)
  expect.soft(new Set(answers.map((answer) => messageOf(answer))).size, 'different messages').toBe(1)
}

/** The message of a refusal; undefined if the call succeeded. */
export function messageOf(answer: Answer): string | undefined {
  return answer.ok ? undefined : answer.error.message
}

/** Checks the text of an answer that is REST's, or that was given before the protocol was known. */
export function expectErrorBody(text: string): void {
  const body = JSON.parse(text) as Record<string, unknown>
  // One of the three bodies with one key, or an error with its reason.
  if (Object.keys(body).length > 1) expect(body.reason).toEqual(expect.stringMatching(/^[A-Z_]+$/))
  expect(body.error).toEqual(expect.stringMatching(/\w{3}/))
  expect(text).not.toMatch(STACK_TRACE)
}
