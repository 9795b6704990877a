import { globSync, readFileSync } from 'node:fs'
import { configDefaults, defineConfig } from 'vitest/config'
import { sharedTestOptions, slowTests } from './vitest.shared.ts'

// `npm run test:replica-set`: the tests of the behaviour that depends on the store, on a MongoDB replica set of three.
const folders = 'test/{behaviour,durability,linearizability,model,store,transfer,verify}'
const usesMongo = /support\/(each-store|store-behaviour|mongo-storage)\.ts/

// Each read waits for two of the members, so these runs are shorter than those of `npm test`, unless a longer one is
// asked for, such as `npm run model -- --config vitest.replica-set.config.ts`.
const { WAYPOST_MODEL_HISTORIES = '10', WAYPOST_LINEARIZABILITY_OPERATIONS = '200' } = process.env

export default defineConfig({
  test: {
    ...sharedTestOptions,
    include: globSync(`${folders}/**/*.test.ts`).filter((file) => usesMongo.test(readFileSync(file, 'utf8'))),
    exclude: [...configDefaults.exclude, ...slowTests],
    provide: { mongoTopology: 'replica set' },
    env: { ...sharedTestOptions.env, WAYPOST_MODEL_HISTORIES, WAYPOST_LINEARIZABILITY_OPERATIONS },
    maxWorkers: 4,
    // The files are many and short, so to load all modules for each of them would take a fifth of the time.
    isolate: false,
  },
})
