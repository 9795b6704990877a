import { readFileSync, unwatchFile, watchFile } from 'node:fs'
import type { Logger } from '../../telemetry/logger.ts'
import type { TlsMaterial } from './tls.ts'

/** How often the files are looked at, in milliseconds. */
const POLL_MS = 1_000

/** The paths of the PEM files of a TLS server. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
  /** The authorities whose certificates clients must show; undefined: clients need no certificate. */
  readonly clientCa: string | undefined
}

/** Reads the files. Throws where one can't be read. */
export function readTlsFiles({ cert, key, clientCa }: TlsFiles): TlsMaterial {
  const read = (path: string) => readFileSync(path, 'utf8')
  return { cert: read(cert), key: read(key), ...(clientCa === undefined ? {} : { clientCa: read(clientCa) }) }
}

/**
 * Calls `use` with what the files hold each time one of them changed, until the returned function is called. Where that
 * can't be read, or `use` throws, the reason is logged and nothing else happens: certificate and key are two files, and
 * between the two changes they don't fit each other.
 */
export function watchTlsFiles(files: TlsFiles, use: (material: TlsMaterial) => void, log: Logger): () => void {
  const paths = [files.cert, files.key, files.clientCa].filter((path) => path !== undefined)
  const reload = () => {
    try {
      use(readTlsFiles(files))
      log.info({ ...files }, 'TLS files were reloaded')
    } catch (error) {
      log.error({ err: error, ...files }, 'the TLS files have changed and can not be used: the old ones stay')
    }
  }
  for (const path of paths) watchFile(path, { interval: POLL_MS, persistent: false }, reload)
  return () => {
    for (const path of paths) unwatchFile(path, reload)
  }
}
