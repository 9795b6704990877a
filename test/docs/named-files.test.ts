import { existsSync, globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

// `src/main/` is a folder of the reader's own program in Java.
const PLACE = /`((?:src(?!\/main\/)|test|bench|tools|proto|examples|dashboards|action)\/[\w./-]*)`/g

/** A folder of the package. `npm pack` makes it. */
const PACKED = 'proto/google/'

const pages = ['README.md', 'CONTRIBUTING.md', 'action/README.md', ...globSync('docs/**/*.md')]

test.for(pages)('every file and folder of the repository that %s names exists', (page) => {
  const named = [...readFileSync(page, 'utf8').matchAll(PLACE)].map(([, place = '']) => place)
  // Capital letters stand for a name that the reader chooses.
  const missing = named.filter((place) => !/[A-Z]{3}/.test(place) && place !== PACKED && !existsSync(place))
  expect(missing).toEqual([])
})

test('the check finds the files and folders that CONTRIBUTING.md names', () => {
  expect([...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(PLACE)].length).toBeGreaterThan(50)
})
