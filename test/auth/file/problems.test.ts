import { expect, test } from 'vitest'
import { parseAccessFile } from '../../../src/auth/file/access-file.ts'
import { AccessFileError } from '../../../src/auth/file/problem.ts'
import { SHA256, sample } from './sample.ts'

function problemsOf(text: string, publicUrl?: string): readonly string[] {
  try {
    parseAccessFile(text, { path: '/etc/waypost/access.yaml', publicUrl })
    return []
  } catch (error) {
    if (error instanceof AccessFileError) return error.problems.map(({ line, message }) => `${line}: ${message}`)
    throw error
  }
}

/** A file with these grants, whose first line is line 7. */
const withGrants = (grants: string) => `audiences: [a]
issuers:
  - issuer: https://i.example
  - issuer: https://token.actions.githubusercontent.com
tokens: [{ name: ci-legacy, sha256: ${SHA256} }]
grants:
${grants}`

const to = (grantee: string) => withGrants(`  - { permissions: [read], on: ["*"], to: ${grantee} }`)

test('the sample has no problems', () => {
  expect(problemsOf(sample)).toEqual([])
})

test.for([
  ['no content', '', ['1: the file is empty; use a mapping.']],
  ['a list', '- a\n', ['1: the file is a list; use a mapping.']],
  ['no grants', 'audiences: [a]\n', ['1: grants is missing; add it.']],
  ['a tab', 'grants:\n\t- a\n', ['2: the line has a tab; use spaces.']],
  ['a tab after a text', 'grants: [] #\tx\n', ['1: the line has a tab; use spaces.']],
  ['a duplicate key', 'grants: []\naudiences: []\ngrants: []\n', ['3: key "grants" is there twice; give it once.']],
  ['a duplicate key in quotes', 'grants: []\n"grants": []\n', ['2: key "grants" is there twice; give it once.']],
  [
    'a duplicate key in a grantee',
    to('{ iss: https://i.example, sub: a, sub: b }'),
    ['7: key "sub" is there twice; give it once.'],
  ],
  [
    'a mapping with more keys than any caller has claims',
    to(`{ iss: https://i.example, ${Array.from({ length: 256 }, (_, at) => `c${at}: x`).join(', ')} }`),
    ['7: a mapping has 257 keys; use at most 256.'],
  ],
  [
    'a key three times',
    'grants: []\nx: 1\nx: 2\nx: 3\n',
    ['3: key "x" is there twice; give it once.', '4: key "x" is there twice; give it once.'],
  ],
  ['an unknown key', 'grants: []\nissuer: []\n', ['2: key "issuer" is not known; did you mean issuers?']],
  [
    'an unknown key that is near to none',
    'grants: []\nx: []\n',
    ['2: key "x" is not known; use audiences, issuers, unknown_issuers, tokens, grants, call_audiences.'],
  ],
  [
    'an unknown key of a grant',
    withGrants('  - permissions: [read]\n    ons: ["*"]\n    to: anyone\n'),
    ['7: grants[0].on is missing; add it.', '8: key "ons" of grants[0] is not known; did you mean on?'],
  ],
  [
    'an unknown key of an issuer',
    'grants: []\nissuers: [{ issuer: https://i.example, jwks: x }]\n',
    ['2: key "jwks" of issuers[0] is not known; did you mean jwks_uri?'],
  ],
  [
    'an alias',
    'grants: &a []\naudiences: *a\n',
    ['1: the anchor "&a" is not allowed; remove it.', '2: the alias "*a" is not allowed; write the value itself.'],
  ],
  ['a tag', 'grants: !!set {}\n', ['1: the tag "tag:yaml.org,2002:set" is not allowed; remove it.']],
  ['a directive', '%YAML 1.1\n---\ngrants: []\n', ['1: the line is a directive of YAML; remove it.']],
  [
    'several documents',
    'grants: []\n---\ngrants: []\n',
    ['2: the file has several documents; remove the lines "---" between them.'],
  ],
  ['a * without quotes', 'grants:\n  - on: [*]\n', ['2: the text * has no quotes; write "*".']],
  ['a * without quotes on a line', 'grants:\n  - on:\n    - *\n', ['3: the text * has no quotes; write "*".']],
  [
    'broken YAML',
    'grants: [\n',
    [
      '2: the text is not valid YAML (flow sequence in block collection must be sufficiently indented and end with a ]); correct this line or the line before.',
    ],
  ],
  ['a key that is not a text', 'grants: []\n1: x\n', ['2: key "1" is not a text; write it in quotes.']],
  ['a text in place of a list', 'grants: x\n', ['1: grants is "x"; use a list.']],
  ['a number in place of a text', 'grants: []\naudiences: [1]\n', ['2: audiences[0] is 1; use a text.']],
  ['an empty text', 'grants: []\naudiences: [""]\n', ['2: audiences[0] is empty; give it a value.']],
  [
    'a text that is too long',
    `grants: []\naudiences: [${'a'.repeat(513)}]\n`,
    ['2: audiences[0] has 513 characters; use at most 512.'],
  ],
  [
    'too many audiences',
    `grants: []\naudiences: [${Array(17).fill('a').join()}]\n`,
    ['2: audiences has 17 entries; use at most 16.'],
  ],
  [
    'an audience that is there twice',
    'grants: []\naudiences: [a, a]\n',
    ['2: audiences[1] is there twice; give it once.'],
  ],
  [
    'issuers without an audience',
    'grants: []\nissuers: [{ issuer: https://i.example }]\n',
    ['1: audiences is missing, but there are issuers; add the audience that tokens for this registry have.'],
  ],
  [
    'an unknown choice',
    'grants: []\nunknown_issuers: allow\n',
    ['2: unknown_issuers "allow" is not valid; use refuse or anonymous.'],
  ],
] as const)('a file with %s is refused', ([, text, expected]) => {
  expect(problemsOf(text)).toEqual(expected)
})

