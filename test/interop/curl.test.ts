import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import type { Storage } from '../support/storage.ts'
import { hasCommand, run, skipWithout } from '../support/tools.ts'

const reason = skipWithout(hasCommand('curl'), 'the tests with curl: curl is not installed')
const ANSWER = '{"namespace":"my-org","name":"my-service","revision_tag":"1.2.9","is_default":true}'

describeOnEachStore('curl', (createStorage) => {
  let storage: Storage
  let server: RunningServer

  beforeAll(async () => {
    storage = await createStorage()
    server = await startInProcess(storage)
  })

  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  const curl = (...args: string[]) => run('curl', ['--silent', '--show-error', '--write-out', ' %{http_code}', ...args])
  const json = ['--header', 'content-type: application/json']

  test.skipIf(reason)('curl registers and gets over REST', async () => {
    const url = `${server.url}/services/my-org/my-service`
    expect(await curl(url)).toBe('{"error":"Service revision not found."} 404')
    expect(await curl(url, ...json, '--data', '{"revision_tag": "1.2.9"}')).toBe(`${ANSWER} 201`)
    expect(await curl(url)).toBe(`${ANSWER} 200`)
    expect(await curl(`${url}?revision_tag=1.2.9`)).toBe(`${ANSWER} 200`)
    expect(await curl('--http2-prior-knowledge', url)).toBe(`${ANSWER} 200`)
    expect(await curl('--http1.0', url)).toBe(`${ANSWER} 200`)
  })

  test.skipIf(reason)('curl gets over Connect by GET and by POST', async () => {
    const rpc = `${server.url}/waypost.v1.ServiceRegistry`
    await curl(`${rpc}/Register`, ...json, '--data', '{"namespace":"my-org","name":"c","revisionTag":"1.0.0"}')
    const answer = '{"revision":{"namespace":"my-org","name":"c","revisionTag":"1.0.0","isDefault":true}} 200'
    expect(await curl(`${rpc}/Get`, ...json, '--data', '{"namespace":"my-org","name":"c"}')).toBe(answer)
    const message = ['--get', '--data-urlencode', 'message={"namespace":"my-org","name":"c"}']
    expect(await curl(`${rpc}/Get?connect=v1&encoding=json`, ...message)).toBe(answer)
  })
})
