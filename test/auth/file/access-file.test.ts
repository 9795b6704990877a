import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseAccessFile } from '../../../src/auth/file/access-file.ts'
import { readAccessFile } from '../../../src/auth/file/read-access-file.ts'
import { SHA256, sample } from './sample.ts'

const folder = mkdtempSync(join(tmpdir(), 'waypost-access-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const path = join(folder, 'access.yaml')
const parse = (text: string) => parseAccessFile(text, { path })
const granteeOf = (to: string) =>
  parse(
    `audiences: [a]\nissuers: [{ issuer: https://i.example }]\ngrants: [{ permissions: [read], on: ["*"], to: ${to} }]\n`,
  ).grants[0]?.to

test('the sample is read with all of its parts', () => {
  const { lineOf: _, ...file } = parse(sample)
  const github = 'https://token.actions.githubusercontent.com'
  const job = 'octue/workflows/.github/workflows/build.yml@refs/tags/'
  expect(file).toMatchObject({
    audiences: ['https://registry.my-org.example/services'],
    issuers: [{ issuer: github }, { issuer: 'https://accounts.google.com' }],
    unknownIssuers: 'refuse',
    tokens: [{ name: 'ci-legacy', sha256: SHA256 }],
    grants: [
      {
        permissions: ['register'],
        on: [{ namespace: 'my-org' }],
        place: 'grants[0] (line 9)',
        to: {
          kind: 'oidc',
          issuer: github,
          claims: [
            { path: ['repository_owner_id'], text: '123456', isPrefix: false },
            { path: ['job_workflow_ref'], text: job, isPrefix: true },
          ],
        },
      },
      { permissions: ['read', 'call'], place: 'grants[1] (line 15)' },
      { to: { kind: 'token', name: 'ci-legacy' } },
      { on: ['all'], to: { kind: 'certificate', subject: 'CN=root,O=My Org' } },
      { to: { kind: 'anyone' } },
    ],
    callAudiences: [{ on: { namespace: 'my-org' }, audience: 'https://calls.my-org.example' }],
  })
})

test('a file with nothing but grants is valid', () => {
  const { lineOf: _, ...file } = parse('grants: []\n')
  expect(file).toEqual({
    ...{ audiences: [], issuers: [], unknownIssuers: 'refuse', tokens: [], grants: [], callAudiences: [] },
  })
})

test.for([
  ['a whole number', '{ iss: https://i.example, id: 7 }', [{ path: ['id'], text: '7', isPrefix: false }]],
  [
    'a boolean',
    '{ iss: https://i.example, sub: x, ok: true }',
    [expect.anything(), { path: ['ok'], text: 'true', isPrefix: false }],
  ],
  [
    'a claim in a claim',
    '{ iss: https://i.example, kubernetes.io: { namespace: prod, serviceaccount: { name: "d-*" } } }',
    [
      { path: ['kubernetes.io', 'namespace'], text: 'prod', isPrefix: false },
      { path: ['kubernetes.io', 'serviceaccount', 'name'], text: 'd-', isPrefix: true },
    ],
  ],
  [
    'an address, which must be verified',
    '{ iss: https://i.example, email: a@b.example }',
    [
      { path: ['email'], text: 'a@b.example', isPrefix: false },
      { path: ['email_verified'], text: 'true', isPrefix: false },
    ],
  ],
  [
    'an address, and that it is verified',
    '{ iss: https://i.example, email: a@b.example, email_verified: true }',
    [
      { path: ['email'], text: 'a@b.example', isPrefix: false },
      { path: ['email_verified'], text: 'true', isPrefix: false },
    ],
  ],
  ['every account', '{ iss: https://i.example, any_subject: true }', []],
] as const)('a grant may ask for %s', ([, to, claims]) => {
  expect(granteeOf(to)).toEqual({ kind: 'oidc', issuer: 'https://i.example', claims })
})

test('a certificate is brought into its normal form', () => {
  expect(granteeOf('{ certificate: "cn=a\\\\2C b, o=x" }')).toEqual({ kind: 'certificate', subject: 'CN=a\\, b,O=x' })
})

const withKeys = (file: string) =>
  `audiences: [a]\nissuers:\n  - issuer: https://i.example\n    jwks_file: ${file}\ngrants: []\n`
const key = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: '1' }

test('a key file is looked for beside the access file, whatever the working directory is', () => {
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [key] }))
  writeFileSync(path, withKeys('keys.json'))
  expect(readAccessFile({ path }).issuers[0]?.jwksFile).toBe(join(folder, 'keys.json'))
  writeFileSync(path, withKeys(join(folder, 'keys.json')))
  expect(readAccessFile({ path }).issuers[0]?.jwksFile).toBe(join(folder, 'keys.json'))
})

test.for([
  ['is missing', undefined, 'ENOENT'],
  ['is not JSON', 'x', 'it is not JSON'],
  ['has no keys', '{"keys":[]}', 'the JWKS has no key for RS256, ES256, EdDSA; it must have one at least.'],
] as const)('a key file that %s is refused, with the line of the file that names it', ([, content, why]) => {
  const file = join(folder, 'bad.json')
  rmSync(file, { force: true })
  if (content !== undefined) writeFileSync(file, content)
  writeFileSync(path, withKeys('bad.json'))
  expect(() => readAccessFile({ path })).toThrow(
    `${path}:4: issuers[0].jwks_file: the file ${JSON.stringify(file)} cannot be used (${why.replace(/\.$/, '')}); ` +
      'use the path of a JWKS, below the folder of the access file or absolute.',
  )
})

test.for([
  ['is not UTF-8', Buffer.from([0x67, 0xff]), '1: the file is not UTF-8; save it as UTF-8.'],
  ['is too large', Buffer.alloc(1_048_577, '#'), '1: the file has 1,048,577 bytes; use at most 1,048,576.'],
] as const)('an access file that %s is refused', ([, content, expected]) => {
  writeFileSync(path, content)
  expect(() => readAccessFile({ path })).toThrow(`${path}:${expected}`)
})

test('an access file may begin with a byte order mark', () => {
  writeFileSync(path, '\ufeffgrants: []\n')
  expect(readAccessFile({ path }).grants).toEqual([])
})