const notHttps = 'is not an https URL; use one, or an http URL of this machine for tests.'

test.for([
  ['{ issuer: http://i.example }', [`issuers[0].issuer "http://i.example" ${notHttps}`]],
  ['{ issuer: i.example }', [`issuers[0].issuer "i.example" ${notHttps}`]],
  ['{ issuer: "https://i.example/ x" }', [`issuers[0].issuer "https://i.example/ x" ${notHttps}`]],
  ['{ issuer: http://127.0.0.1.example }', [`issuers[0].issuer "http://127.0.0.1.example" ${notHttps}`]],
  ['{ issuer: http://127.0.0.1:80 }', []],
  ['{ issuer: http://localhost:80 }', []],
  [
    '{ issuer: https://i.example?x }',
    ['issuers[0].issuer "https://i.example?x" has a user, a query or a fragment; use a URL without them.'],
  ],
  [
    '{ issuer: https://i.example, jwks_uri: http://i.example/keys }',
    [`issuers[0].jwks_uri "http://i.example/keys" ${notHttps}`],
  ],
  [
    '{ issuer: https://i.example, jwks_uri: https://i.example/keys, jwks_file: keys.json }',
    ['issuers[0].jwks_uri and jwks_file are both given; use one of them.'],
  ],
  [
    '{ issuer: https://i.example }, { issuer: https://i.example }',
    ['issuers[1].issuer "https://i.example" is there twice; give it once.'],
  ],
  [
    '{ issuer: https://i.example }, { issuer: https://i.example/ }',
    [
      'issuers[1].issuer "https://i.example/" differs from "https://i.example" only by the final slash; give the one that the tokens have in iss.',
    ],
  ],
  [
    '{ issuer: https://registry.example }',
    [
      'issuers[0].issuer "https://registry.example" is this registry (--public-url), whose own tokens are never credentials for it; remove it.',
    ],
  ],
] as const)('the problems of the issuers %s are %j', ([issuers, expected]) => {
  const text = `audiences: [a]\nissuers: [${issuers}]\ngrants: []\n`
  expect(problemsOf(text, 'https://registry.example/')).toEqual(expected.map((message) => `2: ${message}`))
})

const line = 'use the line that `waypost auth token NAME` prints.'

