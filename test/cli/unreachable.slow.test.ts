import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { runWaypost } from '../support/serve.ts'

test('a registry that never answers is one readable line with exit code 5, when the time of the call is over', async () => {
  const sockets: Socket[] = []
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  expect(await runWaypost(['get', 'my-org/x'], { WAYPOST_REGISTRY: url })).toEqual({
    exitCode: 5,
    stdout: '',
    stderr: `waypost: registry "${url}" cannot be reached (no answer within 5000 ms); check --registry, or try again later.\n`,
  })
  for (const socket of sockets) socket.destroy()
  silent.close()
})
