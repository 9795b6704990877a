import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { defaultLimits } from '../../../src/server/limits.ts'
import { createListener } from '../../../src/server/listen/listener.ts'
import { silentLogger } from '../../../src/telemetry/logger.ts'
import { type NodeHandler, onNode } from '../../support/node-handler.ts'

/** More bytes than a connection buffers while its client does not read. */
const LARGE = Buffer.alloc(16 * 1024 * 1024)

/** The smallest limit that there is on the size of TLS records, in bytes. */
const RECORD = 512

const pem = (name: string) => readFile(fileURLToPath(new URL(`../../support/tls/${name}.pem`, import.meta.url)), 'utf8')

// The conformance suite of Connect got a 400 here in one run of twenty. Any client with a kept connection could get it.
test('HTTP/1.1 over TLS accepts a request while the client has not read the previous answer', async () => {
  const bodies: string[] = []
  const handler: NodeHandler = (request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => bodies.push(text))
    request.on('end', () => response.end(request.url === '/large' ? LARGE : 'done'))
  }
  const listener = createListener(onNode(handler), {
    limits: defaultLimits,
    log: silentLogger,
    tls: { cert: await pem('server'), key: await pem('server-key') },
  })
  onTestFinished(() => listener.close(0))
  const { port } = await listener.listen('127.0.0.1', 0)
  const socket = connect({ host: '127.0.0.1', port, ca: await pem('ca'), ALPNProtocols: ['http/1.1'] })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  socket.write('POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst')
  await once(socket, 'readable')

  // One packet has the head in a TLS record and the body in the next. The parser of the server pauses between the two.
  const head = (padding: string) => `POST /next HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nPadding: ${padding}\r\n\r\n`
  socket.setMaxSendFragment(RECORD)
  socket.write(`${head('x'.repeat(RECORD - head('').length))}second`)
  let received = ''
  for await (const chunk of socket) {
    received = (received + chunk.toString('latin1')).slice(-500)
    if (/HTTP\/1\.1 \d+.*\r\n\r\n.+$/s.test(received)) break
  }
  expect(received).toMatch(/HTTP\/1\.1 200 OK.*done$/s)
  expect(bodies).toEqual(['first', 'second'])
})
