import { defineConfig } from 'vitest/config'
import { sharedTestOptions } from '../../vitest.shared.ts'

// `npm run schemathesis`: minutes of work for both cores, so it is no part of `npm test`.
export default defineConfig({ test: { ...sharedTestOptions, include: ['test/interop/schemathesis.test.ts'] } })
