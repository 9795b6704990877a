import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { findNeedles } from './needles.ts'
import { recorder } from './recorder.ts'
import { watchThisProcess } from './watch.ts'

const shared = globalThis as { isWaypostWatched?: true }
if (!shared.isWaypostWatched) watchThisProcess()
shared.isWaypostWatched = true

// It is the last of a file, because Vitest calls these functions from the last to the first.
afterAll(() => {
  const { needles, words } = recorder
  if (needles.size === 0 && words.size === 0) return
  const folder = inject('tokenSearch')
  for (const [name, lines] of Object.entries({ needles, words })) {
    appendFileSync(join(folder, `${name}-${process.pid}`), `${[...lines].join('\n')}\n`)
  }
  const found = findNeedles(needles, words)
  words.clear()
  if (found.length > 0) throw new Error(`a token was written by a server: ${found.join(', ')}`)
})
