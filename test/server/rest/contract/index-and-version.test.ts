import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import packageJson from '../../../../package.json' with { type: 'json' }
import { createRegistryHandler, openStore } from '../../../../src/server.ts'
import { sqliteStorage } from '../../../support/storage.ts'
import { contractServer, send } from './requests.ts'

const { version } = packageJson
const textsOf = (value: unknown): string[] =>
  typeof value === 'string' ? [value] : Object.values(value as object).flatMap((each) => textsOf(each))

describe.for(['', '/api/registry'])('a server with the base path "%s"', (basePath) => {
  const server = contractServer({ basePath })

  test.for([`${basePath}/`, '/'])(
    '%s is answered with a JSON index of the name, the version and the links',
    async (path) => {
      const { status, headers, body = {} } = await server.send('GET', path)
      expect([status, headers['content-type']]).toEqual([200, 'application/json'])
      expect(body).toMatchObject({ name: expect.stringMatching(/waypost/i), version })
    },
  )

  test('the index links only to paths that exist', async () => {
    const { name, version, ...rest } = await server.get(`${basePath}/`)
    const paths = textsOf(rest).filter((text) => text.startsWith('/') && !text.includes('{'))
    expect(paths.length).toBeGreaterThan(2)
    for (const path of paths) {
      expect(path.startsWith(`${basePath}/`), path).toBe(true)
      expect(await server.send('GET', path), path).toMatchObject({ status: 200 })
    }
  })

  test('/version below the base path is answered with the version', async () => {
    expect(await server.get(`${basePath}/version`)).toMatchObject({ version })
  })
})

describe('inside an app', () => {
  const apps: Record<string, { url: string; close: () => Promise<void> }> = {}
  const start = async (basePath: string | undefined) => {
    const storage = await sqliteStorage()
    const store = await openStore(storage.location)
    const handler = createRegistryHandler({ store, ...(basePath !== undefined && { basePath }) })
    const app = createServer((request, response) => {
      handler(request, response, () => response.writeHead(418).end(JSON.stringify({ app: request.url })))
    })
    app.listen(0, '127.0.0.1')
    await once(app, 'listening')
    const close = async () => {
      app.closeAllConnections()
      app.close()
      await store.close()
      await storage.remove()
    }
    return { url: `http://127.0.0.1:${(app.address() as AddressInfo).port}`, close }
  }
  beforeAll(async () => {
    apps.bare = await start(undefined)
    apps.based = await start('/registry')
  })
  afterAll(async () => {
    for (const { close } of Object.values(apps)) await close()
  })
  const get = (app: string, path: string) => send(apps[app]?.url ?? '', 'GET', path)

  test.for(['/', '/?page=1', '/about'])('an app answers %s itself if its registry has no base path', async (path) => {
    expect(await get('bare', path)).toMatchObject({ status: 418, body: { app: path } })
  })

  test.for(['/', '/version', '/registryx', '/services/my-org/my-service'])(
    'an app answers %s itself if its registry has a base path',
    async (path) => {
      expect(await get('based', path)).toMatchObject({ status: 418, body: { app: path } })
    },
  )

  test('a registry in an app answers its paths, its index and its version below its base path', async () => {
    expect(await get('based', '/registry/')).toMatchObject({ status: 200, body: { version } })
    expect(await get('based', '/registry/version')).toMatchObject({ status: 200, body: { version } })
    expect(await get('based', '/registry/services/my-org/my-service')).toMatchObject({ status: 404 })
    expect(await get('bare', '/services/my-org/my-service')).toMatchObject({ status: 404 })
  })
})
