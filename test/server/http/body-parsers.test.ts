import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createRegistryHandler, type Store } from '../../../src/server.ts'
import { recordingLogger } from '../../support/recording-logger.ts'
import { sendJson } from '../../support/send-json.ts'

const store = {} as Store

test.each([
  ['REST', '/services/my-org/my-service'],
  ['Connect', '/waypost.v1.ServiceRegistry/Register'],
])('a request over %s whose body the app has read is refused at once, and the log says why', async (_name, path) => {
  const { log, lines } = recordingLogger()
  const handle = createRegistryHandler({ store, log })
  const app = createServer(async (request, response) => {
    await text(request)
    handle(request, response)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void app.close())
  await once(app, 'listening')
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
  expect(await sendJson(url, path, { body: { revision_tag: '1.0.0' } })).toMatchObject({ status: 500 })
  expect(lines).toMatchObject([{ fields: { err: { cause: { message: expect.stringContaining('body parser') } } } }])
})
