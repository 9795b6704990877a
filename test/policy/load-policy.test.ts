import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AsksForOtherFacts, type PolicyContext } from '../../src/domain/policies/default-policy.ts'
import { parseSruid } from '../../src/domain/sruid.ts'
import { type LoadedPolicy, loadPolicy } from '../../src/policy/load-policy.ts'
import { silentLogger } from '../../src/telemetry/logger.ts'

const candidate = parseSruid('my-org/my-service:1.2.9')
const context = { currentDefault: null, highestSemver: '1.0.0', highestRelease: null } as PolicyContext
const unlimited = new AbortController().signal

let folder: string
let loaded: LoadedPolicy | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waypost-policy-'))
})

afterEach(async () => {
  await loaded?.close()
  loaded = undefined
  await rm(folder, { recursive: true, force: true })
})

async function load(file: string, source: string): Promise<LoadedPolicy> {
  await writeFile(join(folder, file), source)
  loaded = await loadPolicy(join(folder, file), silentLogger)
  return loaded
}

describe('a policy module', () => {
  test.for([
    [
      'policy.mjs',
      'export default (candidate, context) => candidate.name === "my-service" && context.highestSemver === "1.0.0"',
    ],
    ['policy.mts', 'export default (candidate: { revisionTag: string }): boolean => candidate.revisionTag === "1.2.9"'],
    ['policy.cjs', 'module.exports = async () => true'],
  ] as const)('a policy module may be %s', async ([file, source]) => {
    const policy = await load(file, source)
    expect(await policy.decide(candidate, context, unlimited)).toBe(true)
  })

  test('the policy of the examples holds back betas and the namespace lab, except for the first revision', async () => {
    loaded = await loadPolicy(fileURLToPath(new URL('../../examples/policy.ts', import.meta.url)), silentLogger)
    const existing = { ...context, currentDefault: parseSruid('a/b:1.0.0').revisionTag }
    const decide = (text: string, known: PolicyContext) => loaded?.decide(parseSruid(text), known, unlimited)
    expect(await decide('my-org/a:1.0.0-beta', context)).toBe(true)
    expect(await decide('my-org/a:1.1.0-beta', existing)).toBe(false)
    expect(await decide('my-org/a:1.1.0', existing)).toBe(true)
    expect(await decide('lab/a:1.1.0', existing)).toBe(false)
  })

  test('a policy module can be asked many questions at once and answers each of them', async () => {
    const policy = await load(
      'policy.mjs',
      `export default async ({ revisionTag }) => {
         await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
         return Number(revisionTag.split('.')[2]) % 2 === 0
       }`,
    )
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        policy.decide(parseSruid(`my-org/my-service:1.0.${index}`), context, unlimited),
      ),
    )
    expect(answers).toEqual(answers.map((_, index) => index % 2 === 0))
  })

  test('a decision rejects with the error that the policy module throws', async () => {
    const policy = await load('policy.mjs', 'export default () => { throw new Error("no idea") }')
    await expect(policy.decide(candidate, context, unlimited)).rejects.toThrow('no idea')
  })

  test('a policy that never yields the processor is stopped, and the next question goes to a new process', async () => {
    const policy = await load(
      'policy.mjs',
      'export default ({ revisionTag }) => { while (revisionTag === "1.2.9"); return true }',
    )
    const controller = new AbortController()
    const hanging = Promise.resolve(policy.decide(candidate, context, controller.signal))
    hanging.catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 100))
    controller.abort()
    expect(await policy.decide(parseSruid('my-org/my-service:1.3.0'), context, unlimited)).toBe(true)
  })

  test('a policy that ends its own process fails that question, and the next question goes to a new process', async () => {
    const policy = await load(
      'policy.mjs',
      'export default ({ revisionTag }) => { if (revisionTag === "1.2.9") process.exit(1); return true }',
    )
    await expect(policy.decide(candidate, context, unlimited)).rejects.toThrow('ended its process')
    expect(await policy.decide(parseSruid('my-org/my-service:1.3.0'), context, unlimited)).toBe(true)
  })

  test.for([
    ['does not export a function', 'export default 5', /default export of the policy module is not a function/],
    ['has no default export', 'export const policy = () => true', /is not a function/],
    ['throws while it is loaded', 'throw new Error("broken at load")', /broken at load/],
    [
      'asks for an unknown fact',
      "export const context = ['recentTags', 'recentTag']; export default () => true",
      /^the export context of the policy module has the unknown name "recentTag"; use "recentTags"$/m,
    ],
    [
      'asks for a fact with a number',
      'export const context = [5]; export default () => true',
      /name of the type number/,
    ],
    [
      'asks for facts without a list',
      "export const context = 'recentTags'; export default () => true",
      /^the export context of the policy module is not an array; use \["recentTags"\]$/m,
    ],
    ['is not JavaScript', 'export default (', /./],
  ] as const)('a policy module that %s is refused', async ([, source, message]) => {
    await expect(load('policy.mjs', source)).rejects.toThrow(message)
  })

  test('a policy module gets the recent tags only if it asks for them', async () => {
    const known = { ...context, recentTags: [parseSruid('a/b:1.0.0').revisionTag] }
    const rule = 'export default (_, { recentTags }) => recentTags?.[0] === "1.0.0"'
    const asking = await load('asking.mjs', `export const context = ['recentTags']; ${rule}`)
    expect([asking.context, await asking.decide(candidate, known, unlimited)]).toEqual([['recentTags'], true])
    asking.close()
    const other = await load('other.mjs', rule)
    expect([other.context, await other.decide(candidate, known, unlimited)]).toEqual([[], false])
  })

  test('a policy module that is loaded again may ask for other facts, and a decision without them fails', async () => {
    const rule = 'export default (_, { recentTags }) => recentTags === undefined'
    const policy = await load('policy.mjs', rule)
    expect([policy.context, await policy.decide(candidate, context, unlimited)]).toEqual([[], true])
    await writeFile(join(folder, 'policy.mjs'), `export const context = ['recentTags']; ${rule}`)
    await policy.reload?.()
    expect(policy.context).toEqual(['recentTags'])
    await expect(policy.decide(candidate, context, unlimited)).rejects.toThrow(AsksForOtherFacts)
    await writeFile(join(folder, 'policy.mjs'), `export const context = ['tags']; ${rule}`)
    await expect(policy.reload?.()).rejects.toThrow('the unknown name "tags"')
    expect(policy.context).toEqual(['recentTags'])
    expect(await policy.decide(candidate, { ...context, recentTags: [] }, unlimited)).toBe(false)
  })

  test('a policy module that does not exist is refused', async () => {
    await expect(loadPolicy(join(folder, 'none.mjs'), silentLogger)).rejects.toThrow(
      /the file does not exist; use latest-semver, latest-stable, latest-pep440, manual, or the path of a module\./,
    )
  })
})
