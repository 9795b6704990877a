import { expect, test } from 'vitest'
import { startObserved } from '../support/observed-server.ts'

test('a collector that does not answer is told in the log, and disturbs no call', async () => {
  const observed = await startObserved({ otlpEndpoint: 'http://127.0.0.1:9' })
  expect((await fetch(`${observed.server.url}/livez`)).status).toBe(200)
  await observed[Symbol.asyncDispose]()
  expect(observed.lines.map(({ message }) => message)).toContain('the spans could not be sent')
})
