import type { CompactJWSHeaderParameters, CryptoKey } from 'jose'
import { quote, RegistryError } from '../../domain/errors.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { isMissingKey, type KeySet, readKeySet } from './key-set.ts'

/** How long the keys are used without asking for them again, in milliseconds. */
const KEPT_MS = 10 * 60_000
/** How long they are used if the issuer does not answer, in milliseconds. */
const STALE_MS = 24 * 60 * 60_000
/** The least milliseconds between two requests. Otherwise tokens with made-up key ids could cause a flood of them. */
const RETRY_MS = 30_000
/** The same while no key is held. */
const RETRY_WITHOUT_KEY_MS = 5_000

export interface IssuerKeysOptions {
  readonly issuer: string
  /** Gets the document with the keys. */
  readonly load: () => Promise<unknown>
  readonly log: Logger
  readonly now: () => number
  /** Keys that are known already. Default: none. */
  readonly first?: KeySet | undefined
}

/** The keys of one issuer. They are fetched if somebody needs them, once at a time. */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions
  #keys: KeySet | undefined
  #loadedAt = Number.NEGATIVE_INFINITY
  #triedAt = Number.NEGATIVE_INFINITY
  #hasFailed = false
  #underway: Promise<void> | undefined

  constructor(options: IssuerKeysOptions) {
    this.#options = options
    if (options.first) this.#keep(options.first)
  }

  /**
   * The key for a token's header. Rejects with `ISSUER_UNREACHABLE` if no key is held, and with an error of `jose` if not
   * exactly one key fits.
   */
  async keyFor(header: CompactJWSHeaderParameters): Promise<CryptoKey> {
    if (this.#age(this.#loadedAt) >= KEPT_MS) await this.#renew()
    try {
      return await this.#held()(header)
    } catch (error) {
      if (!isMissingKey(error) || !this.#mayTry()) throw error
      await this.#load()
      return this.#held()(header)
    }
  }

  // After a failure nobody waits: an issuer that is down would delay a call every 30 seconds.
  async #renew(): Promise<void> {
    if (!this.#mayTry()) return
    const loading = this.#load()
    if (!(this.#hasFailed && this.#keys)) await loading
  }

  #held(): KeySet {
    if (this.#keys && this.#age(this.#loadedAt) < STALE_MS) return this.#keys
    this.#keys = undefined
    const message = `the keys of the issuer ${quote(this.#options.issuer)} cannot be fetched; try again later.`
    throw new RegistryError({ reason: 'ISSUER_UNREACHABLE', message })
  }

  #mayTry(): boolean {
    return this.#underway !== undefined || this.#age(this.#triedAt) >= (this.#keys ? RETRY_MS : RETRY_WITHOUT_KEY_MS)
  }

  #load(): Promise<void> {
    this.#underway ??= this.#tryToLoad().finally(() => {
      this.#underway = undefined
    })
    return this.#underway
  }

  async #tryToLoad(): Promise<void> {
    const { issuer, load, log } = this.#options
    this.#triedAt = this.#options.now()
    try {
      this.#keep(readKeySet(await load()))
      if (this.#hasFailed) log.info({ issuer }, 'the keys of an issuer were fetched after a failure')
      this.#hasFailed = false
    } catch (error) {
      this.#hasFailed = true
      const hasPrevious = this.#keys !== undefined
      log.warn({ issuer, hasPrevious, err: error }, 'the keys of an issuer cannot be fetched')
    }
  }

  #keep(keys: KeySet): void {
    this.#keys = keys
    this.#loadedAt = this.#options.now()
    this.#triedAt = this.#loadedAt
  }

  // If the clock of the system was set back, the age is unknown.
  #age(since: number): number {
    const age = this.#options.now() - since
    return age < 0 ? Number.POSITIVE_INFINITY : age
  }
}
