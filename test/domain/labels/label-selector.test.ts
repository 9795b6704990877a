import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_SELECTOR_LENGTH, meets, parseLabelSelector } from '../../../src/domain/labels/label-selector.ts'
import { toPairs } from '../../../src/domain/labels/labels.ts'

type Labels = Readonly<Record<string, string>>

const isMet = (selector: string, labels: Labels) => meets(toPairs(labels), parseLabelSelector(selector))

/** One spelling of a requirement, and whether labels meet it by the rules of Kubernetes. */
interface Spelled {
  readonly text: string
  readonly isMet: (labels: Labels) => boolean
}

const key = fc.constantFrom<string[]>('a', 'b', 'in', 'notin', 'x.y/c')
const value = fc.constantFrom<string[]>('', 'v', 'w', 'in', 'notin', '1.0')
const space = fc.constantFrom('', '', ' ', '  ', '\t')
const gap = fc.constantFrom(' ', '  ', '\t ')

const equality = fc
  .tuple(key, fc.constantFrom('=', '==', '!='), value, space, space)
  .map(([name, operator, wanted, before, after]): Spelled => {
    const isEqual = (labels: Labels) => labels[name] === wanted
    return {
      text: `${name}${before}${operator}${after}${wanted}`,
      isMet: (labels) => isEqual(labels) !== (operator === '!='),
    }
  })

const membership = fc
  .tuple(key, fc.constantFrom('in', 'notin'), fc.array(value, { minLength: 1, maxLength: 3 }), gap, space, space)
  .map(([name, operator, wanted, before, inside, behind]): Spelled => {
    const isIn = (labels: Labels) => wanted.includes(labels[name] ?? 'none of the values')
    return {
      text: `${name}${before}${operator}${behind}(${inside}${wanted.join(`${inside},${behind}`)}${inside})`,
      isMet: (labels) => isIn(labels) !== (operator === 'notin'),
    }
  })

const existence = fc.tuple(key, fc.boolean(), space).map(
  ([name, isNegated, between]): Spelled => ({
    text: isNegated ? `!${between}${name}` : name,
    isMet: (labels) => name in labels !== isNegated,
  }),
)

const selector = fc
  .tuple(fc.array(fc.oneof(equality, membership, existence), { minLength: 1, maxLength: 4 }), space, space)
  .map(
    ([requirements, before, after]): Spelled => ({
      text: before + requirements.map(({ text }) => text).join(`${after},${before}`) + after,
      isMet: (labels) => requirements.every((requirement) => requirement.isMet(labels)),
    }),
  )

