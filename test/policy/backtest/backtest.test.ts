import { describe, expect, test } from 'vitest'
import { type BuiltInPolicyName, builtInPolicy, type NamedPolicy } from '../../../src/domain/policies/default-policy.ts'
import { backtest } from '../../../src/policy/backtest/backtest.ts'
import type { PastChange } from '../../../src/policy/backtest/past-service.ts'

type Values = Readonly<Record<string, string | null>>

/** A change of a service. A value of null is one that is gone. */
interface Told {
  readonly event: string
  readonly tag?: string
  readonly values?: Values
}

const service = 'my-org/my-service'

function history(told: readonly Told[]): readonly PastChange[] {
  return told.map(({ event, tag, values = {} }, index) => ({
    ...{ generation: index + 1, time: new Date(index), event, ...(tag && { revisionTag: tag }) },
    differences: Object.entries(values).map(([field, after]) => ({ field, ...(after !== null && { after }) })),
  }))
}

const registered = (tag: string, values: Values = {}): Told => ({
  ...{ event: 'REVISION_REGISTERED', tag, values: { state: 'active', ...values } },
})
const yanked = (tag: string, values: Values = {}): Told => ({
  ...{ event: 'REVISION_YANKED', tag, values: { state: 'yanked', ...values } },
})

/** The defaults during the periods, as `from-until actual/by policy`. */
async function periodsOf(policy: NamedPolicy, told: readonly Told[]): Promise<readonly string[]> {
  const { periods } = await backtest(policy, { service, changes: history(told) })
  return periods.map(({ from, until, defaultTag, byPolicy }) => {
    return `${from.generation}-${until?.generation ?? 'now'} ${defaultTag ?? 'none'}/${byPolicy ?? 'none'}`
  })
}

const versions = (tag: string): Values => ({ highest_version: tag, highest_release: tag })
const beta = [
  registered('1.0.0', { default: '1.0.0', ...versions('1.0.0') }),
  registered('2.0.0-beta', { default: '2.0.0-beta', highest_version: '2.0.0-beta' }),
  registered('2.0.0', { default: '2.0.0', ...versions('2.0.0') }),
]

