/** The claims of a verified token. */
export type Claims = Readonly<Record<string, unknown>>

/** The most characters of a name. A longer one is cut. */
export const MAX_NAME_LENGTH = 256

/**
 * The name that people read for the caller with a verified token. The issuer decides its form, because a claim of the same
 * name may mean something else in the tokens of another issuer. It is not unique: `issuer` and `subject` are.
 */
export function nameOf(issuer: string, subject: string, claims: Claims): string {
  const name = githubName(issuer, claims) ?? gitlabName(issuer, claims) ?? googleName(issuer, claims)
  return readableName(name ?? kubernetesName(subject, claims) ?? `${issuer} ${subject}`)
}

// Control characters, line separators, halves of surrogate pairs, and the characters that hide or reorder text.
const UNREADABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Makes a text fit to be a name: bounded, and with `?` in place of the characters that could forge or hide text. */
export function readableName(text: string): string {
  const name = text.slice(0, 2 * MAX_NAME_LENGTH).replace(UNREADABLE, '?')
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH - 1).replace(/\p{Cs}$/u, '')}…` : name
}

/** `github:my-org/my-service deploy.yml@refs/tags/1.2.9 run 123.1`. Servers of GitHub Enterprise have their host in front. */
function githubName(issuer: string, claims: Claims): string | undefined {
  const { host, pathname } = new URL(issuer)
  const isGitHub = host === 'token.actions.githubusercontent.com'
  if (!isGitHub && pathname !== '/_services/token') return undefined
  const [repository, run, attempt] = texts(claims, 'repository', 'run_id', 'run_attempt')
  const [workflow = text(claims, 'job_workflow_ref')] = texts(claims, 'workflow_ref')
  if (repository === undefined) return undefined
  const file = workflow && ` ${workflow.replace(/^.*\/\.github\/workflows\//, '')}`
  const place = isGitHub ? 'github' : host
  return `${place}:${repository}${file ?? ''}${run ? ` run ${run}${attempt ? `.${attempt}` : ''}` : ''}`
}

/** `gitlab:my-group/my-service refs/heads/main pipeline 123 job 456`. Other servers of GitLab have their host in front. */
function gitlabName(issuer: string, claims: Claims): string | undefined {
  const { host } = new URL(issuer)
  if (host !== 'gitlab.com' && !host.startsWith('gitlab.')) return undefined
  const [project, ref, pipeline, job] = texts(claims, 'project_path', 'ref_path', 'pipeline_id', 'job_id')
  if (project === undefined) return undefined
  const parts = [ref, pipeline && `pipeline ${pipeline}`, job && `job ${job}`].filter((part) => part)
  return [`${host === 'gitlab.com' ? 'gitlab' : host}:${project}`, ...parts].join(' ')
}

/** The address of the account. An address that Google has not verified may be somebody else's. */
function googleName(issuer: string, claims: Claims): string | undefined {
  if (issuer !== 'https://accounts.google.com') return undefined
  return claims.email_verified === true ? text(claims, 'email') : undefined
}

/** `kubernetes:my-namespace/my-account`. Each cluster is an issuer of its own, so only its claims show it. */
function kubernetesName(subject: string, claims: Claims): string | undefined {
  if (typeof claims['kubernetes.io'] !== 'object') return undefined
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subject) ?? []
  return account && `kubernetes:${namespace}/${account}`
}

function texts(claims: Claims, ...names: readonly string[]): (string | undefined)[] {
  return names.map((name) => text(claims, name))
}

function text(claims: Claims, name: string): string | undefined {
  const value = claims[name]
  // GitLab and GitHub write numbers as texts, but not in all versions.
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}
