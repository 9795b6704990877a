import { afterEach, beforeEach, expect, test } from 'vitest'
import { composeRegistry, openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { builtInPolicy } from '../../../src/domain/policies/default-policy.ts'
import { parseInfo, type Source } from '../../../src/domain/revision-info.ts'
import { parseServiceId, parseSruid } from '../../../src/domain/sruid.ts'
import type { Caller } from '../../../src/registry/core/caller.ts'
import type { RegistryDeps } from '../../../src/registry/core/registry-deps.ts'
import { register } from '../../../src/registry/revisions/register.ts'
import type { Store } from '../../../src/store/store.ts'
import { caller } from '../../support/caller.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import { knownCaller } from '../../support/known-caller.ts'
import type { Storage } from '../../support/storage.ts'

const sruid = parseSruid('my-org/my-service:1.2.9')
const commit = '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567'
const otherCommit = `f${commit.slice(1)}`
const repository = 'https://github.com/my-org/my-service'

/** A run of a pipeline on GitHub at a commit. */
function runAt(sha: string, run = 1, path = 'my-org/my-service'): Caller {
  return knownCaller({ name: `run ${run}`, claims: { repository: path, sha, run_id: String(run) } })
}

describeOnEachStore('the source of a registration', (createStorage) => {
  let storage: Storage
  let store: Store
  let deps: RegistryDeps

  beforeEach(async () => {
    storage = await createStorage()
    store = await openStore(parseStore(storage.location))
    deps = composeRegistry(store, builtInPolicy('latest-semver'))
  })
  afterEach(async () => {
    await store.close()
    await storage.remove()
  })

  const registerAs = (by: Caller, source: Partial<Source> = {}, validateOnly = false) => {
    const info = parseInfo({ labels: { tier: 'web' }, source })
    return register(deps, { sruid, requestedDefault: null, info, request: null, validateOnly }, by)
  }
  const entries = () => store.readLog(parseServiceId('my-org', 'my-service'), { after: 0, limit: 100 })
  const sourceOf = ({ revision }: { readonly revision: { readonly info: { readonly source: Source } } }) =>
    revision.info.source

  test('the parts that a request leaves out are those of the token, in the answer and in the store', async () => {
    const filled = { repository, commit, imageDigest: '' }
    expect(sourceOf(await registerAs(runAt(commit)))).toEqual(filled)
    const found = await store.lookup(sruid, { by: 'tag', tag: sruid.revisionTag })
    expect(found?.revision?.info.source).toEqual(filled)
    expect(found?.revision?.info.labels).toEqual([['tier', 'web']])
  })

  test('the parts that a request gives stay as they are', async () => {
    const given = { repository: 'git@github.com:my-org/my-service.git', imageDigest: 'sha256:0a' }
    expect(sourceOf(await registerAs(runAt(commit), given))).toEqual({ ...given, commit })
  })

  test.for<[string, Caller]>([
    ['of a caller without a token', caller],
    ['whose token names no source', knownCaller({ claims: { email: 'a@example.com' } })],
  ])('the source of a registration %s stays empty', async ([, by]) => {
    expect(sourceOf(await registerAs(by))).toEqual({ repository: '', commit: '', imageDigest: '' })
  })

  test.for<[string, Partial<Source>, string[]]>([
    ['another commit', { commit: otherCommit }, ['source.commit']],
    ['another repository', { repository: 'https://github.com/my-org/other' }, ['source.repository']],
    ['both', { commit: otherCommit, repository: 'https://example.com/x' }, ['source.repository', 'source.commit']],
  ])('a source that the token contradicts is refused, and nothing is stored: %s', async ([, source, fields]) => {
    for (const validateOnly of [true, false]) {
      const error = await registerAs(runAt(commit), source, validateOnly).catch((reason) => reason)
      expect(error).toMatchObject({ reason: 'SOURCE_MISMATCH', code: 'permission_denied' })
      expect(error.fieldViolations.map(({ field }: { readonly field: string }) => field)).toEqual(fields)
    }
    expect(await entries()).toEqual([])
  })

  test.for<[string, Caller, Partial<Source>, Caller, Partial<Source>]>([
    ['the same run', runAt(commit), {}, runAt(commit), {}],
    ['another run at the same commit', runAt(commit), {}, runAt(commit, 2), {}],
    ['a person whose token names no source', runAt(commit), {}, caller, {}],
    ['a run that now names its commit', runAt(commit), {}, runAt(commit), { commit, repository }],
    ['a person who names the stored commit', runAt(commit), {}, caller, { commit, repository }],
    ['a run that no longer names its short commit', runAt(commit), { commit: commit.slice(0, 8) }, runAt(commit), {}],
    ['a run, after a person without a source', caller, {}, runAt(commit), {}],
    ['a run, after a person who gave the same commit', caller, { commit }, runAt(commit), {}],
    [
      'a run, after a person who gave the repository in another form',
      caller,
      { repository: `${repository}.git` },
      runAt(commit),
      {},
    ],
  ])('a registration is a replay if its source is that of the first: %s', async ([, one, first, two, again]) => {
    const { revision } = await registerAs(one, first)
    expect(await registerAs(two, again)).toEqual({ revision, replayed: true })
    expect(await entries()).toHaveLength(1)
  })

  test.for<[string, Caller, Partial<Source>, Caller, Partial<Source>]>([
    ['a run at another commit', runAt(commit), {}, runAt(otherCommit, 2), {}],
    ['a run of another repository', runAt(commit), {}, runAt(commit, 2, 'my-org/other'), {}],
    ['a person who gives another commit', runAt(commit), {}, caller, { commit: otherCommit }],
    ['a person who leaves out a commit that was given', runAt(commit), { commit }, caller, {}],
    ['a run that gives a commit, after a person without one', caller, {}, runAt(commit), { commit }],
    ['a run, after a person who gave another commit', caller, { commit: otherCommit }, runAt(commit), {}],
    ['a run with another image', runAt(commit), { imageDigest: 'sha256:0a' }, runAt(commit), {}],
  ])('a registration with another source is refused, and nothing changes: %s', async ([, one, first, two, again]) => {
    await registerAs(one, first)
    const error = await registerAs(two, again).catch((reason) => reason)
    expect(error).toMatchObject({ reason: 'REVISION_ALREADY_EXISTS' })
    expect(error.message).toContain('(source differs)')
    expect(await entries()).toHaveLength(1)
  })
})
