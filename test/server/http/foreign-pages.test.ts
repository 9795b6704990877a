import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ServeProcess, spawnServe } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'
import { findChromium, skipWithout } from '../../support/tools.ts'

const command = findChromium()
const reason = skipWithout(command !== undefined, 'pages of foreign origins: no chromium or google-chrome')

const SERVICE = '/services/my-org/my-service'
const RPC = '/waypost.v1.ServiceRegistry'
const ids = { namespace: 'my-org', name: 'my-service', revisionTag: '1.0.0' }

/** A request that a page sends with `fetch`. */
interface PageRequest {
  readonly method: string
  readonly path: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Everything that changes a registry over REST. A page can send the first ones without a preflight. */
const changes: Readonly<Record<string, PageRequest>> = {
  'register a revision': { method: 'POST', path: SERVICE, body: '{"revision_tag":"6.6.6"}' },
  'yank a revision': { method: 'POST', path: `${SERVICE}/revisions/1.0.0/yank` },
  'take back a yank': { method: 'POST', path: `${SERVICE}/revisions/2.0.0/unyank` },
  'take back a yank by the older path': { method: 'POST', path: `${SERVICE}/revisions/2.0.0/restore` },
  'deprecate a revision': { method: 'POST', path: `${SERVICE}/revisions/1.0.0/deprecate` },
  'take back a deprecation': { method: 'POST', path: `${SERVICE}/revisions/3.0.0/undeprecate` },
  'set the default': { method: 'PUT', path: `${SERVICE}/default`, body: '{"revision_tag":"1.0.0"}' },
  'clear the default': { method: 'DELETE', path: `${SERVICE}/default` },
  'set an alias': { method: 'PUT', path: `${SERVICE}/aliases/evil`, body: '{"revision_tag":"1.0.0"}' },
  'delete an alias': { method: 'DELETE', path: `${SERVICE}/aliases/stable` },
  'update a revision': { method: 'PATCH', path: `${SERVICE}/revisions/1.0.0`, body: '{"description":"evil"}' },
  'delete a revision': { method: 'DELETE', path: `${SERVICE}/revisions/2.0.0?etag=x` },
}

const json = { 'content-type': 'application/json' }
const rpcs: Readonly<Record<string, PageRequest>> = {
  'yank over Connect': { method: 'POST', path: `${RPC}/Yank`, body: JSON.stringify(ids), headers: json },
  'yank over Connect, without a content type': { method: 'POST', path: `${RPC}/Yank`, body: JSON.stringify(ids) },
  'yank by a Connect GET': {
    method: 'GET',
    path: `${RPC}/Yank?connect=v1&encoding=json&message=${encodeURIComponent(JSON.stringify(ids))}`,
  },
  'yank over gRPC-Web': {
    method: 'POST',
    path: `${RPC}/Yank`,
    body: `\0\0\0\0\x1d\x0a\x06my-org\x12\x0amy-service\x1a\x051.0.0`,
    headers: { 'content-type': 'application/grpc-web+proto' },
  },
}

describe.skipIf(reason)('a page in a browser', () => {
  let storage: Storage
  let registry: ServeProcess
  /** A registry over the same store, which lets pages of every origin read. */
  let readable: ServeProcess
  let app: Server
  let browser: Browser
  let foreign: string

  beforeAll(async () => {
    storage = await sqliteStorage()
    registry = await spawnServe(['--store', storage.location])
    readable = await spawnServe(['--store', storage.location, '--cors-origin', '*'])
    app = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>app</title>')
    }).listen(0, '127.0.0.1')
    await once(app, 'listening')
    foreign = `http://localhost:${(app.address() as AddressInfo).port}`
    for (const tag of ['1.0.0', '2.0.0', '3.0.0'])
      await send({ method: 'POST', path: SERVICE, body: JSON.stringify({ revision_tag: tag }) })
    await send({ method: 'POST', path: `${SERVICE}/revisions/2.0.0/yank` })
    await send({ method: 'POST', path: `${SERVICE}/revisions/3.0.0/deprecate` })
    await send({ method: 'PUT', path: `${SERVICE}/aliases/stable`, body: '{"revision_tag":"1.0.0"}' })
    const executablePath = execFileSync('which', [command ?? ''])
      .toString()
      .trim()
    // Here the name leads to this machine, as a name of an attacker can.
    const args = ['--no-sandbox', '--host-resolver-rules=MAP rebound.example.com 127.0.0.1']
    browser = await chromium.launch({ executablePath, args })
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await registry?.stop()
    await readable?.stop()
    app?.closeAllConnections()
    app?.close()
    await storage?.remove()
  })

  async function send({ method, path, body }: PageRequest): Promise<string> {
    const response = await fetch(`${registry.url}${path}`, { method, ...(body !== undefined && { body }) })
    expect(response.status, path).toBeLessThan(300)
    return response.text()
  }

  const state = async () => {
    const paths = [`${SERVICE}/revisions?view=FULL`, `${SERVICE}/aliases`, '/services']
    return Promise.all(paths.map((path) => send({ method: 'GET', path })))
  }

