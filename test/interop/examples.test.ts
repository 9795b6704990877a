import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createRegistryClient } from '../../src/client/index.ts'
import { sqliteStorage } from '../support/storage.ts'

// Each example runs in its own process, as its first lines say, except that the test chooses its port and its store.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

test.for([
  ['node-http.ts', '2.0.0-beta', '1.0.0'],
  ['express.ts', '2.0.0-rc.1', '1.0.0'],
])(
  'examples/%s serves a registry with its policy below /registry and the app beside it',
  async ([file = '', held, chosen]) => {
    const storage = await sqliteStorage()
    const child = spawn(process.execPath, ['--conditions=waypost-source', `examples/${file}`], {
      cwd: ROOT,
      env: { ...process.env, PORT: '0', STORE: storage.location },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = once(child, 'close')
    try {
      const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
      const url = `http://127.0.0.1:${JSON.parse(line.replace('listening on ', '')).port}`
      const client = createRegistryClient({ baseUrl: `${url}/registry` })
      await client.register('my-org/my-service:1.0.0')
      await client.register(`my-org/my-service:${held}`)
      expect((await client.get('my-org/my-service')).revisionTag).toBe(chosen)

      const rest = await fetch(`${url}/registry/services/my-org/my-service?revision_tag=${held}`)
      expect(await rest.json()).toMatchObject({ revision_tag: held, is_default: false })
      const document = await (await fetch(`${url}/registry/openapi.json`)).json()
      expect(document).toMatchObject({ servers: [{ url: '/registry' }] })
      expect(await (await fetch(url)).text()).toBe('Hello from the app itself.\n')
      expect((await fetch(`${url}/registry/livez`)).status).toBe(200)
      expect(await (await fetch(`${url}/livez`)).text(), 'the path is the app’s').not.toContain('"status":"ok"')
    } finally {
      child.kill('SIGTERM')
      await closed
      await storage.remove()
    }
  },
)
