import type { ServeConfig } from './config/serve-config.ts'
import { isLoopbackAddress } from './server/http/host-rule.ts'

/** The callers that may do everything, because the server has no access file. */
export type OpenTo = 'this machine' | 'trusted certificates' | 'everybody'

/** The warning of a server that is open to everybody, for people. */
export const OPEN_DOOR =
  'the server listens beyond this machine without --auth, so everybody who can connect may read and change everything.'

/**
 * Tells who may do everything on a server that listens on an address. Undefined: an access file decides. A certificate of
 * `--tls-client-ca` keeps strangers out, so a server that requires one is not open to everybody. But all clients with one
 * may do everything.
 */
export function openTo({ access, tls }: Pick<ServeConfig, 'access' | 'tls'>, address: string): OpenTo | undefined {
  if (access.file !== undefined) return undefined
  if (tls?.clientCa !== undefined && tls.clientAuth !== 'request') return 'trusted certificates'
  return isLoopbackAddress(address) ? 'this machine' : 'everybody'
}
