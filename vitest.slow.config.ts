import { defineConfig } from 'vitest/config'
import { sharedTestOptions, slowTests } from './vitest.shared.ts'

// `npm run test:slow`: the tests that wait for real time limits or measure times, and those that take long.
export default defineConfig({
  test: {
    ...sharedTestOptions,
    include: slowTests,
    // They wait more than they work, but a machine that is too busy makes measured times meaningless.
    maxWorkers: 4,
  },
})
