import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
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
})
