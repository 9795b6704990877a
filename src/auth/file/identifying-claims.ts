import type { ClaimMatcher } from '../../domain/access/claim-matcher.ts'

/** Claims about the token itself. They say nothing about its caller. */
const ofEveryIssuer: readonly string[] = [
  ...['aud', 'exp', 'iat', 'nbf', 'jti', 'nonce', 'typ', 'sid', 'at_hash', 'c_hash', 'auth_time'],
  ...['acr', 'amr', 'email_verified', 'phone_number_verified', 'scope', 'token_use', 'ver'],
]

// A workflow of one repository can be called by any other one, so `job_workflow_ref` names the workflow and not its caller.
const ofGitHub: readonly string[] = [
  ...['base_ref', 'check_run_id', 'environment', 'event_name', 'head_ref', 'job_workflow_ref', 'job_workflow_sha'],
  ...['ref', 'ref_protected', 'ref_type', 'repository_visibility', 'run_attempt', 'run_id', 'run_number'],
  ...['runner_environment', 'sha', 'workflow', 'workflow_sha'],
]

const ofGitLab: readonly string[] = [
  ...['ci_config_ref_uri', 'ci_config_sha', 'deployment_tier', 'environment', 'environment_action'],
  ...['environment_protected', 'job_id', 'pipeline_id', 'pipeline_source', 'project_visibility', 'ref', 'ref_path'],
  ...['ref_protected', 'ref_type', 'runner_environment', 'runner_id', 'sha', 'user_access_level'],
]

const ofGoogle: readonly string[] = ['at_hash', 'locale', 'name', 'given_name', 'family_name', 'picture', 'profile']

/** Claims that every caller of an issuer can have in its token. */
function claimsOfAll(issuer: string): readonly string[] {
  if (isGitHub(issuer)) return ofGitHub
  if (isGitLab(issuer)) return ofGitLab
  return issuer === GOOGLE ? ofGoogle : []
}

/** The issuer of the tokens of GitHub Actions. */
export const GITHUB = 'https://token.actions.githubusercontent.com'
const GOOGLE = 'https://accounts.google.com'

// An enterprise may have an address of its own below the one of GitHub, or at ghe.com, or a server of its own.
const GITHUB_ADDRESS =
  /^https:\/\/(?:token\.actions\.(?:githubusercontent\.com|[\w-]+\.ghe\.com)|[^/]+\/_services\/token)(?:\/|$)/i

/** Whether it is the issuer of the tokens of GitHub Actions, or of a GitHub Enterprise. */
export function isGitHub(issuer: string): boolean {
  return GITHUB_ADDRESS.test(issuer)
}

/** Whether it is GitLab, or a server of GitLab whose name says so. */
export function isGitLab(issuer: string): boolean {
  return /^https:\/\/gitlab\./i.test(issuer)
}

/** Whether anybody can have an account at an issuer. */
export function servesEverybody(issuer: string): boolean {
  return [GITHUB, GOOGLE, 'https://gitlab.com'].includes(issuer)
}

/** The first claim that says who the caller is; undefined if each could be in the token of anybody. */
export function findIdentifying(issuer: string, claims: readonly ClaimMatcher[]): ClaimMatcher | undefined {
  const others = claimsOfAll(issuer)
  return claims.find(({ path: [name = ''] }) => !ofEveryIssuer.includes(name) && !others.includes(name))
}
