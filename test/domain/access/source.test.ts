import { expect, test } from 'vitest'
import type { Identity } from '../../../src/domain/access/identity.ts'
import {
  agrees,
  fillSource,
  type ProvenSource,
  provenSource,
  provenText,
  requireProvenSource,
} from '../../../src/domain/access/source.ts'
import { RegistryError } from '../../../src/domain/errors.ts'

const sha = '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567'
const gitHub = 'https://token.actions.githubusercontent.com'

function identity(issuer: string, claims: object, kind: Identity['kind'] = 'oidc'): Identity {
  return { kind, principal: { name: 'a', issuer, subject: 'b' }, claims: { ...claims } }
}

const repository = 'my-org/my-service'
const ofGitHub: ProvenSource = { commit: sha, path: repository, server: 'https://github.com' }

test.for([
  [gitHub, { repository }, 'https://github.com/my-org/my-service'],
  [`${gitHub}/my-enterprise`, { repository }, 'https://github.com/my-org/my-service'],
  ['https://token.actions.my-company.ghe.com', { repository }, 'https://my-company.ghe.com/my-org/my-service'],
  ['https://git.example.com/_services/token', { repository }, 'https://git.example.com/my-org/my-service'],
  [
    'https://forge.example.com/api',
    { repository, server_url: 'https://forge.example.com/' },
    'https://forge.example.com/my-org/my-service',
  ],
  ['https://gitlab.com', { project_path: 'my-org/group/my-service' }, 'https://gitlab.com/my-org/group/my-service'],
  ['https://example.com/gitlab/', { project_path: repository }, 'https://example.com/gitlab/my-org/my-service'],
] as const)('a token of %s with %j proves the commit and the repository %s', ([issuer, claims, expected]) => {
  const proven = provenSource(identity(issuer, { ...claims, sha: sha.toUpperCase() }))
  expect(proven).not.toBeNull()
  const filled = fillSource({ repository: '', commit: '', imageDigest: 'sha256:0a' }, proven)
  expect(filled).toEqual({ repository: expected, commit: sha, imageDigest: 'sha256:0a' })
})

test.for([
  ['a token of Google has neither', 'https://accounts.google.com', { email: 'a@example.com' }],
  ['a commit alone is of no repository', gitHub, { sha }],
  ['a repository alone has no commit', gitHub, { repository }],
  ['a claim that is no hash is no commit', gitHub, { repository, sha: 'main' }],
  ['a claim that is no text is no commit', gitHub, { repository, sha: 7 }],
  ['a repository without an owner is none', gitHub, { repository: 'my-service', sha }],
  ['a repository of 513 characters is none', gitHub, { repository: `a/${'b'.repeat(511)}`, sha }],
  ['a repository with a query is none', gitHub, { repository: 'my-org/my-service?x', sha }],
] as const)('a token proves no source if a claim is missing or not valid: %s', ([, issuer, claims]) => {
  expect(provenSource(identity(issuer, claims))).toBeNull()
})

test.for(['anonymous', 'token', 'certificate'] as const)('a credential of the kind %s proves no source', (kind) => {
  expect(provenSource(identity(gitHub, { repository, sha }, kind))).toBeNull()
})

test('a token with the claims of GitHub that does not tell its server proves the commit and the path', () => {
  const proven = provenSource(identity('http://127.0.0.1:4000', { repository, sha, server_url: 'https://a b' }))
  expect(proven).toEqual({ commit: sha, path: repository, server: null })
  const none = { repository: '', commit: '', imageDigest: '' }
  expect(fillSource(none, proven)).toEqual({ ...none, commit: sha })
  expect(agrees('repository', 'https://github.com/my-org/my-service', proven as ProvenSource)).toBe(true)
  expect(agrees('repository', 'https://github.com/my-org/other', proven as ProvenSource)).toBe(false)
})

test('a part that the request gives is not replaced', () => {
  const given = { repository: 'git@github.com:my-org/my-service', commit: sha.slice(0, 7), imageDigest: '' }
  expect(fillSource(given, ofGitHub)).toEqual(given)
  expect(fillSource(given, null)).toBe(given)
})

