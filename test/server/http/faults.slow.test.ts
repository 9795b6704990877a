import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Answer, type Api, openApis } from '../../support/api.ts'
import { eventually } from '../../support/eventually.ts'
import { findUnshare, serveOnTinyDisk } from '../../support/full-disk.ts'
import { messageOf } from '../../support/hostile.ts'
import { startLoad } from '../../support/load.ts'
import { mongoSkipReason } from '../../support/mongo-storage.ts'
import { proxiedMongo } from '../../support/proxied-mongo.ts'
import { expectNotFound } from '../../support/refusals.ts'
import { sendJson } from '../../support/send-json.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { sqliteStorage } from '../../support/storage.ts'
import { countStored } from '../../support/stored-count.ts'
import type { TcpProxy } from '../../support/tcp-proxy.ts'

// The server gives up on a store after 5 s. The rest is for a busy machine.
const GIVES_UP_MS = 10_000

/** Starts a server and a client of each protocol. They are closed when the test ends. */
async function serveForTest(args: readonly string[]): Promise<{ server: ServeProcess; apis: Api[] }> {
  const server = await spawnServe(args)
  const apis = openApis(server.url)
  onTestFinished(async () => {
    for (const api of apis) api.close()
    await server.stop()
  })
  return { server, apis }
}

/** Registers over each protocol at once, and checks that each call fails in time because the store is unavailable. */
async function expectUnavailable(apis: readonly Api[], name: string): Promise<void> {
  const start = performance.now()
  const answers = await Promise.all(
    apis.map(({ protocol, attempt }) => attempt('register', { ...service(name), revision_tag: `9.0.0-${protocol}` })),
  )
  expect(performance.now() - start).toBeLessThan(GIVES_UP_MS)
  for (const answer of answers) expectIsUnavailable(answer)
  expect.soft(new Set(answers.map(messageOf)).size, 'different messages').toBe(1)
}

function expectIsUnavailable(answer: Answer): void {
  if (answer.ok) expect.fail(`acknowledged: ${JSON.stringify(answer.response)}`)
  const { error } = answer
  expect(error).toMatchObject(error.code === undefined ? { status: 503 } : { code: 'unavailable' })
  expect(error.message).toMatch(/store/)
  expect(error.message).not.toMatch(/\n\s+at |Mongo|SQLITE|127\.0\.0\.1/i)
}

const service = (name: string) => ({ namespace: 'my-org', name })
const statusOf = async (url: string, path: string) => (await sendJson(url, path)).status

const noMongo = mongoSkipReason
describe.skipIf(noMongo)(`an unreachable MongoDB${noMongo ? ` (${noMongo})` : ''}`, () => {
  test.each([
    ['refuses connections', (proxy: TcpProxy) => proxy.cut()],
    ['does not answer', (proxy: TcpProxy) => proxy.freeze()],
    ['loses its answers', (proxy: TcpProxy) => proxy.loseAnswers()],
  ])(
    'a MongoDB that %s is reported as unavailable in time, and every acknowledged registration survives',
    async (_how, fail) => {
      const { proxy, proxied, storage, close } = await proxiedMongo()
      onTestFinished(close)
      const { server, apis } = await serveForTest(['--store', proxied])
      const load = startLoad([...apis, ...apis])
      const allHaveMore = (than: readonly number[]) => load.counts.every((count, client) => count > (than[client] ?? 0))
      await eventually('every client registers', async () => allHaveMore(load.counts.map(() => 2)))

      fail(proxy)
      await expectUnavailable(apis, 'meanwhile')
      expect(await statusOf(server.url, '/livez')).toBe(200)
      expect(await statusOf(server.url, '/readyz')).toBe(503)
      await eventually('every client is refused', async () => new Set(load.refusals.map((r) => r.client)).size === 6)

      proxy.restore()
      await eventually('the server is ready again', async () => (await statusOf(server.url, '/readyz')) === 200)
      const before = [...load.counts]
      await eventually('every client registers again', async () => allHaveMore(before))
      await load.stop()

      for (const { answer, ms } of load.refusals) {
        expectIsUnavailable(answer)
        expect(ms).toBeLessThan(GIVES_UP_MS)
      }
      const [rest] = apis
      for (const { name, revision_tag } of load.acknowledged) {
        const answer = await rest?.attempt('get', { namespace: 'load', name, revision_tag })
        expect(answer, `${name}:${revision_tag}`).toMatchObject({ ok: true, response: { revision: { revision_tag } } })
      }
      await expectHighestIsDefault(rest, load.acknowledged)
      // Nothing was stored twice. Each registration has one entry, and a refused registration may have none.
      const refusedForGood = 3
      const stored = await countStored(storage.location)
      expect(stored).toBeGreaterThanOrEqual(load.acknowledged.length)
      expect(stored).toBeLessThanOrEqual(load.acknowledged.length + refusedForGood)
    },
  )
})

