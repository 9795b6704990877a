import { mkdtempSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import document from '../../docs/openapi.json' with { type: 'json' }
import { spawnServe } from '../support/serve.ts'
import { sqliteStorage } from '../support/storage.ts'
import { findPythonWith, run, skipWithout } from '../support/tools.ts'

// Schemathesis makes requests from the OpenAPI document, valid and invalid ones, and checks the answers against it.

const python = findPythonWith('schemathesis', 'openapi_spec_validator')
const reason = skipWithout(
  python !== undefined,
  'schemathesis: no Python 3 with the packages schemathesis and openapi-spec-validator',
)

// For each of the two servers. Each run makes these for each operation, and some hundreds more.
const MAX_EXAMPLES = 75
const MIN_REQUESTS = 2_500

// A valid request must be accepted. It may still find nothing (404), conflict with what is there (409), or have an etag that
// is not the current one (412, and 304 for a read). These operations may also refuse it with 400: JSON Schema has no words
// for a range of versions, for requirements of labels, for the token of a page, and for one field or the other, and the
// code FAILED_PRECONDITION is 400, too.
const CONFIG = `
hooks = "hooks.py"

[checks]
positive_data_acceptance.expected-statuses = ["2xx", "304", "404", "409", "412"]

[[operations]]
include-operation-id = ["get", "getDefault", "getRevision", "listServices", "listRevisions", "listNamespaces", "setAlias", "setDefault", "deprecate", "updateRevision", "deleteRevision"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "304", "400", "404", "409", "412"]
`

// Schemathesis takes every success of a POST for something made, which a registration that is only validated is not. Two
// etags in one request must be equal, for which OpenAPI has no words. And the quotes of an If-Match that the schema demands
// are sometimes lost on the way into a valid request.
const HOOKS = `
import schemathesis

@schemathesis.hook
def filter_case(context, case):
    body = case.body if isinstance(case.body, dict) else {}
    is_registration = case.operation.label == "POST /services/{namespace}/{name}"
    if is_registration and body.get("validate_only") is True:
        return False
    if_match = (case.headers or {}).get("If-Match")
    if if_match is None:
        return True
    return if_match.startswith('"') and "etag" not in body and "etag" not in (case.query or {})
`

/** What is mostly refused by the nature of it, so that schemathesis warns that it did not get far. */
const mostlyRefused: Readonly<Record<string, readonly string[]>> = {
  // They need a default, or the etag of a revision that is yanked.
  missing_test_data: [
    'DELETE /services/{namespace}/{name}/default',
    'DELETE /services/{namespace}/{name}/revisions/{revision_tag}',
  ],
  // They take one selector of several, or a revision that exists, and its etag if they have one.
  validation_mismatch: [
    'DELETE /services/{namespace}/{name}/revisions/{revision_tag}',
    'GET /services/{namespace}/{name}',
    'PATCH /services/{namespace}/{name}/revisions/{revision_tag}',
    'POST /services/{namespace}/{name}/revisions/{revision_tag}/deprecate',
    'POST /services/{namespace}/{name}/revisions/{revision_tag}/restore',
    'POST /services/{namespace}/{name}/revisions/{revision_tag}/undeprecate',
    'POST /services/{namespace}/{name}/revisions/{revision_tag}/unyank',
    'POST /services/{namespace}/{name}/revisions/{revision_tag}/yank',
    'PUT /services/{namespace}/{name}/aliases/{alias}',
    'PUT /services/{namespace}/{name}/default',
  ],
}

/** What schemathesis reports of a run, as far as it matters here. */
interface Report {
  readonly complete: boolean
  readonly operations: { readonly total: number; readonly tested: number }
  readonly phases: Readonly<Record<string, { readonly status: string }>>
  readonly test_cases: { readonly generated: number }
  readonly failures: readonly unknown[]
  readonly errors: readonly unknown[]
  readonly warnings: Readonly<Record<string, readonly unknown[]>>
}

const folder = mkdtempSync(join(tmpdir(), 'waypost-schemathesis-'))
afterAll(() => rm(folder, { recursive: true }))

test.skipIf(reason)('the document is valid OpenAPI 3.1', async () => {
  const file = join(folder, 'openapi.json')
  await writeFile(file, JSON.stringify(document))
  const script =
    'import json, sys, openapi_spec_validator as v; v.OpenAPIV31SpecValidator(json.load(open(sys.argv[1]))).validate()'
  await run(python ?? '', ['-c', script, file])
})

// Two servers rather than one, so that both cores of a small machine work: half of the 5,000 requests each.
describe.concurrent('schemathesis finds no failure in 5,000 requests', () => {
  test.skipIf(reason).for([
    { basePath: '', seed: 1 },
    { basePath: '/api/integrations/octue', seed: 2 },
  ])('of which half go below "$basePath"', { timeout: 10 * 60_000 }, async ({ basePath, seed }) => {
    const storage = await sqliteStorage()
    const server = await spawnServe(['--store', storage.location, '--base-path', basePath])
    try {
      const { report, output } = await runSchemathesis(`${server.url}${basePath}/openapi.json`, seed)
      expect(report.failures, output).toEqual([])
      expect(report.errors, output).toEqual([])
      expect(
        Object.entries(report.warnings).flatMap(([warning, operations]) =>
          operations.filter((operation) => !mostlyRefused[warning]?.includes(`${operation}`)),
        ),
        output,
      ).toEqual([])
      expect(report).toMatchObject({ complete: true, operations: { tested: report.operations.total } })
      expect(report.phases).toMatchObject(allSuccessful)
      expect(report.test_cases.generated).toBeGreaterThanOrEqual(MIN_REQUESTS)
      expect(server.stderr().split('\n').filter(isTrouble)).toEqual([])
    } finally {
      await server.stop()
      await storage.remove()
    }
  })
})

const allSuccessful = Object.fromEntries(
  ['examples', 'coverage', 'fuzzing', 'stateful'].map((phase) => [phase, { status: 'success' }]),
)

async function runSchemathesis(document: string, seed: number): Promise<{ report: Report; output: string }> {
  const file = join(folder, `report-${seed}.json`)
  await writeFile(join(folder, 'schemathesis.toml'), CONFIG)
  await writeFile(join(folder, 'hooks.py'), HOOKS)
  const args = ['-m', 'schemathesis.cli', 'run', document, '--checks', 'all', '--mode', 'all', '--no-color']
  const amount = ['--max-examples', `${MAX_EXAMPLES}`, '--seed', `${seed}`, '--generation-database', 'none']
  const reporting = ['--report', 'json', '--report-json-path', file]
  // It ends with 1 where it found something: what, its report says.
  const output = await run(python ?? '', [...args, ...amount, ...reporting], folder).catch((error) => `${error.stdout}`)
  return { report: JSON.parse(await readFile(file, 'utf8')) as Report, output }
}

// pino's levels: 30 is info, 40 a warning, 50 an error. What is no JSON is no line of the log.
function isTrouble(line: string): boolean {
  if (line === '') return false
  return !line.startsWith('{') || JSON.parse(line).level > 30
}
