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
