import { expect, test } from 'vitest'
import { Gathering } from '../../../src/store/sqlite/writer/gathering.ts'
import type { Inbox } from '../../../src/store/sqlite/writer/inbox.ts'

/** An inbox that gets another append at each look. */
function fillingInbox() {
  const inbox = { looks: 0, receive: () => inbox.looks++ }
  return inbox
}

const gatheringOf = (inbox: { receive(): number }) => new Gathering(inbox as Inbox)

test('after a slow commit, the writer waits until as many appends have come as were under way', () => {
  const inbox = fillingInbox()
  const gathering = gatheringOf(inbox)
  gathering.committed(5, 600_000)
  gathering.wait()
  // The look after the commit found none, so five were under way.
  expect(inbox.receive()).toBe(6)
})

test('after a quick commit, the writer waits for nothing', () => {
  const inbox = fillingInbox()
  const gathering = gatheringOf(inbox)
  gathering.committed(5, 1)
  gathering.wait()
  expect(inbox.looks).toBe(1)
})

test('the wait ends although no append comes', () => {
  const gathering = gatheringOf({ receive: () => 0 })
  gathering.committed(5, 20)
  gathering.wait()
})