test.for([
  'https://github.com/my-org/my-service',
  'https://github.com/my-org/my-service/',
  'https://github.com/my-org/my-service.git',
  'https://github.com:443/my-org/my-service',
  'HTTPS://GitHub.com/My-Org/My-Service',
  'http://github.com/my-org/my-service',
  'git+https://github.com/my-org/my-service.git',
  'git@github.com:my-org/my-service.git',
  'ssh://git@github.com/my-org/my-service',
  'ssh://git@github.com:22/my-org/my-service.git',
  'git+ssh://git@github.com/my-org/my-service.git',
  'github.com/my-org/my-service',
  'my-org/my-service',
])('the repository %s is that of a token of GitHub for my-org/my-service', (text) => {
  expect(agrees('repository', text, ofGitHub)).toBe(true)
})

test.for([
  'https://github.com/my-org/my-service-2',
  'https://github.com/other-org/my-service',
  'https://github.com/my-org',
  'https://gitlab.com/my-org/my-service',
  'https://github.com.example.com/my-org/my-service',
  'https://example.com/github.com/my-org/my-service',
  'https://github.com:8443/my-org/my-service',
  'git@example.com:my-org/my-service',
  'example.com/my-org/my-service',
  'https://github.com/my-org/my-service?x=1',
  'https://github.com/my-org/my-service/tree/main',
  'my-service',
  'https://',
  '/',
])('the repository %s is not that of a token of GitHub for my-org/my-service', (text) => {
  expect(agrees('repository', text, ofGitHub)).toBe(false)
})

test.for([
  'https://example.com/gitlab/my-org/my-service',
  'git@example.com:my-org/my-service.git',
  'ssh://git@example.com:2222/my-org/my-service.git',
])('the repository %s is that of a token of a GitLab in a folder', (text) => {
  expect(agrees('repository', text, { ...ofGitHub, server: 'https://example.com/gitlab' })).toBe(true)
})

test('a group whose name has a dot is not read as a host', () => {
  const proven = { ...ofGitHub, path: 'my.org/group/my-service', server: 'https://gitlab.com' }
  expect(agrees('repository', 'my.org/group/my-service', proven)).toBe(true)
})

test.for([
  [sha, true],
  [sha.toUpperCase(), true],
  [sha.slice(0, 7), true],
  [sha.slice(0, 6), false],
  [`${sha}0`, false],
  [sha.replace('0', '1'), false],
  ['main', false],
] as const)('the commit %s agrees with that of the token: %s', ([text, expected]) => {
  expect(agrees('commit', text, ofGitHub)).toBe(expected)
})

test('a source that the token contradicts is refused with the fields and both values', () => {
  const given = { repository: 'https://github.com/my-org/other', commit: 'ffffffff', imageDigest: '' }
  const error = refusalOf(() => requireProvenSource(given, ofGitHub))
  expect(error.reason).toBe('SOURCE_MISMATCH')
  expect(error.fieldViolations).toEqual([
    {
      field: 'source.repository',
      description:
        'source.repository is "https://github.com/my-org/other", but the token names "https://github.com/my-org/my-service"; leave it out, or use that of the token.',
    },
    {
      field: 'source.commit',
      description: `source.commit is "ffffffff", but the token names "${sha}"; leave it out, or use that of the token.`,
    },
  ])
  expect(error.message).toBe(error.fieldViolations.map(({ description }) => description).join(' '))
})

test('only the part that the token contradicts is named', () => {
  const error = refusalOf(() => requireProvenSource({ repository: 'a/b', commit: sha, imageDigest: '' }, ofGitHub))
  expect(error.fieldViolations.map(({ field }) => field)).toEqual(['source.repository'])
})

test.for([
  [{ repository: '', commit: '', imageDigest: '' }, ofGitHub],
  [{ repository: '', commit: '', imageDigest: 'sha256:0a' }, ofGitHub],
  [{ repository: 'my-org/my-service', commit: sha, imageDigest: '' }, ofGitHub],
  [{ repository: 'anything', commit: 'anything', imageDigest: '' }, null],
] as const)('the source %j is not refused with the token %j', ([given, proven]) => {
  requireProvenSource(given, proven)
})

test('the repository that is shown for a token without a server is its path', () => {
  const proven = { ...ofGitHub, server: null }
  expect(provenText(proven, 'repository')).toBe('')
  const error = refusalOf(() => requireProvenSource({ repository: 'a/b', commit: '', imageDigest: '' }, proven))
  expect(error.message).toContain('but the token names "my-org/my-service";')
})

function refusalOf(run: () => void): RegistryError {
  try {
    run()
  } catch (error) {
    if (error instanceof RegistryError) return error
    throw error
  }
  throw new Error('it was not refused')
}
