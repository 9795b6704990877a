import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { type Answer, type Caller, openCallers, sendJson } from './protocols.ts'
import { type ServeProcess, spawnServe } from './serve.ts'
import type { Storage } from './storage.ts'
import { countStored } from './stored-count.ts'

/** A server that a test is hostile to. After each test it must be alive, and hold what it held before. */
export interface Target {
  readonly url: string
  readonly pid: number
  /** One of each protocol: REST, Connect, gRPC. */
  readonly callers: readonly Caller[]
  /** Says that the test stored so many revisions itself. */
  stored(revisions: number): void
}

/** Starts a server for the tests of this `describe`, and checks after each of them that it came to no harm. */
export function attackedServer(createStorage: () => Promise<Storage>): Target {
  let storage: Storage
  let server: ServeProcess
  let callers: readonly Caller[] = []
  let expected = 0
  beforeAll(async () => {
    storage = await createStorage()
    server = await spawnServe(['--store', storage.location])
    callers = openCallers(server.url)
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
    for (const caller of callers) caller.close()
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
    get callers() {
      return callers
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
export function expectRefused(answer: Answer, expected: Expected, protocol: Caller['protocol'] | undefined): void {
  const { status = 400, code = 'invalid_argument', field, says } = expected
  if (answer.ok) expect.fail(`${protocol} accepted it: ${JSON.stringify(answer.revision)}`)
  if (protocol === 'REST') expect(answer.status, protocol).toBe(status)
  else expect(answer.code, protocol).toBe(code)
  expect(answer.message, protocol).not.toMatch(STACK_TRACE)
  expect(answer.message.length, protocol).toBeGreaterThan(10)
  expect(answer.message.length, protocol).toBeLessThan(1000)
  if (says) expect(answer.message, protocol).toMatch(says)
  if (!field) return
  expect(answer.message, protocol).toContain(field)
  if (protocol !== 'REST') expect(answer.fields, `${protocol} names the field`).toEqual([field])
}

/** Checks that each caller is refused in the same words. */
export async function expectAllRefused(
  callers: readonly Caller[],
  call: (caller: Caller) => Promise<Answer>,
  expected: Expected,
): Promise<void> {
  const answers = await Promise.all(callers.map(call))
  for (const [index, answer] of answers.entries()) expectRefused(answer, expected, callers[index]?.protocol)
  expect.soft(new Set(answers.map((answer) => (answer.ok ? '' : answer.message))).size, 'different messages').toBe(1)
}

/** Checks the text of an answer that is REST's, or that was given before the protocol was known. */
export function expectErrorBody(text: string): void {
  const body = JSON.parse(text) as Record<string, unknown>
  expect(Object.keys(body)).toEqual(['error'])
  expect(body.error).toEqual(expect.stringMatching(/\w{3}/))
  expect(text).not.toMatch(STACK_TRACE)
}