  /** Opens a page, runs its function, and checks that the registry is as it was. */
  async function changesNothing(origin: string, act: (page: Page) => Promise<unknown>): Promise<void> {
    const before = await state()
    const page = await browser.newPage()
    await page.goto(origin)
    await act(page)
    await page.close()
    expect(await state()).toEqual(before)
  }

  test.each(Object.entries({ ...changes, ...rpcs }))('a page of a foreign origin cannot %s', async (_name, request) => {
    await changesNothing(foreign, async (page) => {
      const url = registry.url
      // Without CORS a page may send some requests, and cannot read the answers.
      expect(await page.evaluate(fetchAll, { url, request, mode: 'cors' as const })).toBe('failed')
      await page.evaluate(fetchAll, { url, request, mode: 'no-cors' as const })
    })
  })

  test('a page of a foreign origin that may read everything can change nothing, by any method and protocol', async () => {
    await changesNothing(foreign, async (page) => {
      const read = { method: 'GET', path: SERVICE }
      expect(await page.evaluate(fetchAll, { url: readable.url, request: read, mode: 'cors' as const })).toMatch(
        /^200 /,
      )
      for (const [name, request] of Object.entries({ ...changes, ...rpcs })) {
        const outcome = await page.evaluate(fetchAll, { url: readable.url, request, mode: 'cors' as const })
        const refused = name.includes('GET') ? /^405 / : /^403 .*ORIGIN_NOT_ALLOWED|^200 .*grpc-status: 7/s
        // Connect refuses another content type before it looks at the origin.
        expect(outcome, name).toMatch(name.includes('without') ? /^415 / : refused)
      }
    })
  })

  test('a page of a foreign origin can change nothing by a beacon or a form', async () => {
    await changesNothing(foreign, async (page) => {
      for (const { method, path, body = '' } of Object.values(changes)) {
        if (method !== 'POST') continue
        await page.evaluate(beacon(registry.url + path, body))
        const answered = page.waitForEvent('framenavigated')
        await page.evaluate(submittedForm(registry.url + path))
        await answered
        expect(await page.textContent('body')).toContain('ORIGIN_NOT_ALLOWED')
        await page.goto(foreign)
      }
    })
  })

  test('a sandboxed page, whose origin is null, can change nothing', async () => {
    await changesNothing(foreign, async (page) => {
      const script = `fetch(${JSON.stringify(`${registry.url}${SERVICE}/revisions/1.0.0/yank`)}, { method: 'POST', mode: 'no-cors' }).finally(() => parent.postMessage('done', '*'))`
      await page.evaluate(sandboxed(`<script>${script}</script>`))
    })
  })

  test('a page whose host name leads to the registry (DNS rebinding) can neither read nor change anything', async () => {
    const rebound = registry.url.replace('127.0.0.1', 'rebound.example.com')
    const reads = {
      'read a service': { method: 'GET', path: SERVICE },
      'list services': { method: 'GET', path: '/services' },
      'read over Connect': { method: 'POST', path: `${RPC}/ListServices`, body: '{}', headers: json },
      'read the document': { method: 'GET', path: '/openapi.json' },
    }
    const before = await state()
    const page = await browser.newPage()
    // Any page of this origin does. This one is the answer of the registry itself.
    await page.goto(`${rebound}/livez`)
    for (const [name, request] of Object.entries({ ...reads, ...changes, ...rpcs })) {
      const outcome = await page.evaluate(fetchAll, { url: rebound, request, mode: 'cors' as const })
      expect(outcome, name).toMatch(/^403 .*HOST_NOT_ALLOWED|^200 .*grpc-status: 7/)
    }
    await page.close()
    expect(await state()).toEqual(before)
  })

  test('a page of the registry itself may change something', async () => {
    const page = await browser.newPage()
    await page.goto(`${registry.url}/version`)
    const request = { method: 'POST', path: '/services/my-org/own', body: '{"revision_tag":"1.0.0"}' }
    expect(await page.evaluate(fetchAll, { url: registry.url, request, mode: 'cors' as const })).toMatch(/^201 /)
    await page.close()
  })
})

// These functions run in the page.
async function fetchAll({ url, request, mode }: { url: string; request: PageRequest; mode: 'cors' | 'no-cors' }) {
  const { method, path, body, headers = {} } = request
  try {
    const init = { method, mode, headers, ...(body !== undefined && { body }) }
    const response = await fetch(url + path, init)
    return `${response.status} grpc-status: ${response.headers.get('grpc-status')} ${await response.text()}`
  } catch {
    return 'failed'
  }
}

// The types of a page's own objects are not known here, so these scripts are text.
function beacon(target: string, body: string): string {
  return `navigator.sendBeacon(${JSON.stringify(target)}, ${JSON.stringify(body)})`
}

function submittedForm(action: string): string {
  const input = `<input name='{"revision_tag":"6.6.6","x":"' value='"}'>`
  const form = `<form action="${action}" method="post" enctype="text/plain">${input}</form>`
  return `document.body.innerHTML = ${JSON.stringify(form)}; document.forms[0].submit()`
}

function sandboxed(html: string): string {
  const frame = `{ sandbox: 'allow-scripts', srcdoc: ${JSON.stringify(html)} }`
  return `new Promise((resolve) => {
    addEventListener('message', () => resolve())
    document.body.append(Object.assign(document.createElement('iframe'), ${frame}))
  })`
}