/** Checks that the default of each service is its highest registered version, although registrations were retried. */
async function expectHighestIsDefault(
  api: Api | undefined,
  acknowledged: readonly { readonly name: string; readonly revision_tag: string }[],
): Promise<void> {
  const parts = (tag: string) => tag.split('.').map(Number)
  const value = (tag: string) => parts(tag).reduce((sum, part) => sum * 100_000 + part, 0)
  const highest = new Map<string, string>()
  for (const { name, revision_tag } of acknowledged) {
    if (value(revision_tag) > value(highest.get(name) ?? '0.0.0')) highest.set(name, revision_tag)
  }
  for (const [name, revision_tag] of highest) {
    const answer = await api?.attempt('get', { namespace: 'load', name })
    expect(answer).toMatchObject({ ok: true, response: { revision: { revision_tag, is_default: true } } })
  }
}

describe('a SQLite file', () => {
  test('a SQLite file that another process locks is unavailable for writes until it is unlocked', async () => {
    const storage = await sqliteStorage()
    onTestFinished(() => storage.remove())
    const { server, apis } = await serveForTest(['--store', storage.location])
    const [rest] = apis
    await rest?.attempt('register', { ...service('locked'), revision_tag: '1.0.0' })
    const other = new DatabaseSync(storage.location.slice('sqlite:'.length))
    other.exec('BEGIN IMMEDIATE')

    const refused = expectUnavailable(apis, 'locked')
    expect(await rest?.attempt('get', service('locked')), 'reads go on').toMatchObject({ ok: true })
    expect(await statusOf(server.url, '/livez')).toBe(200)
    await refused
    expect(await countStored(storage.location)).toBe(1)

    other.exec('ROLLBACK')
    other.close()
    const again = await Promise.all(
      apis.map(({ protocol, attempt }) =>
        attempt('register', { ...service('locked'), revision_tag: `9.0.0-${protocol}`, is_default: false }),
      ),
    )
    expect(again.map(({ ok }) => ok)).toEqual([true, true, true])
    expect(await rest?.attempt('get', service('locked'))).toMatchObject({
      response: { revision: { revision_tag: '1.0.0' } },
    })
  })

  test('a write to a SQLite file that is locked for half a second waits and succeeds', async () => {
    const storage = await sqliteStorage()
    onTestFinished(() => storage.remove())
    const { apis } = await serveForTest(['--store', storage.location])
    const other = new DatabaseSync(storage.location.slice('sqlite:'.length))
    other.exec('BEGIN IMMEDIATE')
    setTimeout(() => {
      other.exec('COMMIT')
      other.close()
    }, 500)
    const answers = apis.map(({ protocol, attempt }) =>
      attempt('register', { ...service('locked'), revision_tag: protocol, is_default: false }),
    )
    expect((await Promise.all(answers)).map(({ ok }) => ok)).toEqual([true, true, true])
  })

  const unshare = findUnshare()
  const noDisk = 'unavailable' in unshare ? unshare.unavailable : undefined
  // In CI nobody would notice a skipped test, so the test fails instead.
  const isSkipped = noDisk !== undefined && process.env.CI !== 'true'
  test.skipIf(isSkipped)(
    `a SQLite file on a full disk is unavailable for writes, and loses nothing${noDisk ? ` (${noDisk})` : ''}`,
    async () => {
      if ('unavailable' in unshare) throw new Error(unshare.unavailable)
      const server = await serveOnTinyDisk(unshare.flags)
      const apis = openApis(server.url)
      onTestFinished(async () => {
        for (const api of apis) api.close()
        await server.stop()
      })
      const [rest] = apis
      const acknowledged: string[] = []
      const registerUntilRefused = async (series: number): Promise<Answer | undefined> => {
        for (let number = 0; number < 5_000; number++) {
          const revision_tag = `${series}.0.${number}`
          const answer = await rest?.attempt('register', { ...service('full'), revision_tag })
          if (!answer?.ok) return answer
          acknowledged.push(revision_tag)
        }
        throw new Error('5,000 revisions fit on a full disk')
      }
      await rest?.attempt('register', { ...service('full'), revision_tag: '0.1.0' })
      acknowledged.push('0.1.0')

      // The second round fails if the recovery from the first is incomplete.
      for (const series of [1, 2]) {
        server.fill()
        expectIsUnavailable((await registerUntilRefused(series)) as Answer)
        await expectUnavailable(apis, 'full')
        expect(await rest?.attempt('get', service('full')), 'reads go on').toMatchObject({ ok: true })
        expect(await statusOf(server.url, '/livez')).toBe(200)
        expect(await statusOf(server.url, '/readyz'), 'lookups go on').toBe(200)
        expect(await statusOf(server.url, '/readyz?for=writes')).toBe(503)

        server.free()
        const revision_tag = `${series}.1.0`
        await eventually('there is room again', async () => {
          return (await rest?.attempt('register', { ...service('full'), revision_tag }))?.ok === true
        })
        acknowledged.push(revision_tag)
        expect(await statusOf(server.url, '/readyz?for=writes')).toBe(200)
      }
      for (const revision_tag of acknowledged) {
        expect(await rest?.attempt('get', { ...service('full'), revision_tag }), revision_tag).toMatchObject({
          ok: true,
        })
      }
      expect(await rest?.attempt('get', service('full'))).toMatchObject({
        response: { revision: { revision_tag: '2.1.0' } },
      })
    },
  )
})