describe('a label selector', () => {
  test('a label selector matches the labels that Kubernetes would match, whatever its spacing', () => {
    const labels = fc.dictionary(key, value)
    fc.assert(
      fc.property(selector, labels, (spelled, given) => {
        expect(isMet(spelled.text, given)).toBe(spelled.isMet(given))
      }),
      { numRuns: 20_000 },
    )
  })

  test.for([
    ['a=v', { a: 'v' }, true, 'the value'],
    ['a=v', {}, false, 'no such label'],
    ['a==v', { a: 'v' }, true, 'two equals signs'],
    ['a!=v', {}, true, 'an absent label is not equal'],
    ['a=', { a: '' }, true, 'an empty value'],
    ['a=', { a: 'v' }, false, 'an empty value is a value'],
    ['a', { a: '' }, true, 'a label without a value is there'],
    ['!a', { a: '' }, false, 'a label without a value is not absent'],
    ['! a', {}, true, 'a space after the exclamation mark'],
    ['a in (v,w)', { a: 'w' }, true, 'one of the values'],
    ['a in ( v , w )', { a: 'w' }, true, 'spaces between parentheses'],
    ['a in(v)', { a: 'v' }, true, 'no space before the parenthesis'],
    ['a notin (v)', {}, true, 'an absent label is in no list'],
    ['a in ()', { a: '' }, true, 'the empty list contains the empty value'],
    ['a in ()', { a: 'v' }, false, 'the empty list contains no other value'],
    ['a in (v,)', { a: '' }, true, 'an empty value in a list'],
    ['a in (,)', { a: '' }, true, 'nothing but empty values'],
    ['a notin\n (v)', { a: 'w' }, true, 'the end of a line is a space'],
    ['in in (in)', { in: 'in' }, true, 'the words of the syntax are names and values too'],
    ['notin,in', { in: '', notin: '' }, true, 'the words of the syntax are names on their own'],
    ['a in (v,w),b!=v,!c', { a: 'v', b: 'w' }, true, 'commas in and outside of parentheses'],
    ['a in (v,w),b', { a: 'v' }, false, 'all requirements must be met'],
    ['a=v,a=w', { a: 'v' }, false, 'two requirements may contradict each other'],
    ['example.com/a=v', { 'example.com/a': 'v' }, true, 'a name with a prefix'],
    ['', { a: 'v' }, true, 'nothing is required'],
    [' \t', {}, true, 'only spaces'],
    ['constructor', {}, false, 'an inherited property is not a label'],
    ['toString!=v', {}, true, 'an inherited method is not a label'],
  ] as const)('the label selector %j, applied to the labels %j, gives %s (%s)', ([text, labels, expected]) => {
    expect(isMet(text, labels)).toBe(expected)
  })

  test.for([
    ['a,,b', 'an empty requirement'],
    [',a', 'an empty one at the start'],
    ['a,', 'an empty one at the end'],
    [',', 'only a comma'],
    ['=v', 'no name'],
    ['!', 'no name'],
    ['!!a', 'two exclamation marks'],
    ['!a=v', 'both kinds of negation'],
    ['!a in (v)', 'both kinds of negation'],
    ['a=!v', 'an exclamation mark on the wrong side'],
    ['a=b=c', 'two equals signs'],
    ['a===v', 'three equals signs'],
    ['a b', 'no operator'],
    ['a=b c', 'two values'],
    ['a in', 'no list'],
    ['a in v', 'no parentheses'],
    ['a in (v', 'an open list'],
    ['a in v)', 'a list that was never opened'],
    ['a in ((v))', 'a list in a list'],
    ['a in (v w)', 'no comma'],
    ['a in (v) b', 'text after the list'],
    ['a in (v)b notin (w)', 'no comma after the list'],
    ['a nott in (v)', 'no such operator'],
    ['ain (v)', 'no space before the operator'],
    ['IN (v)', 'no name before a list'],
    ['a IN (v)', 'the operator in upper case'],
    ['a||b', 'an operator of another language'],
    ['a>1', 'a comparison, which only Kubernetes has'],
    ["a='v'", 'quotes'],
    ['a="v"', 'quotes'],
    ['a in ("v")', 'quotes'],
    ['a/b/c', 'an invalid label name'],
    ['a=-', 'an invalid label value'],
    ['-a=v', 'an invalid label name'],
    ['a in (v,-)', 'an invalid label value'],
    [`a=${'v'.repeat(64)}`, 'too long a value'],
    ['a\u0000', 'a control character'],
  ] as const)('parsing refuses the label selector %j (%s)', ([text]) => {
    expect(() => parseLabelSelector(text)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        reason: 'INVALID_LABEL_SELECTOR',
        fieldViolations: [{ field: 'label_selector', description: expect.stringContaining('tier in (web, api)') }],
      }),
    )
  })

  test('a label selector may have 1024 characters but not 1025', () => {
    const longest = `${'a,'.repeat(MAX_SELECTOR_LENGTH / 2 - 1)}bb`
    expect(longest.length).toBe(1024)
    expect(isMet(longest, { a: '', bb: '' })).toBe(true)
    expect(() => parseLabelSelector(`${longest}b`)).toThrow(/^label_selector has 1025 characters; use at most 1024\.$/)
  })
})
