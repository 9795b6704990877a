import type { Fields } from '../support/api.ts'

// There are few words of each kind, so that the commands of a history are often about the same things.

const [below, above] = ['1.10.0-20261125213000123', '1.10.0-20261125213000124']

/** Equal versions, versions that sort differently as text or as a double, and tags that are not versions. */
export const tags = ['1.9.0', '1.10.0', '1.10.0-rc.1', 'v1.9.0', 'main', 'Main', below, above]

export const ranges = [
  '^1',
  '1.9.0',
  '*',
  '<1.10',
  '>=1.10.0-rc.1',
  '>=1.10.0-0',
  '1.10.0-rc.1 || 1.9.x',
  '>1.9.0',
  `<${above}`,
  '^3',
]

export const aliases = ['beta', 'production', 'stable']

export const labels: readonly Fields[] = [{ tier: 'web' }, { tier: 'api', canary: 'yes' }, { tier: '' }]

/** Label selectors and their meaning. */
export const selectors: Readonly<Record<string, (labels: Fields) => boolean>> = {
  'tier=web': ({ tier }) => tier === 'web',
  'tier!=web': ({ tier }) => tier !== 'web',
  'tier in (web, api), !canary': ({ tier, canary }) => (tier === 'web' || tier === 'api') && canary === undefined,
  'tier notin (web)': ({ tier }) => tier !== 'web',
  canary: ({ canary }) => canary !== undefined,
  '!tier': ({ tier }) => tier === undefined,
}

/** The buckets of targeting keys, by the salt. Python's mmh3 computes the same hashes. */
export const bucketsOfKeys: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  s1: { 'user-1': 89_799, 'user-2': 16_728, 'user-42': 13_933, ünïcode: 64_591 },
  'exp-2026': { 'user-1': 3_707, 'user-2': 67_969, 'user-42': 66_906, ünïcode: 31_223 },
}

export const salts = Object.keys(bucketsOfKeys)

export const targetingKeys = ['user-1', 'user-2', 'user-42', 'ünïcode']
