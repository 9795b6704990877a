import type { Logger } from '../../telemetry/logger.ts'
import { fingerprintOf, makeFirstKey, readKeys } from './key-directory.ts'
import { publishedAt, type RotationTimes, rotationTimes, signingKeyAt } from './key-schedule.ts'
import type { SigningKey } from './signing-key.ts'

/** How often the server checks whether the directory has changed, in milliseconds. */
const POLL_MS = 1_000

/** The directory of the keys of a server, and its clock. */
export interface SigningKeysOptions {
  readonly directory: string
  /** Whether the server makes the first key itself. Otherwise, a directory without keys stops its start. */
  readonly makesFirst: boolean
  readonly log: Logger
  /** The wall clock, in milliseconds since 1970 (UTC). Default: the machine's. */
  readonly now?: (() => number) | undefined
  /** Default: those of every server. */
  readonly times?: RotationTimes | undefined
  /** Default: 1,000 milliseconds. */
  readonly pollMs?: number | undefined
}

/** The keys of a server. It reads its directory again if that has changed. */
export class SigningKeys {
  readonly #options: SigningKeysOptions
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #keys: readonly SigningKey[]
  #fingerprint: string
  #checking: Promise<void> | undefined

  private constructor(options: SigningKeysOptions, keys: readonly SigningKey[], fingerprint: string) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#keys = keys
    this.#fingerprint = fingerprint
    this.#timer = setInterval(() => void this.check(), options.pollMs ?? POLL_MS).unref()
  }

  /** Reads the keys. Rejects with an error for people if a key cannot be used, or if the directory has no key. */
  static async open(options: SigningKeysOptions): Promise<SigningKeys> {
    const { directory, makesFirst, now = Date.now } = options
    const found = await readKeys(directory).catch((error) => noKeys(error, options))
    if (found.length === 0 && makesFirst)
      await makeFirstKey(directory, now()).catch((error) => notMade(error, directory))
    // Taken before the keys are read, so that no change is missed.
    const fingerprint = await fingerprintOf(directory)
    return new SigningKeys(options, requireKeys(await readKeys(directory), directory), fingerprint)
  }

  /** The key that signs now. */
  get current(): SigningKey {
    const key = signingKeyAt(this.#keys, this.#now())
    // `open` and `reload` take no directory without keys.
    if (key === undefined) throw new Error('there is no signing key')
    return key
  }

  /** The published keys as a JSON Web Key Set (RFC 7517). */
  get jwks(): string {
    const published = publishedAt(this.#keys, this.#now(), this.#options.times ?? rotationTimes)
    return `{"keys":[${published.map(({ publicJwk }) => publicJwk).join(',')}]}`
  }

  /** Reads the directory now. If a file cannot be used, it logs the reason, and the previous keys stay. */
  async reload(): Promise<void> {
    const { directory, log } = this.#options
    // Taken before the keys are read, even if they cannot be used: a change that comes while they are read is noticed at the
    // next check, and the same problem is not in the log every second.
    this.#fingerprint = await fingerprintOf(directory).catch(() => '')
    try {
      this.#keys = requireKeys(await readKeys(directory), directory)
      log.info({ directory, keys: this.#keys.length }, 'the signing keys were reloaded')
    } catch (err) {
      log.error({ err, directory }, 'the signing keys cannot be used, so the server keeps the previous ones')
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** Reads the directory if it has changed. On a slow disk, this may take longer than the time until the next check. */
  check(): Promise<void> {
    this.#checking ??= this.#reloadIfChanged().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  async #reloadIfChanged(): Promise<void> {
    const fingerprint = await fingerprintOf(this.#options.directory).catch(() => '')
    if (fingerprint !== this.#fingerprint) await this.reload()
  }
}

function noKeys(error: NodeJS.ErrnoException, { directory, makesFirst }: SigningKeysOptions): readonly SigningKey[] {
  if (error.code === 'ENOENT' && makesFirst) return []
  if (error.code === undefined) throw error
  const problem = `the directory ${JSON.stringify(directory)} cannot be read (${error.code})`
  throw new Error(`${problem}; add its first key with waypost keys rotate ${directory}.`, { cause: error })
}

function notMade(error: NodeJS.ErrnoException, directory: string): never {
  const problem = `the first key of the directory ${JSON.stringify(directory)} cannot be made (${error.code})`
  throw new Error(`${problem}; add it with waypost keys rotate ${directory}.`, { cause: error })
}

function requireKeys(keys: readonly SigningKey[], directory: string): readonly SigningKey[] {
  if (keys.length === 0) throw empty(directory)
  return keys
}

function empty(directory: string): Error {
  const problem = `the directory ${JSON.stringify(directory)} has no key`
  return new Error(`${problem}; add one with waypost keys rotate ${directory}.`)
}
