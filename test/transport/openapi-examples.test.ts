import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRegistryHandler, openStore, type RegistryHandlerOptions, type Store } from '../../src/server.ts'
import { limits } from '../../src/transport/limits.ts'
import {
  type Answer,
  documentedAnswers,
  documentedRoutes,
  type Route,
  requestKeys,
  sendDocumented,
  sendRaw,
} from '../support/documented-answers.ts'
import { type ServeProcess, spawnServe } from '../support/serve.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

// Asks a server for every answer that the OpenAPI document shows. A success is documented with its request; how to come
// by each error is said here.

const routes = documentedRoutes()
const answers = routes.flatMap(documentedAnswers)
const successes = answers.filter(({ expected }) => expected.status < 300)
const failures = answers.filter(({ expected }) => expected.status >= 300)

let storage: Storage
let server: ServeProcess

beforeAll(async () => {
  storage = await sqliteStorage()
  server = await spawnServe(['--store', storage.location])
})

afterAll(async () => {
  await server.stop()
  await storage.remove()
})

test('every documented request is answered as documented, one after the other', async () => {
  const requests = routes.flatMap((route) => requestKeys(route).map((key) => ({ route, key })))
  expect(requests.length).toBe(successes.length)
  for (const { route, key } of requests) {
    const documented = successes.find((success) => success.route === route && success.key === key)
    const answer = await sendDocumented(server.url, route, key)
    expect(answer, `${route.operation.operationId} ${key}`).toEqual(documented?.expected)
  }
})

describe.concurrent('an error is answered as documented:', () => {
  test.for(failures)('$title', async ({ route, key, expected }) => {
    const provoke = provocations[key]
    if (provoke === undefined) expect.fail(`openapi-examples.test.ts does not know how to come by ${key}`)
    expect(await provoke(server.url, route)).toEqual(expected)
  })
})

test('no error is provoked that is not documented', () => {
  expect(Object.keys(provocations).filter((key) => !failures.some((failure) => failure.key === key))).toEqual([])
})

/** How to come by each error, on any route that has it. */
const provocations: Readonly<Record<string, (url: string, route: Route) => Promise<Answer>>> = {
  INVALID_REQUEST: (url, route) => send(url, route, { namespace: '%' }),
  INVALID_NAMESPACE: (url, route) => send(url, route, { namespace: 'My-Org' }),
  INVALID_NAME: (url, route) => send(url, route, { name: 'my_service' }),
  MISSING_REVISION_TAG: (url, route) => send(url, route, { revision_tag: undefined }),
  INVALID_REVISION_TAG: (url, route) => send(url, route, { revision_tag: '1.2.9+5' }),
  REVISION_NOT_FOUND: (url, route) => send(url, route, { name: 'nothing' }),
  REVISION_ALREADY_EXISTS: (url, route) => send(url, route, { is_default: true }),
  UNSUPPORTED_MEDIA_TYPE: (url, route) => sendDocumented(url, route, requestKeys(route)[0], {}, 'text/plain'),
  REQUEST_TOO_LARGE: (url, route) => sendRaw(url, route, `Content-Length: ${limits.bodyBytes + 1}\r\n\r\n{`),
  REQUEST_TOO_SLOW: (url, route) => sendRaw(url, route, 'Content-Length: 100\r\n\r\n{'),
  HEAD_TOO_SLOW: (url, route) => sendRaw(url, route, ''),
  HEAD_TOO_LARGE: (url, route) => sendRaw(url, route, `X-Large: ${'x'.repeat(2 * limits.headerBytes)}\r\n\r\n`),
  TOO_MANY_CONFLICTS: (_url, route) =>
    sendToBroken(route, async (store) => ({ store: withMethods(store, { append: async () => 'generation-taken' }) })),
  DEFAULT_POLICY_FAILED: (_url, route) =>
    sendToBroken(route, async (store) => ({ store, defaultPolicy: failingPolicy['policy.ts'] })),
  INTERNAL: (_url, route) =>
    sendToBroken(route, async (store) => {
      const lookup = () => Promise.reject(new TypeError('a defect'))
      return { store: withMethods(store, { lookup }) }
    }),
  STORE_UNAVAILABLE: (_url, route) =>
    sendToBroken(route, async (store) => {
      await store.close()
      return { store }
    }),
  DAMAGED_ENTRY: (_url, route) =>
    sendToBroken(route, async (store, location) => {
      await withApp({ store }, (url) => sendDocumented(url, registerRoute(), 'first'))
      const db = new DatabaseSync(location.replace('sqlite:', ''))
      db.exec('UPDATE entries SET body = substr(body, 1, 20)')
      db.close()
      return { store }
    }),
}

// Its name is what the error says.
const failingPolicy = {
  'policy.ts': () => {
    throw new Error('a defect of the policy')
  },
}

function registerRoute(): Route {
  return (
    routes.find(({ operation }) => operation.operationId === 'register') ?? expect.fail('nothing can be registered')
  )
}

/** Sends the first documented request of the route, with these values instead of its own. */
function send(url: string, route: Route, changes?: Readonly<Record<string, unknown>>): Promise<Answer> {
  return sendDocumented(url, route, requestKeys(route)[0], changes)
}

/** Sends the first documented request of the route to an app with a registry in which something is broken. */
async function sendToBroken(
  route: Route,
  arrange: (store: Store, location: string) => Promise<RegistryHandlerOptions>,
): Promise<Answer> {
  const place = await sqliteStorage()
  const store = await openStore(place.location)
  try {
    return await withApp(await arrange(store, place.location), (url) => send(url, route))
  } finally {
    await store.close()
    await place.remove()
  }
}

async function withApp(options: RegistryHandlerOptions, use: (url: string) => Promise<Answer>): Promise<Answer> {
  const app = createServer(createRegistryHandler(options)).listen(0, '127.0.0.1')
  await once(app, 'listening')
  try {
    return await use(`http://127.0.0.1:${(app.address() as AddressInfo).port}`)
  } finally {
    app.close()
  }
}

/** The store, with some methods of a broken one. */
function withMethods(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) => Reflect.get(methods, name) ?? Reflect.get(target, name).bind(target),
  })
}
