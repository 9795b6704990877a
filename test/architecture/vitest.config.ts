import { defineConfig } from 'vitest/config'
import { reportOptions } from '../../vitest.shared.ts'

// This is the configuration for `npm run check`. Its tests only read source files and need no MongoDB.
export default defineConfig({ test: { ...reportOptions, dir: import.meta.dirname } })
