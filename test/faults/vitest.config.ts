import { defineConfig } from 'vitest/config'
import { sharedTestOptions } from '../../vitest.shared.ts'

// `npm run test:faults`: it measures how fast servers recover, so nothing else may run beside it.
export default defineConfig({ test: { ...sharedTestOptions, include: ['test/faults/faults.test.ts'] } })
