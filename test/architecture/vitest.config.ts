import { defineConfig } from 'vitest/config'

// For `npm run check`: these tests read source files only, and need no MongoDB.
export default defineConfig({ test: { dir: import.meta.dirname } })
