import { expect, test } from 'vitest'
import { normalizeDistinguishedName } from '../../../src/domain/access/distinguished-name.ts'

test.for([
  ['CN=deployer', 'CN=deployer', 'nothing to change'],
  ['cn=deployer, o=My Org', 'CN=deployer,O=My Org', 'small letters and spaces around the parts'],
  ['CN = deployer , O = My Org', 'CN=deployer,O=My Org', 'spaces around the equals signs'],
  ['CN=a\\, b', 'CN=a\\, b', 'a comma'],
  ['CN=a\\2C b', 'CN=a\\, b', 'a comma as hexadecimal digits'],
  ['CN=a\\2c b', 'CN=a\\, b', 'small hexadecimal digits'],
  ['CN=a\\=b', 'CN=a=b', 'an equals sign, which needs no escape'],
  ['CN=a=b', 'CN=a=b', 'an equals sign in the value'],
  ['CN=\\ a\\ ', 'CN=\\ a\\ ', 'spaces that belong to the value'],
  ['CN=a b', 'CN=a b', 'a space inside'],
  ['CN=\\ ', 'CN=\\ ', 'a value that is a space'],
  ['CN=\\#1', 'CN=\\#1', 'a number sign'],
  ['CN=\\C3\\A9', 'CN=é', 'UTF-8 as hexadecimal digits'],
  ['CN=é', 'CN=é', 'UTF-8'],
  ['CN=😀', 'CN=😀', 'a surrogate pair'],
  ['CN=a\\\\', 'CN=a\\\\', 'a backslash'],
  ['CN=a\\"b\\+c\\;d\\<e\\>', 'CN=a\\"b\\+c\\;d\\<e\\>', 'the other special characters'],
  ['2.5.4.3=x,2.5.4.10=y', 'CN=x,O=y', 'numbers of attributes'],
  ['1.2.3.4=x', '1.2.3.4=x', 'the number of an unknown attribute'],
  ['1.2.3.4=#04024869', '1.2.3.4=#04024869', 'the bytes of a value'],
  ['UID=1+CN=x', 'CN=x+UID=1', 'a part of several attributes, sorted'],
  ['emailAddress=a@b.example,CN=x', 'EMAILADDRESS=a@b.example,CN=x', 'the spelling of OpenSSL'],
  ['E=a@b.example', 'EMAILADDRESS=a@b.example', 'a short name of an attribute'],
] as const)('the subject %s becomes %s (%s)', ([text, expected]) => {
  expect(normalizeDistinguishedName(text)).toBe(expected)
  expect(normalizeDistinguishedName(expected)).toBe(expected)
})

test.for([
  '',
  'deployer',
  'CN=',
  'CN=a,',
  ',CN=a',
  '=a',
  'CN=a\\',
  'CN=a\\x',
  'CN=a"b',
  'CN=a;O=b',
  'CN=#xyz',
  'CN=\\ff',
  'C N=a',
  `CN=${'a'.repeat(1_022)}`,
])('the subject %j is not valid', (text) => {
  expect(normalizeDistinguishedName(text)).toBeUndefined()
})

test('subjects that differ do not become the same', () => {
  const subjects = ['CN=a\\, O=b', 'CN=a,O=b', 'CN=A,O=b', 'O=b,CN=a', 'CN=a+O=b', 'CN=\\#01', 'CN=#01']
  expect(new Set(subjects.map(normalizeDistinguishedName)).size).toBe(subjects.length)
})

test('a subject with another blank than a space around its value is another subject', () => {
  const blanks = ['\u00a0', '\u3000', '\u2028', '\ufeff', '\n', '\t']
  const subjects = blanks.flatMap((blank) => [`CN=admin${blank}`, `CN=${blank}admin`, `CN=admin${blank},O=b`])
  const normal = subjects.map(normalizeDistinguishedName)
  expect(normal).toEqual(subjects)
  expect(normal.map((subject) => normalizeDistinguishedName(subject ?? ''))).toEqual(subjects)
})

test('a subject that is made of backslashes takes linear time', () => {
  expect(normalizeDistinguishedName(`CN=${'\\\\'.repeat(500)}`)).toBe(`CN=${'\\\\'.repeat(500)}`)
})
