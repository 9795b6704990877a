import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { firstEntry } from './entries.ts'

// Appends to the file at the path in its argument, and does not close the store. Writes the result of each append.
const [, , path = ''] = process.argv
const store = openSqliteStore(path)
for (let index = 0; index < 50; index++) {
  store.append(firstEntry(`service-${index}`)).then((result) => process.stdout.write(`${result}\n`))
}
