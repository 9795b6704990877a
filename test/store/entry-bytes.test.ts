import { expect, test } from 'vitest'
import { entryBytes } from '../../bench/entry-bytes.ts'

const sizes = entryBytes()
const find = (change: string, aliases: number, endpoints: string) => {
  const found = sizes.find((each) => each.change === change && each.aliases === aliases && each.endpoints === endpoints)
  if (found === undefined) throw new Error(`there is no size of ${change}`)
  return found
}

test.for(['sqlite', 'mongodb'] as const)(
  'on %s a registration in a service with 64 aliases takes at most 1.5 times the bytes of one without aliases',
  (store) => {
    for (const endpoints of ['none', '64 KiB']) {
      const [without, with64] = [find('register', 0, endpoints), find('register', 64, endpoints)]
      expect(with64[store][3], endpoints).toBeLessThanOrEqual(1.5 * without[store][3])
    }
  },
)

test.for(['sqlite', 'mongodb'] as const)(
  'on %s a change of a revision with 64 KiB of endpoints takes less than 1,200 bytes, if it does not change them',
  (store) => {
    for (const change of ['update the description', 'deprecate', 'clear the default', 'yank', 'delete']) {
      expect(find(change, 64, '64 KiB')[store][3], change).toBeLessThan(1_200)
    }
  },
)
