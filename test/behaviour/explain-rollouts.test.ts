import { expect, test } from 'vitest'
import type { Fields } from '../support/api.ts'
import { describeRule } from '../support/store-behaviour.ts'
import { looking } from './looking.ts'

interface Explanation {
  readonly rule: string
  readonly description: string
  readonly rejected?: readonly Fields[]
}

// With the salt s1, the buckets of these keys are 89799 and 16728.
const [USER_1, USER_2] = ['user-1', 'user-2'] as const

describeRule('the explanation of a lookup during a rollout', (subject) => {
  const { call, register, service } = subject
  const { revision } = looking(subject)

  const prepare = async (candidate: Fields = {}) => {
    await register('1.0.0')
    for (const revision_tag of ['2.0.0', '3.0.0']) await call('register', { revision_tag, is_default: false })
    const candidates = [{ revision_tag: '2.0.0', weight: 20_000, ...candidate }]
    await call('setRollout', { candidates, salt: 's1', reason: 'try it' })
  }
  const explain = async (request: Fields) => {
    const { explanation, revision_tag } = await revision({ ...request, explain: true })
    const { rule, description, rejected = [] } = explanation as Explanation
    const text = JSON.stringify(explanation)
    for (const key of [USER_1, USER_2]) expect(text, 'the key itself').not.toContain(key)
    return { tag: revision_tag, rule, description: description.replaceAll(sruid(''), ''), rejected }
  }
  const sruid = (tag: string) => `${service().namespace}/${service().name}:${tag}`
  const setBy = 'The rollout was set: try it.'
  const byPolicy = 'The default policy "latest-semver" made 1.0.0 the default when it was registered.'
  const other = 'its registration had is_default false'

  test('the explanation of a candidate tells the bucket of the key, the share of the candidate, and the reason', async () => {
    await prepare()
    expect(await explain({ targeting_key: USER_2 })).toEqual({
      ...{ tag: '2.0.0', rule: 'ROLLOUT_BUCKET' },
      description:
        'The targeting key is in bucket 16728 of 100000. ' +
        `The rollout gives 20 % of the buckets, and this one, to 2.0.0. ${setBy}`,
      rejected: [{ revision_tag: '3.0.0', reason: other }],
    })
  })

  test('the explanation of a candidate with a pinned key says so', async () => {
    await prepare({ weight: 0, pinned_keys: [USER_1] })
    expect(await explain({ targeting_key: USER_1 })).toMatchObject({
      ...{ tag: '2.0.0', rule: 'ROLLOUT_PINNED' },
      description: `The rollout pins the targeting key to 2.0.0. ${setBy}`,
    })
  })

  test.for([{}, { targeting_key: USER_1 }])(
    'the explanation of a candidate for everybody says so for %j',
    async (key) => {
      await prepare({ weight: 100_000 })
      expect(await explain(key)).toMatchObject({
        ...{ tag: '2.0.0', rule: 'ROLLOUT_BUCKET' },
        description: `The rollout gives 2.0.0 to all callers. ${setBy}`,
      })
    },
  )

  test('the explanation of the default tells that the bucket of the key has no candidate', async () => {
    await prepare()
    expect(await explain({ targeting_key: USER_1 })).toEqual({
      ...{ tag: '1.0.0', rule: 'DEFAULT_BY_POLICY' },
      description: `${byPolicy} A rollout runs, but the targeting key is in bucket 89799 of 100000, which no candidate has. ${setBy}`,
      rejected: [
        { revision_tag: '3.0.0', reason: other },
        { revision_tag: '2.0.0', reason: 'the rollout gives it to other callers' },
      ],
    })
  })

  test('the explanation of the default tells that the request has no key', async () => {
    await prepare()
    const { description } = await explain({})
    expect(description).toBe(`${byPolicy} A rollout runs, but the request has no targeting key. ${setBy}`)
  })

  test('the explanation of the default tells that the candidate of the caller is yanked', async () => {
    await prepare()
    await call('yank', { revision_tag: '2.0.0', reason: 'it loses data' })
    const { description, rejected } = await explain({ targeting_key: USER_2 })
    expect(description).toBe(`${byPolicy} A rollout runs, but 2.0.0, which it gives this caller, is yanked. ${setBy}`)
    expect(rejected).toContainEqual({ revision_tag: '2.0.0', reason: 'it is yanked: it loses data' })
  })

  test('the explanation of the default tells that the candidate of the caller does not meet the label selector', async () => {
    await prepare()
    await call('updateRevision', { revision_tag: '1.0.0', labels: { tier: 'web' } })
    const { description } = await explain({ targeting_key: USER_2, label_selector: 'tier=web' })
    expect(description).toBe(
      `${byPolicy} A rollout runs, but 2.0.0, which it gives this caller, does not meet the label selector ` +
        `"tier=web". ${setBy}`,
    )
  })

  test('the explanation tells that a revision was registered after the rollout began', async () => {
    await prepare()
    await register('4.0.0')
    const reason = 'it was registered after the rollout began, and no default policy is asked while a rollout runs'
    for (const targeting_key of [USER_1, USER_2]) {
      expect((await explain({ targeting_key })).rejected).toContainEqual({ revision_tag: '4.0.0', reason })
    }
  })

  test('the explanation does not say that the policy was not asked about a revision that became the default', async () => {
    await prepare()
    await call('endRollout')
    await register('4.0.0')
    await call('revert', { generation: 4 })
    const { rejected } = await explain({ targeting_key: USER_1 })
    expect(rejected[0]).toEqual({
      revision_tag: '4.0.0',
      reason: 'it was registered after the rollout began, and no default policy is asked while a rollout runs',
    })
  })

  test('the explanation of a candidate tells why a higher default was not chosen', async () => {
    await prepare()
    await call('setDefault', { revision_tag: '3.0.0' })
    expect((await explain({ targeting_key: USER_2 })).rejected).toEqual([
      {
        revision_tag: '3.0.0',
        reason: 'it is the default, and the rollout gives this caller a candidate in its place',
      },
    ])
  })

  test('the explanation of a promoted candidate tells so, with the reason', async () => {
    await prepare()
    await call('endRollout', { promote: '2.0.0', reason: 'it is faster' })
    expect(await explain({ targeting_key: USER_1 })).toEqual({
      ...{ tag: '2.0.0', rule: 'DEFAULT_BY_PROMOTION' },
      description: '2.0.0 was a candidate, and the rollout was ended with it as the new default: it is faster.',
      rejected: [{ revision_tag: '3.0.0', reason: 'the end of the rollout made another revision the default' }],
    })
  })

  test('the explanation of a restored default tells so, with the reason', async () => {
    await prepare()
    await call('endRollout', { promote: '2.0.0' })
    await call('revert', { generation: 3, reason: 'it loses data' })
    expect(await explain({ targeting_key: USER_2 })).toMatchObject({
      ...{ tag: '1.0.0', rule: 'DEFAULT_BY_REVERT' },
      description: 'The choices of an earlier generation were restored, and 1.0.0 was the default then: it loses data.',
    })
  })

  test('an explanation of the past tells the rollout of that generation', async () => {
    await prepare()
    await call('endRollout')
    expect(await explain({ targeting_key: USER_2, at_generation: 4 })).toMatchObject({
      ...{ tag: '2.0.0', rule: 'ROLLOUT_BUCKET', description: expect.stringMatching(/bucket 16728.* try it\.$/) },
    })
  })
})
