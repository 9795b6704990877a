import { Agent } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { rotateKeys } from '../../src/call-tokens/keys/key-directory.ts'
import { rotationTimes } from '../../src/call-tokens/keys/key-schedule.ts'
import { cacheTimes, KeyCache } from '../../src/verify-call-token/key-cache.ts'
import { verifyWith } from '../../src/verify-call-token/verify-call-token.ts'
import { startInProcess } from '../support/in-process.ts'
import { sendJson } from '../support/send-json.ts'
import { newKeyDirectory } from '../support/signing-keys.ts'
import { sqliteStorage } from '../support/storage.ts'

// The same as rotation.test.ts, with real servers, requests and time. Servers look at the directory each second, verifiers
// read the keys again after a second, and a key signs 6 seconds after it was made.

const UNTIL_DUE_MS = 6_000
const FRESH_MS = 1_000
const ROTATIONS = 3
const CALLERS = 4

const publicUrl = 'https://registry.example.com'
const revision = 'my-org/my-service:1.2.9'

test('keys are replaced on two servers under load without one failed verification', async () => {
  const directory = await newKeyDirectory()
  const storage = await sqliteStorage()
  const issuer = { kind: 'jwt', publicUrl, signingKeys: directory } as const
  const start = () => startInProcess(storage, { callTokens: { publicUrl, issuer } })
  const servers = await Promise.all([start(), start()])
  const agent = new Agent({ keepAlive: true })
  onTestFinished(async () => {
    agent.destroy()
    await Promise.all(servers.map((server) => server.close()))
    await storage.remove()
  })
  const [{ url }] = servers
  await sendJson(url, '/services/my-org/my-service', { body: { revision_tag: '1.2.9' } })

  const outcome = { verified: 0, refused: [] as string[], surprises: 0, kids: new Set<string>() }
  const verifiers = servers.map((server) => {
    let readAt = Number.NEGATIVE_INFINITY
    const read = (address: string, init: RequestInit) => {
      // The cache looks at its clock a little earlier than this.
      if (performance.now() - readAt < FRESH_MS - 50) outcome.surprises++
      readAt = performance.now()
      return fetch(address, init)
    }
    const times = { ...cacheTimes, freshMs: FRESH_MS, pauseMs: 0 }
    const cache = new KeyCache({ url: `${server.url}/.well-known/jwks.json`, fetch: read, times })
    return (token: string) => verifyWith(cache, token, { registry: publicUrl, revision })
  })

  let isOver = false
  const call = async (caller: number) => {
    const server = servers[caller % servers.length]
    while (!isOver) {
      const body = { revision_tag: '1.2.9' }
      const { text } = await sendJson(server?.url ?? '', '/services/my-org/my-service/token', { body, agent })
      const token: string = JSON.parse(text).access_token
      outcome.kids.add(JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid)
      for (const verify of verifiers) {
        await verify(token).then(
          () => outcome.verified++,
          (error: Error) => outcome.refused.push(error.message),
        )
      }
    }
  }
  const calls = Promise.all(Array.from({ length: CALLERS }, (_, caller) => call(caller)))
  for (let rotation = 0; rotation < ROTATIONS; rotation++) {
    await rotateKeys(directory, Date.now(), { ...rotationTimes, untilDueMs: UNTIL_DUE_MS })
    await new Promise((resolve) => setTimeout(resolve, UNTIL_DUE_MS + 1_000))
  }
  isOver = true
  await calls
  expect(outcome).toMatchObject({ refused: [], surprises: 0 })
  expect(outcome.kids.size).toBe(ROTATIONS + 1)
  expect(outcome.verified).toBeGreaterThan(1_000)
})
