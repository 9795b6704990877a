import { readFileSync } from 'node:fs'
import { watchFiles } from '../../file-watch.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { ClientAuth, TlsMaterial } from './tls.ts'

/** The paths of the PEM files of a TLS server. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
  /** The authorities that issue the certificates of clients; undefined: nobody asks clients for one. */
  readonly clientCa: string | undefined
  /** Whether clients must show a certificate. Default: `require`. */
  readonly clientAuth?: ClientAuth | undefined
}

/** Reads the files. Throws an error that names the file if one cannot be read. */
export function readTlsFiles({ cert, key, clientCa, clientAuth }: TlsFiles): TlsMaterial {
  const authorities = clientCa === undefined ? {} : { clientCa: read(clientCa), clientAuth }
  return { cert: read(cert), key: read(key), ...authorities }
}

/** The watch over TLS files. */
export interface TlsFilesWatch {
  /** Reads the files now. */
  reload(): void
  stop(): void
}

/**
 * Calls `use` with the content of the files each time one of them has changed, until the watch is stopped.
 * If a file cannot be read, or `use` throws, it only logs the reason. This is normal between the change of the
 * certificate and the change of the key, because they do not fit each other then.
 */
export function watchTlsFiles(files: TlsFiles, use: (material: TlsMaterial) => void, log: Logger): TlsFilesWatch {
  const paths = [files.cert, files.key, files.clientCa].filter((path) => path !== undefined)
  const reload = () => {
    try {
      use(readTlsFiles(files))
      log.info({ ...files }, 'the TLS files were reloaded')
    } catch (error) {
      log.error({ err: error, ...files }, 'the changed TLS files cannot be used, so the server keeps the previous ones')
    }
  }
  return { reload, stop: watchFiles(paths, reload) }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const message = `the file ${JSON.stringify(path)} cannot be read (${code}); use the path of a PEM file that exists and is readable.`
    throw new Error(message, { cause })
  }
}