describe('a backtest', () => {
  test.for<readonly [string, BuiltInPolicyName, readonly Told[], readonly string[]]>([
    ['of the policy that decided finds no difference', 'latest-semver', beta, []],
    ['finds a pre-release that would not have become the default', 'latest-stable', beta, ['2-3 2.0.0-beta/1.0.0']],
    [
      'of manual finds that there would have been no default',
      'manual',
      beta,
      ['1-2 1.0.0/none', '2-3 2.0.0-beta/none', '3-now 2.0.0/none'],
    ],
    [
      'keeps what registrations asked for',
      'manual',
      [
        registered('1.0.0', { default: '1.0.0', is_default: 'true', ...versions('1.0.0') }),
        registered('1.1.0', { is_default: 'false', ...versions('1.1.0') }),
      ],
      [],
    ],
    [
      'keeps what people decided',
      'latest-stable',
      [
        ...beta.slice(0, 2),
        { event: 'DEFAULT_SET', values: {} },
        { event: 'DEFAULT_CLEARED', values: { default: null } },
      ],
      ['2-3 2.0.0-beta/1.0.0'],
    ],
    [
      'keeps what a revert restored',
      'latest-stable',
      [...beta.slice(0, 2), { event: 'CHOICES_REVERTED', values: { default: '1.0.0' } }],
      ['2-3 2.0.0-beta/1.0.0'],
    ],
    [
      'does not ask the policy while a rollout runs, and keeps the promotion of a candidate',
      'latest-semver',
      [
        registered('1.0.0', { default: '1.0.0', ...versions('1.0.0') }),
        registered('2.0.0', { is_default: 'false', ...versions('2.0.0') }),
        { event: 'ROLLOUT_SET', values: { 'rollout.2.0.0': '10 %' } },
        registered('3.0.0', versions('3.0.0')),
        { event: 'ROLLOUT_ENDED', values: { 'rollout.2.0.0': null, default: '2.0.0' } },
        registered('3.1.0', { default: '3.1.0', ...versions('3.1.0') }),
      ],
      [],
    ],
    [
      'keeps the default of the policy if a rollout ends without a promotion',
      'latest-stable',
      [
        ...beta.slice(0, 2),
        registered('2.0.0', { is_default: 'false', ...versions('2.0.0') }),
        { event: 'ROLLOUT_SET', values: { 'rollout.2.0.0': '10 %' } },
        { event: 'ROLLOUT_ENDED', values: { 'rollout.2.0.0': null } },
      ],
      ['2-now 2.0.0-beta/1.0.0'],
    ],
    [
      'asks the policy about the next default after a yank, but not about candidates of the rollout',
      'latest-stable',
      [
        registered('1.0.0', { default: '1.0.0', ...versions('1.0.0') }),
        registered('1.1.0', { default: '1.1.0', ...versions('1.1.0') }),
        registered('1.2.0-rc.1', { default: '1.1.0', highest_version: '1.2.0-rc.1' }),
        registered('1.2.0', { is_default: 'false', ...versions('1.2.0') }),
        { event: 'ROLLOUT_SET', values: { 'rollout.1.2.0': '10 %' } },
        yanked('1.1.0', { default: '1.2.0-rc.1' }),
      ],
      ['6-now 1.2.0-rc.1/1.0.0'],
    ],
    [
      'passes over revisions that were held back, unless the policy accepts no other',
      'latest-semver',
      [
        registered('1.0.0', { default: '1.0.0', ...versions('1.0.0') }),
        registered('0.9.0', {}),
        registered('2.0.0', { is_default: 'false', ...versions('2.0.0') }),
        yanked('1.0.0', { default: '0.9.0' }),
        yanked('0.9.0', { default: '2.0.0' }),
        yanked('2.0.0', { default: null, highest_version: null, highest_release: null }),
      ],
      [],
    ],
    [
      'does not move the default if another revision is yanked',
      'latest-semver',
      [...beta, yanked('1.0.0'), { event: 'REVISION_UNYANKED', tag: '1.0.0', values: { state: 'active' } }],
      [],
    ],
    [
      'does not ask the policy about revisions that were already yanked or deleted at their registration',
      'latest-semver',
      [
        registered('1.0.0', { default: '1.0.0', ...versions('1.0.0') }),
        registered('2.0.0', { state: 'yanked' }),
        registered('3.0.0', { state: 'deleted' }),
      ],
      [],
    ],
    [
      'gives latest-pep440 the recent tags, and its own order after a yank',
      'latest-pep440',
      [
        registered('0.1.0rc1', { default: '0.1.0rc1' }),
        registered('main', { default: 'main' }),
        registered('0.1.0rc2', { default: '0.1.0rc2' }),
        registered('0.1.0b1', { default: '0.1.0b1' }),
        yanked('0.1.0rc2', {}),
      ],
      ['2-3 main/0.1.0rc1', '4-5 0.1.0b1/0.1.0rc2', '5-now 0.1.0b1/0.1.0rc1'],
    ],
  ])('a backtest %s', async ([, policy, told, expected]) => {
    expect(await periodsOf(builtInPolicy(policy), told)).toEqual(expected)
  })

  test('a backtest tells how many changes there were, how often the policy was asked, and when each period began', async () => {
    const result = await backtest(builtInPolicy('latest-stable'), { service, changes: history(beta) })
    expect(result).toEqual({
      ...{ changes: 3, questions: 3 },
      periods: [
        {
          ...{ from: { generation: 2, time: new Date(1) }, until: { generation: 3, time: new Date(2) } },
          ...{ defaultTag: '2.0.0-beta', byPolicy: '1.0.0' },
        },
      ],
    })
    expect(await backtest(builtInPolicy('manual'), { service, changes: [] })).toEqual({
      ...{ changes: 0, questions: 0, periods: [] },
    })
  })

  test('a policy gets the candidate, and the facts from before the registration with the default that it chose itself', async () => {
    const asked: unknown[] = []
    const curious: NamedPolicy = {
      name: 'curious',
      context: ['recentTags'],
      decide: (candidate, context) => asked.push([candidate.revisionTag, context]) === 1,
    }
    await periodsOf(curious, [...beta.slice(0, 2), yanked('2.0.0-beta', { default: null }), registered('3.0.0')])
    expect(asked).toEqual([
      ['1.0.0', { currentDefault: null, highestSemver: null, highestRelease: null, recentTags: [] }],
      [
        '2.0.0-beta',
        { currentDefault: '1.0.0', highestSemver: '1.0.0', highestRelease: '1.0.0', recentTags: ['1.0.0'] },
      ],
      [
        '3.0.0',
        { currentDefault: '1.0.0', highestSemver: '2.0.0-beta', highestRelease: '1.0.0', recentTags: ['1.0.0'] },
      ],
    ])
  })

  test.for([
    ['throws', () => Promise.reject(new Error('a defect\n    at line 5')), 'a defect'],
    ['answers a text', (() => 'yes') as unknown as NamedPolicy['decide'], 'it answered "yes" instead of true or false'],
  ] as const)('a backtest fails if the policy %s, and names the generation', async ([, decide, why]) => {
    await expect(periodsOf({ name: 'bad', decide }, beta)).rejects.toThrow(
      `the policy failed at generation 1 of my-org/my-service (${why}); correct it, and try again.`,
    )
  })
})
