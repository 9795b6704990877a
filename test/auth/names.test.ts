import { expect, test } from 'vitest'
import { MAX_NAME_LENGTH, nameOf, readableName } from '../../src/auth/names.ts'

const github = 'https://token.actions.githubusercontent.com'
const workflow = {
  repository: 'my-org/my-service',
  workflow_ref: 'my-org/my-service/.github/workflows/deploy.yml@refs/tags/1.2.9',
  job_workflow_ref: 'octue/workflows/.github/workflows/build.yml@refs/tags/0.1.0',
  run_id: '123',
  run_attempt: '1',
}
const gitlab = { project_path: 'my-group/my-service', ref_path: 'refs/heads/main', pipeline_id: '7', job_id: '302' }
const account = { 'kubernetes.io': { namespace: 'prod', serviceaccount: { name: 'deployer' } } }
const kubernetes = 'https://kubernetes.default.svc.cluster.local'
const google = 'https://accounts.google.com'

test.each<[what: string, issuer: string, subject: string, claims: object, name: string]>([
  ['a run of GitHub', github, 'repo:x', workflow, 'github:my-org/my-service deploy.yml@refs/tags/1.2.9 run 123.1'],
  [
    'a run with numbers',
    github,
    's',
    { ...workflow, run_id: 5, run_attempt: 2 },
    'github:my-org/my-service deploy.yml@refs/tags/1.2.9 run 5.2',
  ],
  [
    'a run that names only the workflow of its job',
    github,
    's',
    { ...workflow, workflow_ref: undefined },
    'github:my-org/my-service build.yml@refs/tags/0.1.0 run 123.1',
  ],
  ['a run without an attempt', github, 's', { repository: 'a/b', run_id: '9' }, 'github:a/b run 9'],
  ['a token of GitHub without a repository', github, 'sub', {}, `${github} sub`],
  [
    'an enterprise of GitHub',
    `${github}/my-enterprise`,
    's',
    workflow,
    'github:my-org/my-service deploy.yml@refs/tags/1.2.9 run 123.1',
  ],
  [
    'a server of GitHub Enterprise',
    'https://ghe.example/_services/token',
    's',
    workflow,
    'ghe.example:my-org/my-service deploy.yml@refs/tags/1.2.9 run 123.1',
  ],
  ['a host that only begins like that of GitHub', `${github}.evil.example`, 's', workflow, `${github}.evil.example s`],
  [
    'a job of GitLab',
    'https://gitlab.com',
    's',
    gitlab,
    'gitlab:my-group/my-service refs/heads/main pipeline 7 job 302',
  ],
  [
    'a job of another server of GitLab',
    'https://gitlab.my-org.example',
    's',
    gitlab,
    'gitlab.my-org.example:my-group/my-service refs/heads/main pipeline 7 job 302',
  ],
  ['a project of GitLab without more', 'https://gitlab.com', 's', { project_path: 'a/b' }, 'gitlab:a/b'],
  [
    'an account of Google',
    google,
    '1',
    { email: 'svc@p.iam.gserviceaccount.com', email_verified: true },
    'svc@p.iam.gserviceaccount.com',
  ],
  ['an address that Google has not verified', google, '1', { email: 'a@b.c', email_verified: false }, `${google} 1`],
  ['an address that is verified by a text', google, '1', { email: 'a@b.c', email_verified: 'true' }, `${google} 1`],
  [
    'an address of another issuer',
    'https://evil.example',
    '1',
    { email: 'a@b.c', email_verified: true },
    'https://evil.example 1',
  ],
  ['an account of Kubernetes', kubernetes, 'system:serviceaccount:prod:deployer', account, 'kubernetes:prod/deployer'],
  [
    'a subject of Kubernetes without its claim',
    'https://evil.example',
    'system:serviceaccount:a:b',
    {},
    'https://evil.example system:serviceaccount:a:b',
  ],
  ['a subject of any other issuer', 'https://id.example', 'alice', workflow, 'https://id.example alice'],
])('%s has a readable name', (_what, issuer, subject, claims, name) => {
  expect(nameOf(issuer, subject, claims as Record<string, unknown>)).toBe(name)
})

test('a name has no character that could forge a line or hide a text', () => {
  expect(readableName('a\u0000b\nc\u202ed\u2028e\u200bf\ud800g')).toBe('a?b?c?d?e?f?g')
})

test('a name is cut to 256 characters, and never in the middle of one', () => {
  expect(readableName('x'.repeat(256))).toHaveLength(MAX_NAME_LENGTH)
  expect(readableName('x'.repeat(257))).toBe(`${'x'.repeat(255)}…`)
  expect(readableName(`${'x'.repeat(254)}😀😀`)).toBe(`${'x'.repeat(254)}…`)
  expect(readableName('😀'.repeat(1000)).isWellFormed()).toBe(true)
})
