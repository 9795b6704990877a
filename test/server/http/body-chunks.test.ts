import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { bodyChunks } from '../../../src/server/http/body/body-chunks.ts'
import type { Exchange } from '../../../src/server/http/exchange.ts'
import { defaultLimits } from '../../../src/server/limits.ts'
import { eventually } from '../../support/eventually.ts'

const limits = { ...defaultLimits, sweepMs: 4 }

/** The chunks of a body that is read, and the body. */
function read(source: Readable) {
  const exchange: Pick<Exchange, 'source' | 'isGone' | 'endConnection'> = { source, isGone: false, endConnection() {} }
  return bodyChunks(exchange as Exchange, limits, false)
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 10 * limits.sweepMs))

test('a body that is whole is not taken for a cut one while its last part is decoded', async () => {
  const source = new Readable({ read() {} })
  source.push(Buffer.from('a'))
  source.push(null)
  const chunks = read(source)
  expect((await chunks.next()).value).toEqual(Buffer.from('a'))
  await eventually('Node has destroyed the stream, because it has ended', async () => source.destroyed)
  await pause()
  expect(await chunks.next()).toEqual({ done: true, value: undefined })
})

test('a body that is cut while a part is decoded fails', async () => {
  const source = new Readable({ read() {} })
  source.push('a')
  const chunks = read(source)
  await chunks.next()
  source.destroy()
  await pause()
  await expect(chunks.next()).rejects.toMatchObject({ reason: 'CANCELED' })
})
