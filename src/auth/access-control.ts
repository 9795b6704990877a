import type { AccessControl, CallerAccess } from '../domain/access/access-control.ts'
import {
  anonymousIdentity,
  type ClientCertificate,
  type Credentials,
  type Identity,
} from '../domain/access/identity.ts'
import { RecentlyUsed } from '../domain/recently-used.ts'
import { watchFiles } from '../file-watch.ts'
import { bearerToken } from './bearer-token.ts'
import { identityOfCertificate } from './certificates.ts'
import { type AccessControlOptions, type LoadedAccess, loadAccess } from './load-access.ts'

export type { AccessControlOptions } from './load-access.ts'

/** The access control of a file, which follows the changes of the file. */
export interface AccessControlFile extends AccessControl {
  /** Reads the file now. If it cannot be used, the reason is logged, and the earlier content stays. */
  reload(): Promise<void>
  /** Ends the watch over the file. */
  close(): void
}

/**
 * Opens an access file, and follows the changes of it and of the key files that it names. Each change replaces everything at
 * once. Rejects with an error whose message names the file, the line and the key if the file cannot be used.
 */
export async function openAccessControl(path: string, options: AccessControlOptions): Promise<AccessControlFile> {
  return new FileAccess(path, options)
}

/** How many certificates are kept, so that the same one gives the same identity. */
const KEPT_CERTIFICATES = 1_000

class FileAccess implements AccessControlFile {
  readonly #path: string
  readonly #options: AccessControlOptions
  readonly #certificates = new RecentlyUsed<string, Identity>(KEPT_CERTIFICATES)
  #current: LoadedAccess
  #watched: readonly string[]
  #stopWatch: () => void

  constructor(path: string, options: AccessControlOptions) {
    this.#path = path
    this.#options = options
    // The watch begins before the files are read, so that no change is lost.
    this.#watched = [path]
    this.#stopWatch = this.#watch()
    try {
      this.#current = loadAccess(path, options)
      this.#watchKeyFiles()
    } catch (error) {
      this.#stopWatch()
      throw error
    }
  }

  authenticate({ authorization, certificate }: Credentials): CallerAccess | Promise<CallerAccess> {
    // A token that is sent decides, even if it is not valid and the certificate is.
    if (authorization !== undefined) return this.#ofToken(bearerToken(authorization))
    const identity = certificate === undefined ? anonymousIdentity : this.#ofCertificate(certificate)
    return this.#current.rules.accessOf(identity)
  }

  async reload(): Promise<void> {
    const { log } = this.#options
    const file = this.#path
    try {
      this.#replace()
      this.#watchKeyFiles()
      log.info({ file }, 'the access file was reloaded')
    } catch (err) {
      log.error({ err, file }, 'the changed access file cannot be used, so the server keeps the previous one')
    }
  }

  close(): void {
    this.#stopWatch()
    this.#current.close()
  }

  #replace(): void {
    const before = this.#current
    this.#current = loadAccess(this.#path, this.#options, before)
    before.close()
  }

  // A key file that was not watched may have changed since it was read, so it is read again once it is watched.
  #watchKeyFiles(): void {
    const paths = [this.#path, ...this.#current.keyFiles]
    if (paths.join('\0') === this.#watched.join('\0')) return
    this.#stopWatch()
    this.#watched = paths
    this.#stopWatch = this.#watch()
    this.#replace()
  }

  #watch(): () => void {
    return watchFiles(this.#watched, () => void this.reload())
  }

  #ofToken(token: string): CallerAccess | Promise<CallerAccess> {
    const loaded = this.#current
    const identity = loaded.identify(token)
    if (!(identity instanceof Promise)) return loaded.rules.accessOf(identity)
    // The issuer may take seconds to answer. If the file has changed in between, its issuers and audiences may have, too.
    const again = () => loaded !== this.#current
    return identity.then(
      (verified) => (again() ? this.#ofToken(token) : loaded.rules.accessOf(verified)),
      (error) => {
        if (again()) return this.#ofToken(token)
        throw error
      },
    )
  }

  #ofCertificate(certificate: ClientCertificate): Identity {
    if (!certificate.isTrusted) return identityOfCertificate(certificate)
    return this.#certificates.getOrCreate(certificate.subject, () => identityOfCertificate(certificate))
  }
}
