import { connect } from 'node:http2'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BodyMemory, type UnfinishedBody } from '../../../src/server/http/body/body-memory.ts'
import { defaultLimits } from '../../../src/server/limits.ts'
import { eventually } from '../../support/eventually.ts'
import { type ListeningRegistry, listeningRegistry } from '../../support/listening-registry.ts'
import { envelope } from '../../support/raw-http2.ts'

describe('the memory of bodies', () => {
  const bodyOf = (name: string, given: string[]) => {
    const body = { size: 0, isOver: false, giveUp: () => void Object.assign(body, { isOver: given.push(name) > 0 }) }
    return body
  }

  test('the largest body is given up if all of them need more than allowed, even if another one grows', () => {
    const memory = new BodyMemory<UnfinishedBody>()
    const given: string[] = []
    const [small, large] = [bodyOf('small', given), bodyOf('large', given)]
    memory.add(small)
    memory.add(large)
    memory.hold(large, 90, 100)
    memory.hold(small, 5, 100)
    expect(given).toEqual([])
    memory.hold(small, 10, 100)
    expect(given).toEqual(['large'])
    memory.hold(small, 80, 100)
    expect(given, 'the memory of the large body is free').toEqual(['large'])
  })

  test('a body that is complete needs no memory', () => {
    const memory = new BodyMemory<UnfinishedBody>()
    const given: string[] = []
    for (let index = 0; index < 5; index++) {
      const body = bodyOf('body', given)
      memory.add(body)
      memory.hold(body, 60, 100)
      body.isOver = true
      memory.release(body)
      memory.release(body)
    }
    expect(given).toEqual([])
  })
})

describe('clients whose bodies never end', () => {
  const BODY = 100_000
  let server: ListeningRegistry
  let url = ''
  beforeAll(async () => {
    server = await listeningRegistry({ ...defaultLimits, bodiesBytes: 5 * BODY })
    url = `http://127.0.0.1:${server.port}`
  })
  afterAll(() => server.close())

  test.each([
    ['REST', { ':path': '/services/my-org/a' }, Buffer.alloc(BODY)],
    [
      'Connect',
      { ':path': '/waypost.v1.ServiceRegistry/Register', 'content-type': 'application/proto' },
      Buffer.alloc(BODY),
    ],
    [
      'gRPC',
      { ':path': '/waypost.v1.ServiceRegistry/Register', 'content-type': 'application/grpc' },
      envelope(Buffer.alloc(BODY), { length: 2 * BODY }),
    ],
  ])(
    'over %s lose the largest ones when they need too much memory, and a small request is served',
    async (_over, headers, part) => {
      const session = connect(url)
      let refused = 0
      for (let index = 0; index < 10; index++) {
        const stream = session.request({ ':method': 'POST', ...headers }, { endStream: false })
        stream.on('error', () => {}).once('response', () => refused++)
        stream.write(part)
      }
      await eventually('half of them are refused', async () => refused >= 5)
      const body = JSON.stringify({ revision_tag: '1.0.0' })
      const answer = await fetch(`${url}/services/my-org/small`, { method: 'POST', body })
      expect([200, 201]).toContain(answer.status)
      expect(refused).toBeLessThan(10)
      session.destroy()
    },
  )
})
