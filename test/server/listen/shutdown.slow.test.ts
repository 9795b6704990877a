import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Answer, type Api, openApis } from '../../support/api.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { eventually } from '../../support/eventually.ts'
import { exchange, openSocket, readAnswer } from '../../support/raw-http.ts'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

// A call in flight takes half a second here. Idle connections are kept for a minute or more, and the server must not
// wait for them.
const PROMPT_MS = 6_000
const service = { namespace: 'my-org', name: 'my-service' } as const

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-shutdown-'))
  // This policy writes a file when it is asked, and answers half a second later.
  await writeFile(
    join(folder, 'slow.js'),
    `import { writeFileSync } from 'node:fs'
     export default async ({ name, revisionTag }) => {
       if (name === 'quick') return true
       writeFileSync(${JSON.stringify(folder)} + '/asked-' + revisionTag, '')
       await new Promise((resolve) => setTimeout(resolve, 500))
       return true
     }`,
  )
})
afterAll(() => rm(folder, { recursive: true }))

interface Started {
  readonly server: ServeProcess
  readonly apis: readonly Api[]
  /** Everything that the process wrote to stdout so far, after its ready line too. */
  stdout(): string
}

async function start(storage: Storage, ...args: readonly string[]): Promise<Started> {
  const server = await spawnServe(['--store', storage.location, '--default-policy', join(folder, 'slow.js'), ...args])
  let rest = ''
  server.child.stdout?.on('data', (text: string) => {
    rest += text
  })
  const apis = openApis(server.url)
  onTestFinished(async () => {
    for (const api of apis) api.close()
    if (server.child.exitCode === null) await server.stop()
  })
  return { server, apis, stdout: () => `waypost listening on ${server.url}\n${rest}` }
}

let tags = 0
const newTag = () => `slow-${++tags}`

async function policyIsAskedAbout(tag: string): Promise<void> {
  await eventually('the policy is asked', async () => existsSync(join(folder, `asked-${tag}`)))
}

/** Lets a test see whether a call is over. If the call fails, awaiting the answer throws. */
function observe(answer: Promise<Answer> | undefined) {
  let settled = false
  const settle = () => {
    settled = true
  }
  answer?.then(settle, settle)
  return { answer, isSettled: () => settled }
}

/** Sends SIGTERM, and resolves with the exit code and how long it took. */
async function terminate(server: ServeProcess): Promise<{ exitCode: number | null; ms: number }> {
  const begin = performance.now()
  return { exitCode: await server.stop(), ms: performance.now() - begin }
}

function isRefused(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connectTcp(Number(port), hostname)
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true))
    socket.once('connect', () => socket.destroy())
  })
}

describeOnEachStore('SIGTERM', (createStorage) => {
  const newStorage = async () => {
    const storage = await createStorage()
    onTestFinished(() => storage.remove())
    return storage
  }

  test.each(['REST', 'Connect', 'gRPC'])(
    'SIGTERM lets a registration over %s that is in flight finish',
    async (protocol) => {
      const storage = await newStorage()
      const { server, apis } = await start(storage)
      const revision_tag = newTag()
      const api = apis.find((candidate) => candidate.protocol === protocol)
      const { answer: inFlight, isSettled } = observe(api?.attempt('register', { ...service, revision_tag }))
      await policyIsAskedAbout(revision_tag)

      const terminated = terminate(server)
      await eventually('new connections are refused', () => isRefused(server.url))
      expect(isSettled(), 'the port closes before the last answer').toBe(false)
      expect(await inFlight).toMatchObject({ ok: true, response: { revision: { revision_tag, is_default: true } } })
      const { exitCode, ms } = await terminated
      expect(exitCode).toBe(0)
      expect(ms).toBeLessThan(PROMPT_MS)

      const next = await start(storage)
      expect(await next.apis[0]?.attempt('get', service)).toMatchObject({
        ok: true,
        response: { revision: { revision_tag } },
      })
    },
  )

  test('SIGTERM under load loses no acknowledged registration', async () => {
    const storage = await newStorage()
    const { server, apis } = await start(storage)
    const acknowledged: string[] = []
    const clients = [...apis, ...apis, ...apis].map(async ({ attempt, protocol }, client) => {
      for (let turn = 0; ; turn++) {
        const revision_tag = `1.${turn}.${client}`
        // A call whose connection was cut was not acknowledged.
        const answer = await attempt('register', { ...service, name: 'quick', revision_tag }).catch(() => undefined)
        if (answer === undefined) return
        if (!answer.ok) {
          expect(answer.error, protocol).toMatchObject(answer.error.code ? { code: 'unavailable' } : { status: 503 })
          return
        }
        acknowledged.push(revision_tag)
      }
    })
    await eventually('the load is on', async () => acknowledged.length > 50)
    const { exitCode, ms } = await terminate(server)
    await Promise.all(clients)
    expect.soft(ms).toBeLessThan(PROMPT_MS)
    expect(exitCode).toBe(0)

    const [rest] = (await start(storage)).apis
    for (const revision_tag of acknowledged) {
      const answer = await rest?.attempt('get', { ...service, name: 'quick', revision_tag })
      expect(answer, revision_tag).toMatchObject({ ok: true })
    }
  })
})

