import { defineConfig } from 'vitest/config'

const part = process.env.WAYPOST_MUTATION_PART ?? 'domain'

// The configuration for `npm run mutation` has the tests of one part, which start no process and no database.
export default defineConfig({
  test: {
    include: [`test/${part}/**/*.test.ts`],
    exclude: ['**/*.slow.test.ts'],
    setupFiles: 'test/support/fixed-seed.ts',
    testTimeout: 60_000,
    provide: { mongoStarter: '' },
  },
})
