import type { ClientAuth } from '../server/listen/tls.ts'
import type { TlsFiles } from '../server/listen/tls-files.ts'
import { ConfigError } from './config-error.ts'

/** Parses whether clients must show a certificate. The empty text stands for the default. */
export function parseClientAuth(text: string): ClientAuth | undefined {
  if (text === '') return undefined
  if (text === 'require' || text === 'request') return text
  throw new ConfigError(`${JSON.stringify(text)} is not valid; use require or request.`)
}

/** The settings of TLS, as commander parses them. Each path may be empty. */
export interface TlsFlags {
  readonly tlsCert: string
  readonly tlsKey: string
  readonly tlsClientCa: string
  /** Empty if its variable is. */
  readonly tlsClientAuth: ClientAuth | '' | undefined
}

/** The TLS files from their settings. Throws `ConfigError` if a file that is needed is not set. */
export function toTlsFiles({ tlsCert, tlsKey, tlsClientCa, tlsClientAuth }: TlsFlags): TlsFiles | undefined {
  const clientAuth = tlsClientAuth || undefined
  if (clientAuth !== undefined && tlsClientCa === '') {
    const missing = '--tls-client-ca (WAYPOST_TLS_CLIENT_CA) is missing'
    throw new ConfigError(`${missing}; set it, or leave out --tls-client-auth (WAYPOST_TLS_CLIENT_AUTH).`)
  }
  if (tlsCert === '' && tlsKey === '' && tlsClientCa === '') return undefined
  if (tlsCert !== '' && tlsKey !== '') {
    const clients = tlsClientCa === '' ? { clientCa: undefined } : { clientCa: tlsClientCa, clientAuth }
    return { cert: tlsCert, key: tlsKey, ...clients }
  }
  const missing = tlsCert === '' ? '--tls-cert (WAYPOST_TLS_CERT)' : '--tls-key (WAYPOST_TLS_KEY)'
  throw new ConfigError(`${missing} is missing; set both --tls-cert and --tls-key, or none of the TLS settings.`)
}
