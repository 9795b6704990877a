import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { NodeRequest, NodeResponse } from '../../../src/server/http/node-http.ts'
import { defaultLimits } from '../../../src/server/limits.ts'
import { createListener } from '../../../src/server/listen/listener.ts'
import { silentLogger } from '../../../src/telemetry/logger.ts'
import { type NodeHandler, onNode } from '../../support/node-handler.ts'

async function open(handler: NodeHandler): Promise<Socket> {
  const listener = createListener(onNode(handler), { limits: defaultLimits, log: silentLogger })
  onTestFinished(() => listener.close(0))
  const { port } = await listener.listen('127.0.0.1', 0)
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  onTestFinished(() => void socket.destroy())
  return socket
}

/** Reads until the text has this many answers, or the connection ends. */
async function readAnswers(socket: Socket, count: number): Promise<string[]> {
  let received = ''
  for await (const chunk of socket) {
    received += chunk
    if (received.split('HTTP/1.1 ').length > count && received.endsWith('.')) break
  }
  return received.split('HTTP/1.1 ').slice(1)
}

async function readBody(request: NodeRequest): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`
const post = (body: string) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const end = (response: NodeResponse, text: string) => void (response as { end(text: string): void }).end(`${text}.`)

describe('requests that are sent before the answers are read', () => {
  test('a thousand of them get their answers in their order, and only one is handled at once', async () => {
    let [running, most] = [0, 0]
    const socket = await open((request, response) => {
      most = Math.max(most, ++running)
      setImmediate(() => {
        running--
        end(response, request.url ?? '')
      })
    })
    const paths = Array.from({ length: 1_000 }, (_, index) => `/${index}`)
    socket.write(paths.map(get).join(''))
    const answers = await readAnswers(socket, paths.length)
    expect(answers.map((answer) => answer.split('\r\n\r\n')[1])).toEqual(paths.map((path) => `${path}.`))
    expect(most).toBe(1)
  })

  test('each gets its own body, also if the rest of the last body comes later', async () => {
    const socket = await open(async (request, response) => end(response, await readBody(request)))
    const last = post('a body that comes in two parts')
    socket.write(`${get('/')}${post('first')}${get('/')}${post('second')}${last.slice(0, -9)}`)
    setTimeout(() => socket.write(last.slice(-9)), 50)
    const answers = await readAnswers(socket, 5)
    const bodies = answers.map((answer) => answer.split('\r\n\r\n')[1])
    expect(bodies).toEqual(['.', 'first.', '.', 'second.', 'a body that comes in two parts.'])
  })

  test('those behind an answer that ends the connection are not handled', async () => {
    const seen: string[] = []
    const socket = await open((request, response) => {
      seen.push(request.url ?? '')
      if (request.url === '/2') response.setHeader('connection', 'close')
      setImmediate(() => end(response, 'done'))
    })
    socket.write(['/1', '/2', '/3', '/4'].map(get).join(''))
    const closed = once(socket, 'close')
    expect(await readAnswers(socket, 4)).toHaveLength(2)
    await closed
    expect(seen).toEqual(['/1', '/2'])
  })

  test('the server reads no more from the connection until the first of them is answered', async () => {
    let first: { request: IncomingMessage; response: NodeResponse } | undefined
    let handled = 0
    const socket = await open((request, response) => {
      handled++
      first ??= { request: request as IncomingMessage, response }
      if (first.response !== response) end(response, 'done')
    })
    const all = get('/').repeat(200_000)
    socket.write(all)
    while (first === undefined) await sleep(10)
    await sleep(200)
    const { bytesRead } = first.request.socket
    expect(handled).toBe(1)
    expect(bytesRead).toBeLessThan(256 * 1024)
    await sleep(100)
    expect(first.request.socket.bytesRead).toBe(bytesRead)
    end(first.response, 'done')
    while (handled < 10_000) await sleep(10)
    expect(first.request.socket.bytesRead).toBeLessThan(all.length)
  })

  test('a client that goes away while one of them waits is noticed before the first answer', async () => {
    let first: NodeResponse | undefined
    const socket = await open((_request, response) => {
      first ??= response
    })
    socket.write(get('/1') + get('/2'))
    while (first === undefined) await sleep(10)
    const closed = once(first, 'close')
    socket.destroy()
    await closed
    expect(first.headersSent).toBe(false)
  })
})
