import { defineConfig } from 'vitest/config'

const part = process.env.WAYPOST_MUTATION_PART ?? 'domain'

// For `npm run mutation`: the tests of one part that start no process and no database.
export default defineConfig({
  test: {
    include: [`test/${part}/**/*.test.ts`],
    exclude: ['**/*.slow.test.ts'],
    setupFiles: 'test/support/fixed-seed.ts',
    testTimeout: 60_000,
    provide: { mongoStarter: '' },
  },
})
