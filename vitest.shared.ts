import type { TestUserConfig } from 'vitest/config'

/** The tests of `npm run test:slow`. */
export const slowTests = ['test/**/*.slow.test.ts']

const isCI = process.env.CI === 'true'
/** The npm script that runs, such as `test:slow`. */
const script = process.env.npm_lifecycle_event ?? 'vitest'

/** In CI each npm script writes a report of its own. `.ci/run` adds them up. */
export const reportOptions = {
  reporters: isCI ? ['default', 'json'] : ['default'],
  outputFile: { json: `node_modules/.cache/waypost/reports/${script}.json` },
} satisfies TestUserConfig

export const sharedTestOptions = {
  ...reportOptions,
  provide: { mongoTopology: 'single server' },
  globalSetup: 'test/support/global-setup.ts',
  setupFiles: ['test/support/fixed-seed.ts', 'test/support/token-search/setup.ts'],
  // Many tests start `waypost` as a process. With its code compiled already, it starts in half the time.
  env: { NODE_COMPILE_CACHE: 'node_modules/.cache/waypost/compiled' },
  testTimeout: 60_000,
  hookTimeout: 60_000,
} satisfies TestUserConfig
