import { mkdtempSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import document from '../../docs/openapi.json' with { type: 'json' }
import { spawnServe } from '../support/serve.ts'
import { sqliteStorage } from '../support/storage.ts'
import { findPythonWith, run, skipWithout } from '../support/tools.ts'

// Schemathesis makes valid and invalid requests from the OpenAPI document, and checks the answers against the document.

const python = findPythonWith('schemathesis', 'openapi_spec_validator')
const reason = skipWithout(
  python !== undefined,
  'schemathesis: no Python 3 with the packages schemathesis and openapi-spec-validator',
)

// There are two servers. A run makes this many requests for each operation, and some hundreds more.
const MAX_EXAMPLES = 75
const MIN_REQUESTS = 2_500

// A valid request must be accepted. It may still find nothing (404), conflict with stored content (409), or have an
// outdated etag (412, or 304 for a read). These operations may also refuse it with 400, because JSON Schema cannot
// describe a version range, a label selector, a page token, the schemes that an operator allows, two fields that exclude each
// other, or one that needs another one, and because the code FAILED_PRECONDITION is 400 too.
const CONFIG = `
hooks = "hooks.py"

[checks]
positive_data_acceptance.expected-statuses = ["2xx", "304", "404", "409", "412"]

[[operations]]
include-operation-id = ["register", "get", "getDefault", "getRevision", "listServices", "listRevisions", "listNamespaces", "setAlias", "setDefault", "deprecate", "updateRevision", "deleteRevision", "issueCallToken", "whoAmI", "getAlias", "listAliases", "setRollout", "getRollout", "endRollout", "listChanges", "revert"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "304", "400", "404", "409", "412"]
`

// Schemathesis expects that every successful POST makes something, but a registration with validate_only makes nothing.
// Two etags in one request must be equal, which OpenAPI cannot describe. Schemathesis sometimes drops the quotes of an
// If-Match header although the schema demands them.
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

/** Operations that refuse most requests. Schemathesis warns about them, and these warnings are allowed. */
const mostlyRefused: Readonly<Record<string, readonly string[]>> = {
  // These operations need a default, or the etag of a yanked revision.
  missing_test_data: [
    'DELETE /services/{namespace}/{name}/default',
    'DELETE /services/{namespace}/{name}/revisions/{revision_tag}',
    // These need a rollout, or candidates that are registered.
    'PUT /services/{namespace}/{name}/rollout',
    'GET /services/{namespace}/{name}/rollout',
    'POST /services/{namespace}/{name}/rollout/end',
  ],
  // These operations accept one of several selectors, or need an existing revision and its etag.
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
    // These need registered candidates, or one of a generation and a time that is not in the future.
    'GET /services/{namespace}/{name}/aliases',
    'GET /services/{namespace}/{name}/aliases/{alias}',
    'GET /services/{namespace}/{name}/rollout',
    'PUT /services/{namespace}/{name}/rollout',
    'POST /services/{namespace}/{name}/rollout/end',
    'POST /services/{namespace}/{name}/revert',
  ],
}

/** The parts of the report of schemathesis that this test reads. */
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

test.skipIf(reason)('the OpenAPI document is valid OpenAPI 3.1', async () => {
  const file = join(folder, 'openapi.json')
  await writeFile(file, JSON.stringify(document))
  const script =
    'import json, sys, openapi_spec_validator as v; v.OpenAPIV31SpecValidator(json.load(open(sys.argv[1]))).validate()'
  await run(python ?? '', ['-c', script, file])
})

// Two servers use both cores of a small machine. Each gets half of the 5,000 requests.
describe.concurrent('schemathesis', () => {
  test.skipIf(reason).for([
    { basePath: '', seed: 1 },
    { basePath: '/api/integrations/octue', seed: 2 },
  ])(
    'schemathesis finds no failure in 2,500 requests below "$basePath"',
    { timeout: 10 * 60_000 },
    async ({ basePath, seed }) => {
      const storage = await sqliteStorage()
      const below = basePath === '' ? [] : ['--base-path', basePath]
      const keys = join(folder, `keys-${seed}`)
      const tokens = ['--call-tokens', 'jwt', '--public-url', 'http://localhost', '--signing-keys', keys]
      const server = await spawnServe(['--store', storage.location, ...below, ...tokens])
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
    },
  )
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
  // Schemathesis ends with 1 if it found a failure. The failure is in its report.
  const output = await run(python ?? '', [...args, ...amount, ...reporting], folder).catch((error) => `${error.stdout}`)
  return { report: JSON.parse(await readFile(file, 'utf8')) as Report, output }
}

// The levels of pino are 30 for info, 40 for a warning and 50 for an error. A line that is not JSON is not a log line.
function isTrouble(line: string): boolean {
  if (line === '') return false
  return !line.startsWith('{') || JSON.parse(line).level > 30
}
