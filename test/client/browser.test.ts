import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { findChromium, skipWithout } from '../support/tools.ts'

const command = findChromium()
const reason = skipWithout(command !== undefined, 'the client in a browser: no chromium or google-chrome')

/** The results of the client in the page. */
type WebClient = typeof import('../../src/client/web.ts')

describe.skipIf(reason)('the client in a browser, on a page of another origin', () => {
  let storage: Storage
  let app: Server
  let registry: ServeProcess
  let browser: Browser
  let origin: string

  beforeAll(async () => {
    const script = await bundleClient()
    app = createServer((request, response) => {
      const isScript = request.url === '/waypost.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? script : '<!doctype html><title>app</title>')
    }).listen(0)
    await once(app, 'listening')
    const { port } = app.address() as AddressInfo
    origin = `http://localhost:${port}`
    storage = await sqliteStorage()
    registry = await spawnServe(['--store', storage.location, '--cors-origin', origin])
    const executablePath = execFileSync('which', [command ?? ''])
      .toString()
      .trim()
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await registry?.stop()
    app?.closeAllConnections()
    app?.close()
    await storage?.remove()
  })

  test.for(['connect', 'grpc-web'] as const)(
    'a page registers and gets over %s, and distinguishes errors from outages',
    async (protocol) => {
      const page = await openPage(origin)
      expect(await page.evaluate(useClient, { protocol, url: registry.url })).toEqual({
        revision: { namespace: 'my-org', name: `over-${protocol}`, revisionTag: '1.2.9', isDefault: true },
        notFound: ['not_found', 'SERVICE_NOT_FOUND'],
        unreachable: ['unavailable', 'REGISTRY_UNREACHABLE'],
        canceled: ['canceled', 'CANCELED'],
      })
      await page.close()
    },
  )

  test('a registry that does not allow the origin of the page is unavailable to it', async () => {
    const page = await openPage(origin.replace('localhost', '127.0.0.1'))
    expect(await page.evaluate(getOne, registry.url)).toEqual([
      'unavailable',
      'REGISTRY_UNREACHABLE',
      expect.stringContaining('CORS'),
    ])
    await page.close()
  })

  async function openPage(url: string) {
    const page = await browser.newPage()
    await page.goto(url)
    await page.addScriptTag({
      type: 'module',
      content: "import * as waypost from '/waypost.js'; globalThis.waypost = waypost",
    })
    await page.waitForFunction('globalThis.waypost')
    return page
  }
})

// These two functions run in the page.
async function useClient({ protocol, url }: { protocol: 'connect' | 'grpc-web'; url: string }) {
  const { createRegistryClient } = (globalThis as unknown as { waypost: WebClient }).waypost
  const client = createRegistryClient({ baseUrl: url, protocol, token: 'abc', cache: { maxAge: 1_000 } })
  const failure = (call: Promise<unknown>) => call.then(String, ({ code, reason }) => [code, reason])
  await client.register(`my-org/over-${protocol}:1.2.9`)
  return {
    revision: await client.get(`my-org/over-${protocol}`),
    notFound: await failure(client.get('my-org/nothing')),
    unreachable: await failure(createRegistryClient({ baseUrl: 'http://127.0.0.1:9', protocol }).get('my-org/x')),
    canceled: await failure(client.get('my-org/x', { signal: AbortSignal.abort() })),
  }
}

async function getOne(url: string) {
  const { createRegistryClient } = (globalThis as unknown as { waypost: WebClient }).waypost
  const call = createRegistryClient({ baseUrl: url }).get('my-org/x')
  return call.then(String, ({ code, reason, message }) => [code, reason, message])
}

async function bundleClient(): Promise<string> {
  const input = fileURLToPath(new URL('../../src/client/web.ts', import.meta.url))
  const build = await rolldown({ input, platform: 'browser' })
  const { output } = await build.generate({ format: 'esm' })
  await build.close()
  return output[0].code
}
