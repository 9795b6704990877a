import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultLimits } from '../../../src/server/limits.ts'
import { type ListeningRegistry, listeningRegistry } from '../../support/listening-registry.ts'
import { flood } from '../../support/raw-http.ts'

const KIB = 1024
const SENT = 64

/** A client that is not cut off has sent everything by then, or waits for ever. */
const PATIENCE_MS = 10_000

describe('an answer that comes before the end of the body', () => {
  let server: ListeningRegistry
  beforeAll(async () => {
    server = await listeningRegistry({ ...defaultLimits, bodyBytes: KIB, drainBytes: 256 * KIB, drainMs: 60_000 })
  })
  afterAll(() => server.close())

  test.each([
    ['that is too large, over REST', '/services/my-org/my-service', 413],
    ['that is too large, over Connect', '/waypost.v1.ServiceRegistry/Register', 429],
    ['for an unknown path', '/nowhere', 404],
    ['for a method that the path does not allow', '/services', 405],
  ])(
    'a body %s is answered before its end, and a client over HTTP/1.1 that sends on for too long is cut off',
    async (_name, path, status) => {
      const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 4000000000\r\n\r\n`
      const chunk = Buffer.alloc(1024 * KIB, ' ')
      let sent = 0
      const chunks = function* () {
        yield Buffer.from(head)
        for (; sent < SENT; sent++) yield chunk
      }
      const answer = await flood(`http://127.0.0.1:${server.port}`, chunks(), PATIENCE_MS)
      // A connection that is cut off may lose its answer.
      expect([undefined, status]).toContain(answer.status)
      expect(sent).toBeLessThan(SENT)
    },
  )
})
