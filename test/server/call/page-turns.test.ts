import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { PageTurns } from '../../../src/server/call/page-turns.ts'
import type { Exchange } from '../../../src/server/http/exchange.ts'

/** A call of a connection. The test decides when its answer is sent, or its client goes away. */
function exchangeOf(connection: object) {
  const events = new EventEmitter()
  const over = (callback: () => void) => {
    events.once('over', callback)
    return true
  }
  const cutOff = () => void events.emit('over')
  return { exchange: { connection, hasBegun: false, onceOver: over, cutOff } as unknown as Exchange, events }
}

/** Makes calls of connections, and notes which of them have begun, in their order. */
function callsOf(turns: PageTurns) {
  const begun: string[] = []
  const sockets = new Map<string, object>()
  const call = (name: string) => {
    const [connection = ''] = name
    const socket = sockets.get(connection) ?? {}
    sockets.set(connection, socket)
    const { exchange, events } = exchangeOf(socket)
    const turn = turns.take(exchange).then(() => void begun.push(name))
    turn.catch(() => {})
    const beginAnswer = () => void Object.assign(exchange, { hasBegun: true })
    return { turn, beginAnswer, end: () => events.emit('over') }
  }
  const settle = async () => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  const seen = async () => {
    await settle()
    return begun.splice(0)
  }
  return { call, seen }
}

describe('the turns of pages', () => {
  test('a connection has only some pages in memory, and its next call begins once an answer is sent', async () => {
    const { call, seen } = callsOf(new PageTurns({ perConnection: 2, inAll: 10, heldMs: 1_000 }))
    const [first] = ['a1', 'a2', 'a3', 'a4'].map(call)
    expect(await seen()).toEqual(['a1', 'a2'])
    call('b1')
    expect(await seen(), 'another connection does not wait').toEqual(['b1'])
    first?.end()
    first?.end()
    expect(await seen()).toEqual(['a3'])
  })

  test('all connections together have only some pages in memory, and those that wait have their turns in rotation', async () => {
    const { call, seen } = callsOf(new PageTurns({ perConnection: 2, inAll: 2, heldMs: 1_000 }))
    const calls = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'].map(call)
    expect(await seen()).toEqual(['a1', 'a2'])
    const order: string[] = []
    for (const index of [0, 1, 4, 6, 2]) {
      calls[index]?.end()
      order.push(...(await seen()))
    }
    expect(order.slice(0, 2)).toEqual(['b1', 'c1'])
    expect(order.toSorted()).toEqual(['a3', 'a4', 'b1', 'b2', 'c1'])
  })

  test('a call whose client goes away while it waits gives up its place, and one that runs ends its turn', async () => {
    const { call, seen } = callsOf(new PageTurns({ perConnection: 1, inAll: 10, heldMs: 1_000 }))
    const [running, gone] = ['a1', 'a2', 'a3'].map(call)
    expect(await seen()).toEqual(['a1'])
    gone?.end()
    await expect(gone?.turn).rejects.toMatchObject({ reason: 'CANCELED' })
    running?.end()
    expect(await seen()).toEqual(['a3'])
  })

  test('a call whose client is already gone has no turn, and takes no place', async () => {
    const turns = new PageTurns({ perConnection: 1, inAll: 1, heldMs: 1_000 })
    const { exchange } = exchangeOf({})
    Object.assign(exchange, { onceOver: () => false })
    await expect(turns.take(exchange)).rejects.toMatchObject({ reason: 'CANCELED' })
    const { call, seen } = callsOf(turns)
    call('b1')
    expect(await seen()).toEqual(['b1'])
  })

  describe('of slow readers', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
    afterEach(() => void vi.useRealTimers())

    test.for([
      ['of the whole server', { perConnection: 2, inAll: 1, heldMs: 1_000 }, 'b1'],
      ['of its connection', { perConnection: 1, inAll: 9, heldMs: 1_000 }, 'a2'],
    ] as const)(
      'a client that reads too slowly is cut off if it has the last place %s, and another call waits',
      async ([, limits, next]) => {
        const { call, seen } = callsOf(new PageTurns(limits))
        call('a1').beginAnswer()
        vi.advanceTimersByTime(5_000)
        call(next)
        vi.advanceTimersByTime(1_000)
        expect(await seen(), 'nobody waited before').toEqual(['a1'])
        vi.advanceTimersByTime(100)
        expect(await seen()).toEqual([next])
      },
    )

    test('a call is not cut off before its answer begins, or for calls of other connections that wait for their own', async () => {
      const { call, seen } = callsOf(new PageTurns({ perConnection: 1, inAll: 2, heldMs: 1_000 }))
      const [working, reading] = ['a1', 'b1', 'a2'].map(call)
      reading?.beginAnswer()
      vi.advanceTimersByTime(5_000)
      expect(await seen()).toEqual(['a1', 'b1'])
      working?.end()
      expect(await seen()).toEqual(['a2'])
      expect(vi.getTimerCount()).toBe(1)
      vi.advanceTimersByTime(100)
      expect(vi.getTimerCount(), 'nobody waits').toBe(0)
    })
  })
})
