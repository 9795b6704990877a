import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { seedFrom } from '../support/seed.ts'
import { allowedDifferences } from './allowed-differences.ts'
import { type Case, makeCases } from './cases.ts'
import { type Finding, findDifferences } from './compare.ts'
import { startBoth } from './servers.ts'

// `npm run differential` is the long form. To repeat a run that failed, set WAYPOST_DIFFERENTIAL_SEED to its seed.
const SEED = seedFrom('WAYPOST_DIFFERENTIAL_SEED')
/** The number of requests that are mutated at random, in addition to those that are always sent. */
const RANDOM = Number(process.env.WAYPOST_DIFFERENTIAL_REQUESTS ?? 1_000)

const AT_ONCE = 24
const SHOWN = 20

const tls = { cert: tlsFile('server'), key: tlsFile('server-key'), clientCa: undefined }
const used = new Set<string>()

describe(`requests with the seed ${SEED}`, () => {
  test('every request gets the same answer from Waypost and from the RPC library, except for the listed differences', {
    timeout: 600_000,
  }, async () => {
    const servers = await startBoth()
    onTestFinished(servers.close)
    const { reads, changes } = makeCases(SEED, RANDOM, servers.etags)
    expect(reads.length + changes.length).toBeGreaterThanOrEqual(2_000)
    const findings = await compareAll(reads, (request) => findDifferences(servers.senders, request), AT_ONCE)
    // The answer to a change depends on the changes before it.
    findings.push(...(await compareAll(changes, (request) => findDifferences(servers.senders, request), 1)))
    for (const { allowed } of findings) if (allowed !== undefined) used.add(allowed)
    expectNone(findings)
  })

  test('every listed difference occurs', () => {
    expect(allowedDifferences.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([])
  })

  test('over TLS, requests get the same answers, too', async () => {
    const servers = await startBoth(tls)
    onTestFinished(servers.close)
    const { reads } = makeCases(SEED, 0, servers.etags)
    const sample = reads.filter((_, index) => index % 8 === 0)
    expectNone(await compareAll(sample, (request) => findDifferences(servers.senders, request), AT_ONCE))
  })
})

test('every sentence that a listed difference quotes from a document is in that document', async () => {
  for (const { of, says } of allowedDifferences.map(({ clause }) => clause)) {
    if (of.startsWith('https:')) continue
    const text = await readFile(fileURLToPath(new URL(`../../${of}`, import.meta.url)), 'utf8')
    expect(text.replaceAll(/\s+/g, ' '), of).toContain(says)
  }
})

async function compareAll(
  requests: readonly Case[],
  compare: (request: Case) => Promise<Finding[]>,
  atOnce: number,
): Promise<Finding[]> {
  const findings: Finding[] = []
  let next = 0
  const worker = async () => {
    for (let request = requests[next++]; request; request = requests[next++]) findings.push(...(await compare(request)))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return findings
}

function expectNone(findings: readonly Finding[]): void {
  const kinds = Map.groupBy(
    findings.filter(({ allowed }) => allowed === undefined),
    ({ kind }) => kind,
  )
  const shown = [...kinds.values()].slice(0, SHOWN).map((same) => `${same.length} times: ${same[0]?.shown}`)
  expect(kinds.size, `${kinds.size} kinds of differences:\n\n${shown.join('\n\n')}\n`).toBe(0)
}

function tlsFile(name: string): string {
  return fileURLToPath(new URL(`../support/tls/${name}.pem`, import.meta.url))
}
