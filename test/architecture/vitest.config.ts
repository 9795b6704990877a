import { defineConfig } from 'vitest/config'
import { reportOptions } from '../../vitest.shared.ts'

// For `npm run check`: these tests read source files only, and need no MongoDB.
export default defineConfig({ test: { ...reportOptions, dir: import.meta.dirname } })
