import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { chromium } from 'playwright-core'
import { findChromium } from '../support/tools.ts'

/** Runs the function `use` of a bundle on another platform, with these arguments, and resolves with its result. */
export type RunBundle = (code: string, ...args: readonly string[]) => Promise<unknown>

/** The program workerd, on which Cloudflare Workers run. Undefined if npm has no build for this machine. */
export const workerd = findWorkerd()

/** Runs a bundle in a page of Chromium. The page has an origin of its own, and no server needs to allow it to read. */
export const runInChromium: RunBundle = async (code, ...args) => {
  const site = createServer((request, response) => {
    response.setHeader('content-type', request.url === '/bundle.js' ? 'text/javascript' : 'text/html')
    response.end(request.url === '/bundle.js' ? code : '<!doctype html><title>app</title>')
  }).listen(0, '127.0.0.1')
  await once(site, 'listening')
  const executablePath = execFileSync('which', [findChromium() ?? ''])
    .toString()
    .trim()
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
    return await page.evaluate(`import('/bundle.js').then(({ use }) => use(...${JSON.stringify(args)}))`)
  } finally {
    await browser.close()
    site.closeAllConnections()
    site.close()
  }
}

/** Runs a bundle in a worker of workerd. */
export const runInWorkerd: RunBundle = async (code, ...args) => {
  const folder = await mkdtemp(join(tmpdir(), 'waypost-workerd-'))
  await writeFile(join(folder, 'bundle.js'), code)
  await writeFile(join(folder, 'worker.js'), WORKER)
  await writeFile(join(folder, 'config.capnp'), CONFIG)
  const child = spawn(workerd ?? '', ['serve', '--control-fd=3', join(folder, 'config.capnp')], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  try {
    const [line] = await once(createInterface(child.stdio[3] as Readable), 'line')
    const { port } = JSON.parse(line) as { port: number }
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: JSON.stringify(args) })
    if (!answer.ok) throw new Error(await answer.text())
    return await answer.json()
  } finally {
    child.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

const WORKER = `
import { use } from './bundle.js'
export default {
  fetch: async (request) => {
    try {
      return Response.json(await use(...await request.json()))
    } catch (error) {
      return new Response(String(error.stack), { status: 500 })
    }
  }
}
`

// A worker may call this machine only if its network allows it. Workers of Cloudflare can call public addresses only.
const CONFIG = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "worker.js", esModule = embed "worker.js"),
        (name = "bundle.js", esModule = embed "bundle.js"),
      ],
      compatibilityDate = "2026-01-01",
    )),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`

function findWorkerd(): string | undefined {
  try {
    const { default: path } = createRequire(import.meta.url)('workerd') as { default: string }
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}
