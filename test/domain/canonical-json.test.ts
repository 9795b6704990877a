import { expect, test } from 'vitest'
import { canonicalJson } from '../../src/domain/canonical-json.ts'

// RFC 8785, sections 3.2.2 and 3.2.3.
test.for([
  [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
  [{ b: { d: 1, c: [3, { z: 1, y: 2 }] } }, '{"b":{"c":[3,{"y":2,"z":1}],"d":1}}'],
  [[], '[]'],
  [{}, '{}'],
  [null, 'null'],
  ['a"\\\n\u0001é€', '"a\\"\\\\\\n\\u0001é€"'],
  [[1e21, 1e-7, -0, 4.5, true, false], '[1e+21,1e-7,0,4.5,true,false]'],
  // Keys are sorted by UTF-16 code units, so a surrogate pair is below U+FB33.
  [
    { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 },
    '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
  ],
] as const)('the canonical JSON of %j is as RFC 8785 defines it', ([value, expected]) => {
  expect(canonicalJson(value)).toBe(expected)
})
