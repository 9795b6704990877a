import { defineConfig } from 'vitest/config'

const isCI = process.env.CI === 'true'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/global-setup.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most of what the tests do is wait: for processes that start, and for limits that pass.
    maxWorkers: 4,
    // For CI's closing line.
    reporters: isCI ? ['default', 'json'] : ['default'],
    outputFile: { json: 'node_modules/.cache/waypost/test-results.json' },
  },
})
