/** A repository on a server. */
export interface Repository {
  /** Such as `my-org/my-service`. */
  readonly path: string
  /** The URL of the server, without a slash at its end. Null: nobody knows it. */
  readonly server: string | null
}

/**
 * Whether a text names a repository. It may be an address of HTTPS, of Git or of SSH, with or without `.git`, in any case,
 * or only the path. If nobody knows the server, any server is the right one.
 */
export function isRepository(text: string, { path, server }: Repository): boolean {
  const own = path.toLowerCase()
  if (withoutEnding(text.toLowerCase()) === own) return true
  const named = toAddress(text)
  if (server === null) return named.path === own
  const full = toAddress(`${server}/${path}`)
  // An address of SSH has another port, and not the folder of a server that is in one.
  if (named.isWeb) return named.host === full.host && named.path === full.path
  return nameOf(named.host) === nameOf(full.host) && (named.path === full.path || named.path === own)
}

/** The address of a repository, in lower case. */
interface Address {
  /** Whether its scheme is that of HTTP, or it has none. */
  readonly isWeb: boolean
  /** With its port, if it is no usual one. Empty: the text has only a path. */
  readonly host: string
  readonly path: string
}

const SCHEME = /^([a-z][a-z\d+.-]*):\/\//

function toAddress(text: string): Address {
  const lower = withoutEnding(text.toLowerCase())
  const scheme = SCHEME.exec(lower)
  const [before, path] = cut(scheme === null ? lower : lower.slice(scheme[0].length), '/')
  const host = before.slice(before.lastIndexOf('@') + 1)
  if (scheme !== null) return { isWeb: /^(?:git\+)?https?$/.test(scheme[1] ?? ''), host: withoutUsualPort(host), path }
  // Git has a form of SSH without a scheme: `git@github.com:my-org/my-service.git`.
  const [name, first] = cut(host, ':')
  if (first !== '') return { isWeb: false, host: name, path: path === '' ? first : `${first}/${path}` }
  const isHost = host.includes('.') && path.includes('/')
  return isHost ? { isWeb: true, host, path } : { isWeb: true, host: '', path: lower }
}

function withoutEnding(text: string): string {
  const bare = text.endsWith('/') ? text.slice(0, -1) : text
  return bare.endsWith('.git') ? bare.slice(0, -'.git'.length) : bare
}

function cut(text: string, at: string): readonly [string, string] {
  const index = text.indexOf(at)
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}

function withoutUsualPort(host: string): string {
  return host.replace(/:(?:80|443)$/, '')
}

function nameOf(host: string): string {
  return cut(host, ':')[0]
}