test.for([
  [
    `{ name: a b, sha256: ${SHA256} }`,
    'name "a b" is not valid; use 1 to 64 letters, digits, ".", "_" or "-", such as "ci-legacy", the first a letter or a digit.',
  ],
  ['{ name: a, sha256: abc }', `sha256 has 3 characters and is not a SHA-256 hash of 64 hexadecimal digits; ${line}`],
  [
    `{ name: a, sha256: ${'g'.repeat(64)} }`,
    `sha256 has 64 characters and is not a SHA-256 hash of 64 hexadecimal digits; ${line}`,
  ],
  [
    '{ name: a, sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 }',
    `sha256 is the hash of an empty text; ${line}`,
  ],
] as const)('the token %s is refused', ([token, expected]) => {
  expect(problemsOf(`tokens: [${token}]\ngrants: []\n`)).toEqual([`1: tokens[0].${expected}`])
})

test('two tokens with one name or with one hash are refused', () => {
  const text = `tokens:\n- { name: a, sha256: ${SHA256} }\n- { name: a, sha256: ${SHA256.toUpperCase()} }\ngrants: []\n`
  expect(problemsOf(text)).toEqual([
    '3: tokens[1].name "a" is there twice; give each token a name of its own.',
    '3: tokens[1].sha256 is the hash of token "a", too; make a token for each name.',
  ])
})

const identify = (claim: string) =>
  `names no claim that identifies the caller beside iss, so it is for every account of the issuer; add a claim such as ${claim}, or any_subject: true.`
const GITHUB = 'https://token.actions.githubusercontent.com'

