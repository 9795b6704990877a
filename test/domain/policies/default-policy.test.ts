import { describe, expect, test } from 'vitest'
import {
  asksFor,
  type BuiltInPolicyName,
  builtInPolicies,
  builtInPolicy,
  type PolicyContext,
} from '../../../src/domain/policies/default-policy.ts'
import { parseSruid } from '../../../src/domain/sruid.ts'

// Each row has the candidate, the highest version and release so far, and the policies that accept the candidate.
test.for([
  ['1.0.0', null, null, ['latest-semver', 'latest-stable'], 'the first release of a service'],
  ['1.0.0-rc.1', null, null, ['latest-semver'], 'a first pre-release'],
  ['main', null, null, [], 'a tag that is not a semantic version is never the latest, even if it is the only one'],
  ['1.10.0', '1.9.0', '1.9.0', ['latest-semver', 'latest-stable'], 'a higher release'],
  ['1.8.0', '1.9.0', '1.9.0', [], 'a lower release'],
  ['v1.9.0', '1.9.0', '1.9.0', ['latest-semver', 'latest-stable'], 'ties go to the newcomer'],
  ['2.0.0-rc.1', '1.9.0', '1.9.0', ['latest-semver'], 'pre-releases never win among releases'],
  ['1.10.0', '2.0.0-rc.1', '1.9.0', ['latest-stable'], 'a release below a pre-release is the latest release'],
] as const)(
  'when %s follows the highest version %s and the highest release %s, the policies that accept it are %j (%s)',
  ([tag, highestSemver, highestRelease, winners]) => {
    const candidate = parseSruid(`my-org/my-service:${tag}`)
    const context = { currentDefault: null, highestSemver, highestRelease } as PolicyContext
    const names: BuiltInPolicyName[] = ['latest-semver', 'latest-stable', 'manual']
    expect(names.filter((name) => builtInPolicies[name](candidate, context))).toEqual(winners)
  },
)

// Each row has the candidate, the facts about the service, and the decision.
test.for<readonly [string, { [K in keyof PolicyContext]?: string | readonly string[] }, boolean, string]>([
  ['0.1.0rc1', {}, true, 'the first version of a service'],
  ['main', {}, false, 'a tag that is no version is never the latest, even if it is the only one'],
  ['0.1.0', { recentTags: ['0.1.0rc1', 'main'] }, true, 'a release follows its pre-release, and branches do not count'],
  ['0.1.0rc1', { recentTags: ['0.1.0'] }, false, 'a pre-release is below its release'],
  ['1.2.0-1', { recentTags: ['1.2.0'] }, true, 'a post-release follows its release'],
  ['1.0', { recentTags: ['0.9', '1.0.0'] }, true, 'ties go to the newcomer'],
  ['1.10', { recentTags: ['1.9', '1.10.1', '1.8'] }, false, 'a lower version'],
  ['1.10', { highestSemver: '2.0.0' }, false, 'a version below the highest version, which is not recent'],
  ['1.10', { highestRelease: '2.0.0' }, false, 'a version below the highest release, which is not recent'],
  ['1.10', { currentDefault: '2.0rc1' }, false, 'a version below the default, which is not recent'],
])('latest-pep440 decides about %s with %o: %s (%s)', ([tag, facts, expected]) => {
  const context = { currentDefault: null, highestSemver: null, highestRelease: null, ...facts } as PolicyContext
  expect(builtInPolicies['latest-pep440'](parseSruid(`my-org/my-service:${tag}`), context)).toBe(expected)
})

test('only latest-pep440 asks for the recent tags', () => {
  const names = Object.keys(builtInPolicies) as BuiltInPolicyName[]
  expect(names.filter((name) => asksFor(builtInPolicy(name), 'recentTags'))).toEqual(['latest-pep440'])
})

describe('manual', () => {
  test('the manual policy makes no revision the default', () => {
    expect(builtInPolicies.manual()).toBe(false)
  })
})
