import { expect, test } from 'vitest'
import {
  formatServicePattern,
  type GrantScope,
  includesPattern,
  parseServicePattern,
} from '../../../src/domain/access/service-pattern.ts'

test.for([
  ['*', 'all'],
  ['my-org/*', { namespace: 'my-org' }],
  ['my-org/my-service', { namespace: 'my-org', name: 'my-service' }],
] as const)('the pattern %s is parsed, and written as it was', ([text, expected]) => {
  expect(parseServicePattern(text)).toEqual(expected)
  expect(formatServicePattern(expected)).toBe(text)
})

test.for([
  '',
  '**',
  'my-org',
  'my-org/',
  '/my-service',
  '*/my-service',
  '*/*',
  'my-*/x',
  'my-org/my-*',
  'My-Org/*',
  'my-org/my-service:1.2.9',
  'my-org/*/x',
  ' my-org/*',
  `${'a'.repeat(129)}/*`,
])('the pattern %j is not valid', (text) => {
  expect(parseServicePattern(text)).toBeUndefined()
})

test.for([
  ['*', '*', true],
  ['*', 'my-org/*', true],
  ['my-org/*', 'my-org/*', true],
  ['my-org/*', 'my-org/x', true],
  ['my-org/x', 'my-org/x', true],
  ['my-org/*', '*', false],
  ['my-org/*', 'other/x', false],
  ['my-org/x', 'my-org/*', false],
  ['my-org/x', 'my-org/y', false],
] as const)('whether %s includes %s: %s', ([outer, inner, expected]) => {
  const [a, b] = [outer, inner].map((text) => parseServicePattern(text) as GrantScope) as [GrantScope, GrantScope]
  expect(includesPattern(a, b)).toBe(expected)
})
