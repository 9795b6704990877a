import { configDefaults, defineConfig } from 'vitest/config'
import { sharedTestOptions, slowTests } from './vitest.shared.ts'

/** Many short files that leave nothing behind in their process. */
const together = ['test/{auth,behaviour,domain,registry,transfer,verify}/**/*.test.ts']

// `npm run check` runs the tests of the architecture: they read source files and start nothing. `npm run schemathesis` and
// `npm run test:faults` run the others: one keeps both cores busy for minutes, and the other measures times.
const exclude = [
  ...configDefaults.exclude,
  ...slowTests,
  // These need a replica set: `npm run test:replica-set` runs them.
  'test/**/*.replica-set.test.ts',
  ...['test/architecture/**', 'test/interop/schemathesis.test.ts', 'test/faults/**'],
]

// `npm test`: the same outcome in every run, on a busy machine too. So these tests use fixed seeds and assert no times.
export default defineConfig({
  test: {
    ...sharedTestOptions,
    // Most of what the tests do is wait: for processes that start, and for databases.
    maxWorkers: 4,
    projects: [
      // To load all modules for each of these files would take two fifths of their time.
      { extends: true, test: { name: 'together', include: together, exclude, isolate: false } },
      { extends: true, test: { name: 'apart', include: ['test/**/*.test.ts'], exclude: [...exclude, ...together] } },
    ],
  },
})
