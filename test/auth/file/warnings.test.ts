import { expect, test } from 'vitest'
import { parseAccessFile } from '../../../src/auth/file/access-file.ts'
import { findWarnings } from '../../../src/auth/file/warnings.ts'
import { SHA256, sample } from './sample.ts'

const warningsOf = (text: string) =>
  findWarnings(parseAccessFile(text, { path: 'access.yaml' })).map(({ line, message }) => `${line}: ${message}`)

const GITHUB = 'https://token.actions.githubusercontent.com'
const head = `audiences: [a]
issuers: [{ issuer: https://i.example }, { issuer: ${GITHUB} }]
tokens: [{ name: ci, sha256: ${SHA256} }]
grants:
  - { permissions: [read], on: [used/*], to: { token: ci } }
  - { permissions: [read], on: [used/*], to: { iss: https://i.example, sub: used } }
  - { permissions: [read], on: [used/*], to: { iss: ${GITHUB}, repository: used } }
`

test('the sample gets no warning', () => {
  expect(warningsOf(sample)).toEqual([])
  expect(warningsOf(head)).toEqual([])
})

const read = (on: string, to: string) => `  - { permissions: [read], on: [${on}], to: ${to} }\n`
const covered = 'grants[4] gives nothing that grants[3] (line 8) does not give; remove it.'

test.for([
  ['the same twice', read('a/b', 'anyone') + read('a/b', 'anyone'), [`9: ${covered}`]],
  ['one that is part of a grant to anyone', read('a/*', 'anyone') + read('a/b', '{ token: ci }'), [`9: ${covered}`]],
  [
    'one that is part of a later grant',
    read('a/b', '{ token: ci }') + read('"*"', '{ token: ci }'),
    [
      '5: grants[0] gives nothing that grants[4] (line 9) does not give; remove it.',
      '8: grants[3] gives nothing that grants[4] (line 9) does not give; remove it.',
    ],
  ],
  [
    'one with more claims than another',
    read('a/b', '{ iss: https://i.example, sub: "x/*" }') + read('a/b', '{ iss: https://i.example, sub: x/y, b: c }'),
    [`9: ${covered}`],
  ],
  [
    'one with a longer beginning',
    read('a/b', '{ iss: https://i.example, sub: "x/*" }') + read('a/b', '{ iss: https://i.example, sub: "x/y/*" }'),
    [`9: ${covered}`],
  ],
  [
    'one whose value is the beginning of a later one',
    read('a/b', '{ iss: https://i.example, sub: x/ }') + read('a/b', '{ iss: https://i.example, sub: "x/*" }'),
    ['8: grants[3] gives nothing that grants[4] (line 9) does not give; remove it.'],
  ],
  [
    'one that a grant with admin covers',
    `  - { permissions: [admin], on: ["a/*"], to: { token: ci } }\n${read('a/b', '{ token: ci }')}`,
    [`9: ${covered}`],
  ],
  [
    'one with a wider claim',
    read('a/b', '{ iss: https://i.example, sub: x/y }') + read('a/b', '{ iss: https://i.example, sub: "x/*" }'),
    ['8: grants[3] gives nothing that grants[4] (line 9) does not give; remove it.'],
  ],
  [
    'others',
    read('a/b', '{ token: ci }') + read('a/c', '{ token: ci }') + read('a/b', '{ iss: https://i.example, sub: y }'),
    [],
  ],
] as const)('grants with %s get a warning for each grant that does nothing', ([, grants, expected]) => {
  expect(warningsOf(head + grants)).toEqual(expected)
})

test.for([
  [
    'the sub of GitHub',
    read('a/b', `{ iss: ${GITHUB}, sub: "repo:my-org/x:ref:refs/heads/main" }`),
    'grants[3].to.sub has had another form since July 2026 at GitHub; use repository_owner_id, repository, job_workflow_ref or environment.',
  ],
  [
    'a beginning that ends within a name',
    read('a/b', `{ iss: ${GITHUB}, repository: my-org* }`),
    'grants[3].to.repository "my-org*" fits "my-org-evil", too; put a separator before "*", such as "my-org/*".',
  ],
  [
    'the beginning of an address',
    read('a/b', '{ iss: https://i.example, email: "svc@*" }'),
    'grants[3].to.email "svc@*" fits addresses of every domain; write the whole address.',
  ],
  [
    'changes by anyone',
    '  - { permissions: [read, register, call], on: [a/b], to: anyone }\n',
    'grants[3] gives register, call to everybody who reaches the server; use read.',
  ],
  [
    'every account of a public issuer',
    read('a/b', `{ iss: ${GITHUB}, any_subject: true }`),
    'grants[3] is for every account of a public issuer; add a claim of your organization.',
  ],
] as const)('a grant with %s gets a warning', ([, grants, expected]) => {
  expect(warningsOf(head + grants)).toEqual([`8: ${expected}`])
})

test('a pattern that is part of another one of the same grant gets a warning', () => {
  expect(warningsOf(head + read('a/b, a/*, a/*', '{ token: ci }'))).toEqual([
    '8: grants[3].on[0] "a/b" is part of "a/*"; remove it.',
    '8: grants[3].on[2] "a/*" is part of "a/*"; remove it.',
  ])
})

test('an issuer and a token that no grant names get a warning', () => {
  const text = `audiences: [a]\nissuers: [{ issuer: https://i.example }]\ntokens: [{ name: ci, sha256: ${SHA256} }]\ngrants: []\n`
  expect(warningsOf(text)).toEqual([
    '2: issuers[0] "https://i.example" is in no grant; add one, or remove it.',
    '3: tokens[0] "ci" is in no grant; add one, or remove it.',
    '4: grants is empty, so nobody may do anything; add a grant.',
  ])
})
