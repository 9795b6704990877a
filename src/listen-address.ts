import type { AddressInfo } from 'node:net'
import type { ServeConfig } from './config/serve-config.ts'
import { naming } from './naming.ts'

/** The address of a server that listens. */
export interface ListenAddress {
  /** The URL of the registry, such as `http://127.0.0.1:8080`. */
  readonly url: string
  /** Without the port. */
  readonly address: string
}

/** Listens on the address of the settings. Rejects with their names if that is not possible. */
export async function listenAt(
  { host, port, tls }: ServeConfig,
  listen: (host: string, port: number) => Promise<AddressInfo>,
): Promise<ListenAddress> {
  const setting = `--host (WAYPOST_HOST) ${host}, --port (WAYPOST_PORT) ${port}`
  const bound = await naming(setting, listen(host, port))
  const shown = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  return { url: `${tls === undefined ? 'http' : 'https'}://${shown}:${bound.port}`, address: bound.address }
}
