import { Stryker } from '@stryker-mutator/core'

// `npm run mutation` runs Stryker, which changes the program in thousands of places, one at a time, and runs the fast
// tests against each change. An unnoticed change shows a missing test or makes no difference. CI does not run it.
// node test/mutation/run.ts [domain|registry] [FILE…]
// The reports are in reports/mutation/.

/** The smallest allowed share of changes that a test notices, in percent. */
const LEAST_SCORES = { domain: 85, registry: null }

type Part = keyof typeof LEAST_SCORES

const parts = Object.keys(LEAST_SCORES) as Part[]
const [part, ...files] = process.argv.slice(2)
if (part !== undefined && !parts.includes(part as Part)) throw new Error(`${part}: must be one of ${parts.join(', ')}`)

for (const each of part === undefined ? parts : [part as Part]) {
  process.env.WAYPOST_MUTATION_PART = each
  await new Stryker({
    mutate: files.length > 0 ? files : [`src/${each}/**/*.ts`],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'test/mutation/vitest.config.ts' },
    // There is no such file. Stryker would rewrite a file with the compiler API, which TypeScript 7 does not have.
    tsconfigFile: 'none.json',
    coverageAnalysis: 'perTest',
    ignorePatterns: ['dist', 'reports'],
    concurrency: 2,
    timeoutMS: 20_000,
    reporters: ['clear-text', 'progress', 'html', 'json'],
    clearTextReporter: { logTests: false, allowColor: false, reportTests: false },
    htmlReporter: { fileName: `reports/mutation/${each}.html` },
    jsonReporter: { fileName: `reports/mutation/${each}.json` },
    thresholds: { high: 95, low: 85, break: LEAST_SCORES[each] },
  }).runMutationTest()
}
