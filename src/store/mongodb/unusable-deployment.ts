import { MongoNetworkError, MongoServerSelectionError, type TopologyDescription } from 'mongodb'
import { hasCode, rowOf, UNAUTHORIZED, withoutCommand } from './errors.ts'
import { RefusedSetting } from './read-concern.ts'

const MECHANISM_UNAVAILABLE = 334

/** The reason why a deployment cannot be used, if it is not the message of the error, and the setting to look at. */
interface Diagnosis {
  readonly why?: string
  readonly remedy: string
}

/** Errors of the operating system and of TLS, by their codes, and the settings to look at. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/^(ENOTFOUND|EAI_AGAIN|ENODATA|ESERVFAIL)$/, 'check the host name in the connection string'],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/, 'check the host and the port, and that the deployment runs'],
  [/^(ENOENT|EACCES|EISDIR)$/, 'check the files that tlsCAFile and tlsCertificateKeyFile name'],
  [/^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_TLS_CERT|HOSTNAME_)/, 'check the host name and tlsCAFile'],
  [/^(ECONNRESET|EPROTO|EPIPE|ERR_SSL|ERR_OSSL)/, 'check whether the deployment uses TLS, and set tls accordingly'],
]

/** The error for a deployment that cannot be used. A user who may do all that is needed has this role on the database. */
export function unusableDeployment(cause: unknown, role: string): Error {
  if (cause instanceof RefusedSetting) return cause
  const { why = messageOf(cause), remedy } = diagnose(cause, role)
  return new Error(`the deployment cannot be used (${why}); ${remedy}.`, { cause })
}

function diagnose(cause: unknown, role: string): Diagnosis {
  if (hasCode(cause, UNAUTHORIZED)) return { remedy: `use a user who has the role ${role} on the database` }
  if (hasCode(cause, MECHANISM_UNAVAILABLE)) return { remedy: 'check authMechanism in the connection string' }
  const remedy = rowOf(cause)?.remedy ?? systemRemedy(cause)
  return (
    (remedy === undefined ? undefined : { remedy }) ??
    (cause instanceof MongoServerSelectionError ? ofReplicaSet(cause.reason) : undefined) ?? {
      remedy: 'check the connection string, and that the deployment runs',
    }
  )
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? withoutCommand(cause.message.replace(/\.$/, '')) : String(cause)
}

// The driver wraps the error of the operating system twice.
function systemRemedy(cause: unknown): string | undefined {
  const chain = chainOf(cause)
  const code = chain.map((error) => ('code' in error ? error.code : undefined)).find((each) => typeof each === 'string')
  const found = remedies.find(([codes]) => code !== undefined && codes.test(code))
  if (found !== undefined) return found[1]
  // A server that wants TLS closes a connection without it, and tells no reason.
  return code === undefined && chain.some(isClosedConnection) ? remedies.at(-1)?.[1] : undefined
}

function isClosedConnection(error: Error): boolean {
  return error instanceof MongoNetworkError && error.name === 'MongoNetworkError'
}

function chainOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...chainOf(error.cause)] : []
}

// The driver forgets the servers that belong to another replica set, or to none.
function ofReplicaSet({ setName, servers }: Partial<TopologyDescription> = {}): Diagnosis | undefined {
  if (!setName) return undefined
  const name = JSON.stringify(setName)
  const isFound = [...(servers?.values() ?? [])].some((server) => server.setName === setName)
  if (!isFound) return { why: `no server belongs to the replica set ${name}`, remedy: 'check replicaSet' }
  return { why: `the replica set ${name} has no primary`, remedy: 'check its members, or wait for an election' }
}
