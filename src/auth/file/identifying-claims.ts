import type { ClaimMatcher } from '../../domain/access/claim-matcher.ts'

/** The issuer of the tokens of GitHub Actions. */
export const GITHUB = 'https://token.actions.githubusercontent.com'

/** Claims about the token itself. They say nothing about its caller. */
const ofEveryIssuer: readonly string[] = [
  ...['aud', 'exp', 'iat', 'nbf', 'jti', 'nonce', 'typ', 'sid', 'at_hash', 'c_hash', 'auth_time'],
  ...['acr', 'amr', 'email_verified', 'phone_number_verified', 'scope', 'token_use', 'ver'],
]

/**
 * Claims that anybody can have in a token of an issuer that serves everybody. A workflow of one repository can be called by any other
 * one, so `job_workflow_ref` names the workflow and not its caller.
 */
const ofIssuer: Readonly<Record<string, readonly string[]>> = {
  [GITHUB]: [
    ...['base_ref', 'check_run_id', 'environment', 'event_name', 'head_ref', 'job_workflow_ref', 'job_workflow_sha'],
    ...['ref', 'ref_protected', 'ref_type', 'repository_visibility', 'run_attempt', 'run_id', 'run_number'],
    ...['runner_environment', 'sha', 'workflow', 'workflow_sha'],
  ],
  'https://gitlab.com': [
    ...['ci_config_ref_uri', 'ci_config_sha', 'deployment_tier', 'environment', 'environment_action'],
    ...['environment_protected', 'job_id', 'pipeline_id', 'pipeline_source', 'project_visibility', 'ref', 'ref_path'],
    ...['ref_protected', 'ref_type', 'runner_environment', 'runner_id', 'sha', 'user_access_level'],
  ],
  'https://accounts.google.com': ['at_hash', 'locale', 'name', 'given_name', 'family_name', 'picture', 'profile'],
}

/** Whether anybody can have an account at an issuer. */
export function servesEverybody(issuer: string): boolean {
  return Object.hasOwn(ofIssuer, issuer)
}

/** The first claim that says who the caller is; undefined if each could be in the token of anybody. */
export function findIdentifying(issuer: string, claims: readonly ClaimMatcher[]): ClaimMatcher | undefined {
  const others = ofIssuer[issuer] ?? []
  return claims.find(({ path: [name = ''] }) => !ofEveryIssuer.includes(name) && !others.includes(name))
}