describe('a default policy', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waypost-policy-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  // Each policy misbehaves for services named `bad-…` and accepts all others.
  const policies = [
    ['throws', 'throws.js', 'throw new Error("a secret of the policy")', false],
    ['throws, in TypeScript', 'throws.ts', 'throw new Error("a secret of the policy") as unknown', false],
    ['throws null', 'throws-null.mjs', 'throw null', false],
    ['rejects', 'rejects.mts', 'return Promise.reject(new Error("a secret of the policy"))', false],
    ['never resolves', 'pending.js', 'return new Promise(() => {})', true],
    ['never resolves, in TypeScript', 'pending.ts', 'return new Promise<boolean>(() => {})', true],
    ['never returns', 'loop.js', 'while (true) {}', true],
    ['never returns, in TypeScript', 'loop.ts', 'for (let n: number = 0; ; n++) {}', true],
    ['returns 1', 'one.js', 'return 1', false],
    ['returns 1, in TypeScript', 'one.ts', 'return 1 as unknown as boolean', false],
    ['returns a promise of 1', 'promise.js', 'return Promise.resolve(1)', false],
    ['returns a word', 'word.js', 'return "true"', false],
    ['returns nothing', 'nothing.js', 'return', false],
    ['returns an object that cannot be printed', 'unprintable.js', 'return Object.create(null)', false],
    ['ends its process', 'exits.js', 'process.exit(0)', false],
    ['throws later in a timer', 'later.js', 'setTimeout(() => { throw 1 }); return new Promise(() => {})', false],
  ] as const
  test.each(policies)(
    'a default policy that %s causes an internal error that names the policy, and nothing is stored',
    async (...row) => {
      const [, file, statement, isSlow] = row
      const path = join(folder, file)
      const parameter = /ts$/.test(file) ? 'candidate: { readonly name: string }' : 'candidate'
      const body = `if (candidate.name.startsWith('bad-')) { ${statement} }\n  return true`
      await writeFile(path, `export default function decide(${parameter}) {\n  ${body}\n}\n`)
      const storage = await sqliteStorage()
      onTestFinished(() => storage.remove())
      const { server, apis } = await serveForTest(['--store', storage.location, '--default-policy', path])

      for (const round of ['first', 'second']) {
        let isAnswered = false
        const refused = Promise.all(
          apis.map(({ protocol, attempt }) =>
            attempt('register', { ...service(`bad-${protocol.toLowerCase()}`), revision_tag: '1.0.0' }),
          ),
        ).finally(() => {
          isAnswered = true
        })
        const others = apis.map(({ protocol, attempt }) =>
          attempt('register', { ...service('bad-other'), revision_tag: `${round}-${protocol}`, is_default: false }),
        )
        expect(
          (await Promise.all(others)).map(({ ok }) => ok),
          'other registrations meanwhile',
        ).toEqual([true, true, true])
        expect(await statusOf(server.url, '/readyz')).toBe(200)
        if (isSlow) expect(isAnswered, 'others had to wait').toBe(false)

        const answers = await refused
        for (const answer of answers) {
          if (answer.ok) expect.fail(JSON.stringify(answer.response))
          const { error } = answer
          expect(error).toMatchObject(error.code === undefined ? { status: 500 } : { code: 'internal' })
          expect(error.message).toContain(file)
          expect(error.message).not.toMatch(/secret|\n\s+at /)
        }
        expect.soft(new Set(answers.map(messageOf)).size, 'different messages').toBe(1)
        for (const { protocol, attempt } of apis) {
          const answer = await attempt('get', { ...service(`bad-${protocol.toLowerCase()}`), revision_tag: '1.0.0' })
          expectNotFound(answer)
        }
        const good = { ...service(`good-${round}`), revision_tag: '1.0.0' }
        expect(await apis[0]?.attempt('register', good), 'the policy goes on').toMatchObject({
          response: { revision: { is_default: true } },
        })
      }
      // There were two rounds, each with three other registrations and a good one.
      expect(await countStored(storage.location)).toBe(2 * (3 + 1))
    },
  )
})