test.for([
  ['anyone', []],
  ['{ token: ci-legacy }', []],
  ['{ certificate: "CN=a,O=b" }', []],
  ['{ iss: https://i.example, sub: x }', []],
  ['{ iss: https://i.example, any_subject: true }', []],
  ['{ iss: https://i.example, sub: "x/*" }', []],
  ['{ iss: https://i.example, id: 7, ok: true, a: { b: { c: { d: x } } } }'.replace('{ d: x }', 'x'), []],
  ['everyone', ['grants[0].to "everyone" is not valid; use anyone, or a mapping with iss, token or certificate.']],
  ['[anyone]', ['grants[0].to is a list; use anyone, or a mapping with iss, token or certificate.']],
  ['', ['grants[0].to is empty; use anyone, or a mapping with iss, token or certificate.']],
  ['{ sub: x }', ['grants[0].to names no caller; add iss, token or certificate, or use anyone.']],
  ['{ anyone: true }', ['grants[0].to names no caller; add iss, token or certificate, or use anyone.']],
  [
    '{ iss: https://i.example, token: ci-legacy }',
    ['grants[0].to names iss and token; use one of them, and a grant for each.'],
  ],
  ['{ token: ci-legacy, sub: x }', ['grants[0].to.sub cannot be beside token; remove it, only iss has claims.']],
  ['{ token: 7 }', ['grants[0].to.token is 7; use a text.']],
  ['{ token: ci-legaci }', ['grants[0].to.token "ci-legaci" is not in tokens; did you mean "ci-legacy"?']],
  ['{ token: other-thing }', ['grants[0].to.token "other-thing" is not in tokens; add it to tokens.']],
  [
    '{ iss: https://elsewhere.org/long/path, sub: x }',
    ['grants[0].to.iss "https://elsewhere.org/long/path" is not in issuers; add it to issuers.'],
  ],
  [
    '{ iss: https://i.exmaple, sub: x }',
    ['grants[0].to.iss "https://i.exmaple" is not in issuers; did you mean "https://i.example"?'],
  ],
  [
    '{ iss: https://i.example/, sub: x }',
    ['grants[0].to.iss "https://i.example/" is not in issuers; use "https://i.example", exactly so.'],
  ],
  ['{ iss: https://i.example }', [`grants[0].to ${identify('sub')}`]],
  ['{ iss: https://i.example, aud: a, email_verified: true }', [`grants[0].to ${identify('sub')}`]],
  [
    `{ iss: ${GITHUB}, ref: refs/heads/main, environment: production }`,
    [`grants[0].to ${identify('repository_owner_id')}`],
  ],
  [
    `{ iss: ${GITHUB}, job_workflow_ref: "a/b/.github/workflows/c.yml@refs/*" }`,
    [`grants[0].to ${identify('repository_owner_id')}`],
  ],
  [
    '{ iss: https://i.example, any_subject: false }',
    ['grants[0].to.any_subject is false; use true, or remove it.', `grants[0].to ${identify('sub')}`].slice(0, 1),
  ],
  [
    '{ iss: https://i.example, sub: "*" }',
    ['grants[0].to.sub "*" would match every value; write how the value begins, or remove the claim.'],
  ],
  [
    '{ iss: https://i.example, sub: "a*b" }',
    ['grants[0].to.sub "a*b" has "*" before its end; use "*" only at the end.'],
  ],
  [
    '{ iss: https://i.example, sub: "a**" }',
    ['grants[0].to.sub "a**" has "*" before its end; use "*" only at the end.'],
  ],
  ['{ iss: https://i.example, sub: "" }', ['grants[0].to.sub is empty; use a text, a whole number, true or false.']],
  ['{ iss: https://i.example, sub: }', ['grants[0].to.sub is empty; use a text, a whole number, true or false.']],
  ['{ iss: https://i.example, sub: {} }', ['grants[0].to.sub is empty; use a text, a whole number, true or false.']],
  [
    '{ iss: https://i.example, sub: [a, b] }',
    ['grants[0].to.sub is a list; use one value, and a grant for each of them.'],
  ],
  [
    '{ iss: https://i.example, a: { b: { c: { d: { e: x } } } } }',
    ['grants[0].to.a.b.c.d is more than 4 levels deep; use fewer levels.'],
  ],
  ['{ iss: https://i.example, id: 0123 }', ['the number 0123 can be read in several ways; write it in quotes.']],
  [
    '{ iss: https://i.example, id: 12345678901234567890 }',
    ['the number 12345678901234567890 can be read in several ways; write it in quotes.'],
  ],
  ['{ iss: https://i.example, id: 1e3 }', ['the number 1e3 can be read in several ways; write it in quotes.']],
  [
    '{ iss: https://i.example, email: a@b.example, email_verified: false }',
    ['grants[0].to.email_verified is not true beside email; use true, or remove it.'],
  ],
  [
    '{ certificate: deployer }',
    [
      'grants[0].to.certificate "deployer" is not valid; use the subject as in RFC 4514, such as "CN=deployer,O=My Org", with a backslash before a comma in a value.',
    ],
  ],
  [
    '{ certificate: CN=deploy* }',
    [
      'grants[0].to.certificate "CN=deploy*" ends with "*", but subjects are compared as a whole; write the whole subject.',
    ],
  ],
] as const)('a grant to %s has the problems %j', ([grantee, expected]) => {
  expect(problemsOf(to(grantee))).toEqual(expected.map((message) => `7: ${message}`))
})

test.for([
  [
    'permissions: [write], on: ["*"]',
    ['grants[0].permissions[0] "write" is not valid; use read, register, manage, delete, call, admin.'],
  ],
  ['permissions: [Read], on: ["*"]', ['grants[0].permissions[0] "Read" is not valid; did you mean "read"?']],
  ['permissions: [], on: ["*"]', ['grants[0].permissions is empty; add at least one entry.']],
  ['permissions: read, on: ["*"]', ['grants[0].permissions is "read"; use a list.']],
  ['permissions: [read], on: []', ['grants[0].on is empty; add at least one entry.']],
  [
    'permissions: [read], on: [my-org]',
    ['grants[0].on[0] "my-org" is not valid; use "*", "namespace/*" or "namespace/name", such as "my-org/*".'],
  ],
  ['permissions: [read], on: [null]', ['grants[0].on[0] is empty; use a text.']],
] as const)('a grant with %s has the problems %j', ([parts, expected]) => {
  expect(problemsOf(withGrants(`  - { ${parts}, to: anyone }`))).toEqual(expected.map((message) => `7: ${message}`))
})

