import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isLabelKey, isLabelValue, MAX_LABELS, parseLabels, toPairs } from '../../../src/domain/labels/labels.ts'

// The expressions that Kubernetes documents, for names and values
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set) and for DNS
// subdomains (RFC 1123). They are the reference in these tests. The server uses its own patterns.
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function isKeyInKubernetes(text: string): boolean {
  const parts = text.split('/')
  const [name = '', prefix] = parts.toReversed()
  const isPrefixValid = prefix === undefined || (prefix.length <= 253 && SUBDOMAIN.test(prefix))
  return parts.length <= 2 && isPrefixValid && name.length <= 63 && NAME.test(name)
}

const isValueInKubernetes = (text: string) => text.length <= 63 && VALUE.test(text)

const close = fc.oneof(
  fc.stringMatching(/^[aB1._/-]{0,8}$/),
  fc.stringMatching(/^[a1.-]{1,6}\/[aB1_.-]{1,6}$/),
  fc.stringMatching(/^a{61,64}[-a]?$/),
  fc.stringMatching(/^([a.-]{1,4}){60,64}\/a$/),
  fc.string({ maxLength: 4 }),
)

describe('the grammar of labels', () => {
  test('label names and label values follow the grammar of Kubernetes', () => {
    fc.assert(
      fc.property(close, (text) => {
        expect(isLabelKey(text)).toBe(isKeyInKubernetes(text))
        expect(isLabelValue(text)).toBe(isValueInKubernetes(text))
      }),
      { numRuns: 20_000 },
    )
  })

  test.for([
    ['tier', true, 'a word'],
    ['example.com/tier', true, 'a prefix'],
    ['a', true, 'one character'],
    ['a__.--b', true, 'several separators between letters'],
    ['a'.repeat(63), true, 'the longest name'],
    ['a'.repeat(64), false, 'one character too long'],
    [`${'a.'.repeat(126)}a/x`, true, 'the longest prefix'],
    [`${'a.'.repeat(126)}ab/x`, false, 'one character too long'],
    ['', false, 'nothing'],
    ['/tier', false, 'an empty prefix'],
    ['example.com/', false, 'an empty name'],
    ['a/b/c', false, 'two prefixes'],
    ['Example.com/tier', false, 'a prefix in upper case'],
    ['a..b/tier', false, 'an empty part of a prefix'],
    ['9', true, 'one digit'],
    ['1-a.b--c.d/Tier', true, 'a prefix with hyphens'],
    [`${'a.'.repeat(126)}a/${'b'.repeat(63)}`, true, 'the longest name with the longest prefix'],
    ['_', false, 'a separator alone'],
    ['my tier', false, 'a space'],
    ['a:b', false, 'a colon'],
    ['example_com/tier', false, 'a prefix with an underscore'],
    ['-a.com/tier', false, 'a prefix that begins with a hyphen'],
    ['a-.com/tier', false, 'a part of a prefix that ends with a hyphen'],
    ['-tier', false, 'a separator at the start'],
    ['tier-', false, 'a separator at the end'],
    ['tier\n', false, 'the end of a line'],
    ['tïer', false, 'a letter that is not ASCII'],
  ] as const)('isLabelKey of %j is %s (%s)', ([text, isKey]) => {
    expect(isLabelKey(text)).toBe(isKey)
  })

  test.for([
    ['', true, 'nothing'],
    ['0', true, 'one character'],
    ['v1.2_x-3', true, 'every separator'],
    ['a'.repeat(63), true, 'the longest value'],
    ['a'.repeat(64), false, 'one character too long'],
    ['a b', false, 'a space'],
    ['a/b', false, 'a slash'],
    ['_a', false, 'a separator at the start'],
    ['a_', false, 'a separator at the end'],
    ['.', false, 'a separator alone'],
    ['größe', false, 'a letter that is not ASCII'],
    ['a\n', false, 'the end of a line'],
  ] as const)('isLabelValue of %j is %s (%s)', ([text, isValue]) => {
    expect(isLabelValue(text)).toBe(isValue)
  })
})

describe('the labels of a record', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']))

  test('parsed labels are ordered by name, which makes equal labels equal records', () => {
    expect(parseLabels({ b: '1', a: '2', B: '3' })).toEqual([
      ['B', '3'],
      ['a', '2'],
      ['b', '1'],
    ])
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.string(), fc.string()), { selector: ([key]) => key }), (entries) => {
        const pairs = toPairs(Object.fromEntries(entries))
        expect(toPairs(Object.fromEntries(entries.toReversed()))).toEqual(pairs)
        expect(Object.fromEntries(pairs)).toEqual(Object.fromEntries(entries))
      }),
    )
  })

  test('a record may have 64 labels but not 65', () => {
    expect(parseLabels(many(MAX_LABELS))).toHaveLength(64)
    expect(() => parseLabels(many(MAX_LABELS + 1))).toThrow(/^labels has 65 entries; use at most 64\.$/)
  })

  test.for([
    [{ 'a b': 'c' }, /^labels has the name "a b"; use 1 to 63 letters.*, after an optional DNS subdomain and '\/'\.$/],
    [{ a: 'b c' }, /^labels has the value "b c" for "a"; use no value, or 1 to 63/],
    [{ a: 'b\u001b[31m' }, /^labels has the value "b\\u001b\[31m" for "a"/],
    [JSON.parse('{"__proto__":"x"}'), /^labels has the name "__proto__"/],
  ] as const)(
    'parsing refuses the labels %j, and the error has the field, the value and the rule',
    ([record, message]) => {
      expect(() => parseLabels(record as Record<string, string>)).toThrow(
        expect.objectContaining({
          code: 'invalid_argument',
          reason: 'INVALID_LABELS',
          message: expect.stringMatching(message),
          fieldViolations: [{ field: 'labels', description: expect.stringMatching(message) }],
        }),
      )
    },
  )
})
