import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkAccessFile, describeChecked } from '../../../src/auth/file/check-file.ts'
import type { Permission } from '../../../src/domain/access/permission.ts'
import { parseServiceReference } from '../../../src/domain/sruid.ts'
import { sample } from './sample.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-check-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const path = join(folder, 'access.yaml')
writeFileSync(path, sample)

interface Asked {
  readonly claims?: Record<string, unknown>
  readonly permission?: Permission
  readonly on?: string
}

function linesFor({ claims, permission, on }: Asked, text = sample): string[] {
  writeFileSync(path, text)
  const resource = on === undefined ? null : parseServiceReference(on).service
  return checkAccessFile(path, { claims, permission, resource }).map((finding) =>
    describeChecked('access.yaml', finding),
  )
}

const summary = 'access.yaml: 2 issuers, 1 token, 5 grants: no problem, 0 warnings.'
const github = {
  iss: 'https://token.actions.githubusercontent.com',
  repository: 'my-org/my-service',
  repository_owner_id: '123456',
  job_workflow_ref: 'octue/workflows/.github/workflows/build.yml@refs/tags/1.0',
}
const job = 'octue/workflows/.github/workflows/build.yml@refs/tags/*'
const applies = [
  `applies: grants[0] (line 9): register on my-org/* to iss "${github.iss}", repository_owner_id "123456", job_workflow_ref "${job}"`,
  'applies: grants[4] (line 20): read on public/* to anyone',
]

test('a valid file has a summary', () => {
  expect(linesFor({})).toEqual([summary])
})

test('a file with problems has a line for each problem, and no summary', () => {
  expect(linesFor({}, sample.replace('ci-legacy }', 'ci }'))).toEqual([
    'access.yaml:18: grants[2].to.token "ci" is not in tokens; add it to tokens.',
  ])
})

test('a warning is a line before the summary', () => {
  expect(linesFor({}, `${sample}  - { on: "*", audience: a }\n`.replace('on: [public/*]', 'on: [a/b, a/b]'))).toEqual([
    'warning: access.yaml:20: grants[4].on[1] "a/b" is part of "a/b"; remove it.',
    summary.replace('0 warnings', '1 warning'),
  ])
})

test.for([
  ['all grants that apply to claims', { claims: github }, applies],
  [
    'the grant that gives a permission',
    { claims: github, permission: 'register', on: 'my-org/x' },
    [...applies, 'allowed: register on my-org/x by grants[0] (line 9)'],
  ],
  [
    'a permission on any service',
    { claims: github, permission: 'read' },
    [...applies, 'allowed: read on any service by grants[4] (line 20)'],
  ],
  [
    'the grant that comes closest, and the claim that differs',
    {
      claims: { ...github, job_workflow_ref: 'my-org/x/y.yml@refs/heads/main' },
      permission: 'register',
      on: 'my-org/x',
    },
    [
      applies[1],
      `refused: register on my-org/x: grants[0] (line 9) comes closest, but job_workflow_ref is "my-org/x/y.yml@refs/heads/main", not "${job}"`,
    ],
  ],
  [
    'an issuer that the file does not have',
    { claims: { ...github, iss: 'https://i.example' }, permission: 'read' },
    ['refused: read on any service: iss "https://i.example" is not in issuers'],
  ],
  [
    'claims without an issuer',
    { claims: {}, permission: 'read' },
    ['refused: read on any service: the claims have no iss; add the issuer'],
  ],
  [
    'another audience',
    { claims: { ...github, aud: 'https://other.example' }, permission: 'read' },
    ['refused: read on any service: aud "https://other.example" is not one of the audiences'],
  ],
  [
    'two audiences',
    { claims: { ...github, aud: ['https://registry.my-org.example/services', 'x'] }, permission: 'read' },
    ['refused: read on any service: aud "https://registry.my-org.example/services, x" is not one of the audiences'],
  ],
  [
    'the audience with a final slash',
    { claims: { ...github, aud: 'https://registry.my-org.example/services/' }, permission: 'register', on: 'my-org/x' },
    [...applies, 'allowed: register on my-org/x by grants[0] (line 9)'],
  ],
  [
    'an address that is not verified',
    {
      claims: {
        iss: 'https://accounts.google.com',
        email: 'svc@project.iam.gserviceaccount.com',
        email_verified: false,
      },
      permission: 'call',
      on: 'my-org/x',
    },
    [
      applies[1],
      'refused: call on my-org/x: grants[1] (line 15) comes closest, but email_verified is false, not "true"',
    ],
  ],
] as const)('a check names %s', ([, asked, expected]) => {
  expect(linesFor(asked)).toEqual([...expected, summary])
})
