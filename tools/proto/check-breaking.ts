import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import semver from 'semver'
import manifest from '../../package.json' with { type: 'json' }
import { buf, root } from './read-comments.ts'
import { restRoutesOf } from './rest-routes.ts'

// `npm run check:proto`: compares proto/ with the released APIs. A difference that breaks clients is an error, unless it is
// listed here. A listed difference that no longer exists is an error, too.

/** The differences from 0.1.0, in the words of buf. CHANGELOG.md tells users about each of them. */
const since010 = [
  'MESSAGE_NO_DELETE: Previously present message "RestoreRequest" was deleted from file.',
  'MESSAGE_NO_DELETE: Previously present message "RestoreResponse" was deleted from file.',
  'RPC_NO_DELETE: Previously present RPC "Restore" on service "ServiceRegistry" was deleted.',
  'FIELD_NO_DELETE: Previously present field "3" with name "validated" on message "RegisterResponse" was deleted.',
]

const releases = [
  { version: '0.1.0', exceptions: since010 },
  // `npm run baseline` writes it until 0.2.0 is released, and never again afterwards.
  { version: '0.2.0', exceptions: [] },
]

const routes = restRoutesOf(execFileSync(buf, ['build', 'proto', '-o', '-'], { cwd: root }))
const problems = releases.flatMap(({ version, exceptions }) => [...compare(version, exceptions), ...stale(version)])
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exitCode = 1
}

function compare(version: string, exceptions: readonly string[]): string[] {
  const baseline = `tools/proto/baseline-${version}.binpb`
  const found = [...breakingDifferences(baseline), ...missingRoutes(baseline)]
  return [
    ...found.filter((text) => !exceptions.includes(text)).map((text) => `breaks clients of ${version}: ${text}`),
    ...exceptions.filter((text) => !found.includes(text)).map((text) => `is no longer true of ${version}: ${text}`),
  ]
}

// A version that is not released yet is the API as it is now. Otherwise its baseline would miss additions since then.
function stale(version: string): string[] {
  if (semver.gte(manifest.version, version)) return []
  const now = execFileSync(buf, ['build', 'proto', '--exclude-source-info', '-o', '-'], { cwd: root })
  const isCurrent = now.equals(readFileSync(join(root, `tools/proto/baseline-${version}.binpb`)))
  return isCurrent ? [] : [`the baseline of ${version} is not the API as it is now; run "npm run baseline"`]
}

function breakingDifferences(baseline: string): string[] {
  const args = ['breaking', 'proto', '--against', baseline, '--error-format', 'json']
  const { status, stdout, stderr } = spawnSync(buf, args, { cwd: root, encoding: 'utf8' })
  // buf ends with 100 if it has found differences, and with others if it could not compare.
  if (status !== 0 && status !== 100) throw new Error(`buf ${args.join(' ')} failed: ${stderr}`)
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line)).map(({ type, message }) => `${type}: ${message}`)
}

// buf does not look at the options that make the REST routes.
function missingRoutes(baseline: string): string[] {
  const released = restRoutesOf(readFileSync(join(root, baseline)))
  return released.filter((route) => !routes.includes(route)).map((route) => `REST route ${route} was deleted.`)
}
