import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Api, apis, type Fields, type Method } from '../support/api.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import { expectRefusal } from '../support/refusals.ts'

const service = { namespace: 'my-org', name: 'my-service' }
// The protocol does not matter to the policy, so one is enough.
const openApi = apis.Connect as (baseUrl: string) => Api

describeOnEachStore('yanking the default asks the policy', (createStorage) => {
  /** Starts a server with a policy, given by name or source text, and registers revisions. The last is the default. */
  const start = async (policy: string, tags: readonly string[]) => {
    const storage = await createStorage()
    const folder = await mkdtemp(join(tmpdir(), 'waypost-policy-'))
    const path = join(folder, 'policy.mjs')
    await writeFile(path, `export default ${policy}`)
    const server = await startInProcess(storage, { defaultPolicy: policy.includes('=>') ? path : policy })
    onTestFinished(async () => {
      await server.close()
      await storage.remove()
      await rm(folder, { recursive: true })
    })
    const api = openApi(server.url)
    const call = (method: Method, request: Fields = {}) => api.call(method, { ...service, ...request })
    for (const tag of tags) await call('register', { revision_tag: tag, is_default: tag === tags.at(-1) })
    return call
  }

  const oneHundred = Array.from({ length: 100 }, (_, index) => `1.${index}.0`)

  test.for<[string, string, string[], string | undefined]>([
    ['latest-stable, which passes over pre-releases', 'latest-stable', ['1.0.0', '2.0.0-rc.1', '2.0.0'], '1.0.0'],
    ['latest-stable, which accepts no remaining revision', 'latest-stable', ['2.0.0-rc.1', '2.0.0'], undefined],
    ['latest-pep440, which knows other versions', 'latest-pep440', ['0.9.0', '1.0rc1', 'main', '2.0.0'], '1.0rc1'],
    ['manual, which never accepts a revision', 'manual', ['1.0.0', '2.0.0'], undefined],
    [
      'that accepts everything, which chooses the highest version',
      '() => true',
      ['1.0.0', '1.1.0', 'main', '2.0.0'],
      '1.1.0',
    ],
    ['that accepts everything, which may choose a tag that is not a version', '() => true', ['main', '2.0.0'], 'main'],
    [
      'that refuses one pre-release, and then about the next revision',
      "({ revisionTag }) => revisionTag !== '2.0.0-rc.2'",
      ['1.0.0', '2.0.0-rc.1', '2.0.0-rc.2', '2.0.0'],
      '2.0.0-rc.1',
    ],
    [
      'with no current default and with the highest remaining version',
      "(_, { currentDefault, highestSemver }) => currentDefault === null && highestSemver === '1.1.0'",
      ['1.0.0', '1.1.0', '2.0.0'],
      '1.1.0',
    ],
    [
      'until it accepts a revision below 100 others',
      "({ revisionTag }) => revisionTag === '0.1.0'",
      ['0.1.0', ...oneHundred, '2.0.0'],
      '0.1.0',
    ],
  ])('yanking the default asks the policy %s', async ([, policy, tags, expected]) => {
    const call = await start(policy, tags)
    expect((await call('yank', { revision_tag: '2.0.0' })).default_revision_tag).toBe(expected)
  })

  test('TestPolicy answers the recent tags that the policy asks for', async () => {
    const call = await start('latest-pep440', ['0.9.0', 'main', '1.0rc1'])
    expect(await call('testPolicy', { revision_tag: '1.0' })).toEqual({
      ...{ policy: 'latest-pep440', becomes_default: true, current_default: '1.0rc1' },
      ...{ highest_version: '0.9.0', highest_release: '0.9.0', recent_tags: ['1.0rc1', 'main', '0.9.0'] },
    })
    expect(await call('register', { revision_tag: '1.0b1' })).toMatchObject({ revision: { is_default: false } })
    expect(await call('register', { revision_tag: '1.0' })).toMatchObject({ revision: { is_default: true } })
  })

  test('yanking the default asks the policy about a revision below 100 yanked ones', async () => {
    const call = await start("({ revisionTag }) => revisionTag === '0.1.0'", ['0.1.0', '3.0.0', ...oneHundred, '2.0.0'])
    for (const tag of oneHundred) await call('yank', { revision_tag: tag })
    expect(await call('yank', { revision_tag: '2.0.0' })).toMatchObject({ default_revision_tag: '0.1.0' })
  })

  test('a yank changes nothing if the policy fails, and does not ask the policy if nothing can be chosen', async () => {
    const call = await start("() => { throw new Error('a defect') }", ['1.0.0', '1.1.0', '2.0.0'])
    const expected = { code: 'internal', reason: 'DEFAULT_POLICY_FAILED' } as const
    await expectRefusal(call('yank', { revision_tag: '2.0.0' }), expected)
    expect((await call('get')).revision).toEqual({ ...service, revision_tag: '2.0.0', is_default: true })
    await call('yank', { revision_tag: '1.1.0' })
    expect(await call('yank', { revision_tag: '2.0.0', if_default: 'CLEAR' })).not.toHaveProperty(
      'default_revision_tag',
    )
    await expectRefusal(call('testPolicy', { revision_tag: '3.0.0' }), expected)
  })
})
