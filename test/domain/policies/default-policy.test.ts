import { describe, expect, test } from 'vitest'
import { type BuiltInPolicyName, builtInPolicies, type PolicyContext } from '../../../src/domain/policies/default-policy.ts'
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
    const names = Object.keys(builtInPolicies) as BuiltInPolicyName[]
    expect(names.filter((name) => builtInPolicies[name](candidate, context))).toEqual(winners)
  },
)

describe('manual', () => {
  test('the manual policy makes no revision the default', () => {
    expect(builtInPolicies.manual()).toBe(false)
  })
})