describe('SIGTERM', () => {
  const newStorage = async () => {
    const storage = await sqliteStorage()
    onTestFinished(() => storage.remove())
    return storage
  }

  test('SIGTERM does not wait for idle connections', async () => {
    const { server, apis } = await start(await newStorage())
    // The clients keep these connections.
    for (const { attempt } of apis) await attempt('get', service)
    const silent = openSocket(server.url)
    const kept = openSocket(server.url)
    const keptAnswer = readAnswer(kept)
    kept.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await keptAnswer).toMatchObject({ status: 200, closed: false })
    const session = connectHttp2(server.url)
    await new Promise((resolve) => session.once('remoteSettings', resolve))
    session.on('error', () => {})

    const { exitCode, ms } = await terminate(server)
    expect(exitCode).toBe(0)
    expect(ms).toBeLessThan(PROMPT_MS)
    for (const socket of [silent, kept]) socket.destroy()
    session.destroy()
  })

  test('SIGTERM does not wait for a connection that becomes idle after its last answer', async () => {
    const { server } = await start(await newStorage())
    const socket = openSocket(server.url)
    const answer = readAnswer(socket)
    const revision_tag = newTag()
    const body = JSON.stringify({ revision_tag })
    const head = `POST /services/my-org/my-service HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n${body}`)
    await policyIsAskedAbout(revision_tag)
    const { exitCode, ms } = await terminate(server)
    expect(await answer).toMatchObject({ status: 201 })
    socket.destroy()
    expect(exitCode).toBe(0)
    expect(ms).toBeLessThan(PROMPT_MS)
  })

  test.each([
    ['a head that never ends', 'GET /livez HTTP/1.1\r\nHost: a\r\nX-'],
    [
      'a body that never ends',
      'POST /services/my-org/s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    ],
  ])('SIGTERM is delayed by %s for a limited time only', async (_reason, bytes) => {
    const { server } = await start(await newStorage())
    const socket = openSocket(server.url)
    socket.write(bytes)
    // The server has read these bytes once it has answered a later client.
    await exchange(server.url, 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await terminate(server)).toMatchObject({ exitCode: 0 })
    socket.destroy()
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends the process with exit code 0 as soon as the ready line is printed',
    async (signal) => {
      // Three attempts, because a signal right after the start is a race.
      const endings = [1, 2, 3].map(async () => {
        const { server } = await start(await newStorage())
        const closed = new Promise((resolve) => server.child.once('close', resolve))
        server.child.kill(signal)
        return closed
      })
      expect(await Promise.all(endings)).toEqual([0, 0, 0])
    },
  )

  test('a second SIGTERM changes nothing, and the process still ends with exit code 0', async () => {
    const { server, apis } = await start(await newStorage())
    const revision_tag = newTag()
    const { answer: inFlight } = observe(apis[0]?.attempt('register', { ...service, revision_tag }))
    await policyIsAskedAbout(revision_tag)
    const terminated = terminate(server)
    await eventually('new connections are refused', () => isRefused(server.url))
    server.child.kill('SIGTERM')
    // npm does this: it passes on a signal that the terminal has already sent to the whole process group.
    expect(await terminated).toMatchObject({ exitCode: 0 })
    expect(await inFlight).toMatchObject({ ok: true })
  })
})

describe('the output of a server', () => {
  test('a server prints only its ready line to stdout, and prints its log as JSON lines to stderr', async () => {
    const storage = await sqliteStorage()
    onTestFinished(() => storage.remove())
    const { server, apis, stdout } = await start(storage, '--log-level', 'trace')
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
    for (const { attempt, protocol } of apis) {
      await attempt('register', { ...service, revision_tag: protocol })
      await attempt('get', { namespace: 'Bad', name: 'bad' })
    }
    await exchange(server.url, 'nonsense\r\n\r\n')
    await exchange(server.url, 'GET /nowhere HTTP/1.1\r\nHost: a:99999\r\n\r\n')
    expect(await terminate(server)).toMatchObject({ exitCode: 0 })

    expect(stdout()).toBe(`waypost listening on ${server.url}\n`)
    const lines = server.stderr().trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) {
      const entry = JSON.parse(line) as Record<string, unknown>
      expect(entry).toMatchObject({ level: expect.any(Number), time: expect.any(Number), msg: expect.any(String) })
      // Bad input is not an error of the server, so it is never logged as one.
      expect(entry.level, line).toBeLessThan(50)
    }
  })
})
