import { defineConfig } from 'vitest/config'
import { sharedTestOptions } from '../../vitest.shared.ts'

// `npm run schemathesis` takes minutes on both cores, so it is not part of `npm test`.
export default defineConfig({ test: { ...sharedTestOptions, include: ['test/interop/schemathesis.test.ts'] } })