test.for([
  [
    '{ on: x, audience: a }',
    ['call_audiences[0].on "x" is not valid; use "*", "namespace/*" or "namespace/name", such as "my-org/*".'],
  ],
  [
    '{ on: "*", audience: "a b" }',
    ['call_audiences[0].audience "a b" is not valid; use printable ASCII characters without spaces.'],
  ],
  ['{ on: "*", audience: a }, { on: "*", audience: b }', ['call_audiences[1].on "*" is there twice; give it once.']],
  ['{ on: "*" }', ['call_audiences[0].audience is missing; add it.']],
] as const)('the call audiences %s have the problems %j', ([audiences, expected]) => {
  expect(problemsOf(`grants: []\ncall_audiences: [${audiences}]\n`)).toEqual(expected.map((message) => `2: ${message}`))
})

test('an error lists every problem with the file and the line, in the order of the lines', () => {
  const text = sample.replace('[my-org/*]', '[my-org]').replace('ci-legacy }', 'ci }').replace('to: anyone', 'to: all')
  expect(() => parseAccessFile(text, { path: 'access.yaml' })).toThrow(
    [
      'access.yaml:10: grants[0].on[0] "my-org" is not valid; use "*", "namespace/*" or "namespace/name", such as "my-org/*".',
      'access.yaml:18: grants[2].to.token "ci" is not in tokens; add it to tokens.',
      'access.yaml:20: grants[4].to "all" is not valid; use anyone, or a mapping with iss, token or certificate.',
    ].join('\n'),
  )
})

test('an error with very many problems stays short', () => {
  const text = `grants:\n${'- { permissions: [x], on: [x], to: x }\n'.repeat(2_000)}`
  expect(() => parseAccessFile(text, { path: 'access.yaml' })).toThrow(/\nand 5980 more problems$/)
})

test.for([
  ['brackets', `grants: ${'['.repeat(500_000)}`],
  ['mappings', `grants: ${'{a: '.repeat(200_000)}`],
  ['lists in lists', `grants:\n${'- '.repeat(300_000)}`],
  ['keys in keys', Array.from({ length: 1_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
] as const)('a file with very many nested %s is refused', ([, text]) => {
  expect(problemsOf(text).at(0)).toMatch(
    /: (?:the values are nested more than 16 levels deep|the text is not valid YAML)/,
  )
})

test('a file that is too large is refused', () => {
  expect(problemsOf(`grants: []\n${'#'.repeat(1_048_576)}`)).toEqual([
    '1: the file has more than 1,048,576 bytes; use fewer grants.',
  ])
})

test('a value that may be a token is not shown', () => {
  for (const tokens of ['[{ name: a, sha256: my-secret-token }]', 'my-secret-token', '[my-secret-token]']) {
    const problems = problemsOf(`tokens: ${tokens}\ngrants: []\n`)
    expect(problems).toHaveLength(1)
    expect(problems.join()).not.toContain('secret')
  }
})

test('a file with very many keys is refused without comparing each key with all others', () => {
  // To compare each key with all others would take longer than a test may.
  const text = Array.from({ length: 40_000 }, (_, at) => `key${at}: 1`).join('\n')
  expect(problemsOf(text)).toEqual(['1: a mapping has 40000 keys; use at most 256.'])
})

test.for([
  [`${GITHUB}/my-enterprise`, 'repository_owner_id'],
  ['https://token.actions.my-enterprise.ghe.com', 'repository_owner_id'],
  ['https://github.my-org.example/_services/token', 'repository_owner_id'],
  ['https://gitlab.my-org.example', 'project_id'],
] as const)('at %s, too, the branch and the environment identify no caller', ([issuer, claim]) => {
  const problems = (claims: string) =>
    problemsOf(`audiences: [a]
issuers: [{ issuer: "${issuer}" }]
grants:
  - { permissions: [read], on: ["*"], to: { iss: "${issuer}", ${claims} } }
`)
  expect(problems('ref: refs/heads/main, environment: production, ref_protected: true')).toEqual([
    `4: grants[0].to ${identify(claim)}`,
  ])
  expect(problems(`ref: refs/heads/main, ${claim}: "7"`)).toEqual([])
  expect(problems('ref: refs/heads/main, any_subject: true')).toEqual([])
})
