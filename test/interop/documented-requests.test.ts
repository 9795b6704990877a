import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import { startAuthorizingProxy } from '../support/authorizing-proxy.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import { findPythonWith, run, skipWithout } from '../support/tools.ts'

// The script makes the requests of the reference document with Python's requests. It is not part of this project.

const SCRIPT = fileURLToPath(new URL('../../../shared/acceptance/documented_requests.py', import.meta.url))
const python = findPythonWith('requests')
const reason =
  skipWithout(
    existsSync(SCRIPT),
    'the documented requests: ../shared/acceptance/documented_requests.py is missing',
    false,
  ) ?? skipWithout(python !== undefined, 'the documented requests: no Python 3 with the package requests')

describeOnEachStore("the reference document's requests", (createStorage) => {
  test.skipIf(reason).for(['', '/api/integrations/octue'])(
    'the requests of the reference document are answered as documented below "%s"',
    async (basePath) => {
      const storage = await createStorage()
      const server = await startInProcess(storage, { basePath })
      try {
        const output = await run(python ?? '', [SCRIPT, `${server.url}${basePath}/services`])
        expect(output).toMatch(/^all as documented/)
      } finally {
        await server.close()
        await storage.remove()
      }
    },
  )

  test.skipIf(reason)('they are answered as documented behind a proxy that adds a token', async () => {
    const storage = await createStorage()
    const folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
    const token = makeToken('proxy')
    const grants = [{ permissions: ['read', 'register'], on: ['my-org/*'], to: { token: token.name } }]
    const file = await writeAccessFile(folder, { tokens: [token], grants })
    const server = await startInProcess(storage, { access: { file } })
    const proxy = await startAuthorizingProxy(server.url, token.headers.authorization)
    try {
      expect(await run(python ?? '', [SCRIPT, `${proxy.url}/services`])).toMatch(/^all as documented/)
    } finally {
      proxy.close()
      await server.close()
      await Promise.all([storage.remove(), rm(folder, { recursive: true })])
    }
  })
})
