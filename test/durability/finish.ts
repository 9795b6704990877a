import { finishUpgrade } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'

// node test/durability/finish.ts LOCATION: finishes an upgrade as `waypost upgrade` does, and says when it begins. So a
// test can kill it in the middle.
const location = parseStore(process.argv[2] ?? '')
// The modules of the store are loaded before.
if (location.kind === 'mongodb') await import('../../src/store/mongodb/upgrade.ts')
process.stdout.write('begins\n')
setImmediate(async () => process.stdout.write(`${await finishUpgrade(location)}\n`))
