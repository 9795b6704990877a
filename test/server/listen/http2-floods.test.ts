import { describe, expect, test } from 'vitest'
import { attackedServer } from '../../support/hostile.ts'
import {
  encodeFrame,
  encodeHeaders,
  encodeRequest,
  type Frame,
  frameType,
  GREETING,
  writeUntilClosed,
} from '../../support/http2-frames.ts'
import { peakGrowth } from '../../support/process-memory.ts'
import { openSocket } from '../../support/raw-http.ts'
import { sqliteStorage } from '../../support/storage.ts'

// A server may need this much memory for buffers and for garbage that was not collected yet.
const FLAT_MIB = 100

/** More than any limit. A server that accepted them all would use too much memory or time for these tests. */
const FRAMES = 100_000
const SLOW_FRAMES = 2_000
const BATCH = 20

function* repeat(make: (index: number) => Buffer, count = FRAMES): Generator<Buffer> {
  yield GREETING
  for (let start = 0; start < count; start += BATCH) {
    yield Buffer.concat(Array.from({ length: BATCH }, (_, index) => make(start + index)))
  }
}

const stream = (index: number) => 2 * index + 1
const frame = (fields: Frame) => encodeFrame(fields)
const head = encodeHeaders({ ':method': 'GET', ':scheme': 'http', ':authority': 'a', ':path': '/livez' })

const floods: Readonly<Record<string, () => Iterable<Uint8Array>>> = {
  'of requests that are reset at once (rapid reset)': () =>
    repeat((index) =>
      Buffer.concat([
        encodeRequest(stream(index), {}),
        frame({ type: frameType.rstStream, stream: stream(index), payload: Buffer.from([0, 0, 0, 8]) }),
      ]),
    ),
  'of requests with a body that are reset at once': () =>
    repeat((index) =>
      Buffer.concat([
        encodeRequest(stream(index), { ':method': 'POST', ':path': '/services/my-org/victim' }, 4),
        frame({ type: frameType.data, stream: stream(index), payload: Buffer.from('{') }),
        frame({ type: frameType.rstStream, stream: stream(index), payload: Buffer.from([0, 0, 0, 8]) }),
      ]),
    ),
  'of CONTINUATION frames whose headers never end': () =>
    repeat(
      (index) =>
        index === 0
          ? frame({ type: frameType.headers, stream: 1, payload: head })
          : frame({
              type: frameType.continuation,
              stream: 1,
              payload: encodeHeaders({ [`x-${index}`]: 'a'.repeat(100) }),
            }),
      SLOW_FRAMES,
    ),
  'of empty CONTINUATION frames': () =>
    repeat(
      (index) =>
        index === 0
          ? frame({ type: frameType.headers, stream: 1, payload: head })
          : frame({ type: frameType.continuation, stream: 1 }),
      SLOW_FRAMES,
    ),
  'of SETTINGS': () => repeat(() => frame({ type: frameType.settings, payload: Buffer.from([0, 3, 0, 0, 0, 100]) })),
  'of PINGs whose answers are not read': () =>
    repeat(() => frame({ type: frameType.ping, payload: Buffer.alloc(8) }), 2 * FRAMES),
  'of RST_STREAM for streams that were never opened': () =>
    repeat((index) => frame({ type: frameType.rstStream, stream: stream(index), payload: Buffer.alloc(4) })),
  'of WINDOW_UPDATE frames that overflow the window': () =>
    repeat(() => frame({ type: frameType.windowUpdate, payload: Buffer.from([0x7f, 0xff, 0xff, 0xff]) })),
  'of DATA for no stream': () => repeat(() => frame({ type: frameType.data, stream: 0, payload: Buffer.alloc(100) })),
  'of frames of unknown types': () =>
    repeat((index) => frame({ type: 0x20 + (index % 0x80), payload: Buffer.alloc(1_000) })),
  'of PRIORITY frames': () =>
    repeat((index) =>
      frame({ type: frameType.priority, stream: stream(index), payload: Buffer.from([0, 0, 0, 0, 1]) }),
    ),
  'of empty DATA frames': () =>
    repeat((index) =>
      index === 0
        ? encodeRequest(1, { ':method': 'POST', ':path': '/services/my-org/victim' }, 4)
        : frame({ type: frameType.data, stream: 1 }),
    ),
}

/** The floods after which the server must send GOAWAY. It may simply cut off the others. */
const mustGoAway = /rapid reset|CONTINUATION/

/** No frame of another kind may come between a HEADERS frame and its CONTINUATION. */
const waitFor = (name: string) =>
  /CONTINUATION/.test(name) ? 'moment' : /reset at once/.test(name) ? 'ping' : undefined

describe('an HTTP/2 flood', () => {
  const target = attackedServer(sqliteStorage)

  test.each(Object.entries(floods))(
    'a flood %s ends its own connection only, and memory stays bounded',
    async (name, flood) => {
      let types: number[] = []
      const growth = await peakGrowth(target.pid, async () => {
        const socket = openSocket(target.url)
        const flooding = writeUntilClosed(socket, flood(), { waitFor: waitFor(name) })
        // Other clients are served meanwhile.
        for (const { protocol, attempt } of target.apis) {
          expect(await attempt('get', { namespace: 'my-org', name: 'nothing' }), protocol).toMatchObject({ ok: false })
        }
        types = (await flooding).map(({ type }) => type)
      })
      if (mustGoAway.test(name)) expect(types).toContain(frameType.goAway)
      expect(growth).toBeLessThan(FLAT_MIB)
    },
  )
})
