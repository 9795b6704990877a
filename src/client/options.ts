import type { CallLimits } from './call.ts'
import { invalidOption } from './errors.ts'
import type { LookupCacheOptions, LookupCacheSettings } from './lookup-cache.ts'
import type { RegistrySettings } from './registry.ts'
import type { TokenFunction } from './token.ts'

/**
 * One of several registries.
 *
 * @example
 * const own: RegistryOptions = { name: 'own', baseUrl: 'https://registry.my-org.example', token: 'secret' }
 */
export interface RegistryOptions {
  /** What errors call it, and what `register` may name. Not empty, and no other's. */
  readonly name: string
  /**
   * Where the registry is: scheme (`http` or `https`), host and, where it has one, its base path, with or without a slash
   * at its end. No user, query or fragment.
   */
  readonly baseUrl: string
  /**
   * What is sent as `Authorization: Bearer TOKEN`: always the same text, or a function that gets it. A token from a
   * function is kept until it expires, or until the registry answers `unauthenticated`. Default: nothing is sent.
   */
  readonly token?: string | TokenFunction | undefined
}

/**
 * What every call of a client has in common.
 *
 * @example
 * const settings: ClientSettings = { timeoutMs: 2_000, cache: { maxAge: 10_000 } }
 */
export interface ClientSettings {
  /**
   * How long a call may take unless it says otherwise, in whole milliseconds: 1 to 2,147,483,647. It bounds the whole call:
   * getting a token, every try, and every registry of a lookup. Default: 5000.
   */
  readonly timeoutMs?: number | undefined
  /** A cache of lookups. Default: none, every lookup asks. */
  readonly cache?: LookupCacheOptions | undefined
}

/**
 * The options of a client of one registry, which errors call by its base URL.
 *
 * @example
 * const options: OneRegistryOptions = { baseUrl: 'http://127.0.0.1:8080' }
 */
export interface OneRegistryOptions extends ClientSettings, Omit<RegistryOptions, 'name'> {
  /** Goes without: the one registry is the client's own `baseUrl`. */
  readonly registries?: undefined
}

/**
 * The options of a client of several registries.
 *
 * @example
 * const options: SeveralRegistriesOptions = {
 *   registries: [
 *     { name: 'own', baseUrl: 'https://registry.my-org.example' },
 *     { name: 'shared', baseUrl: 'https://registry.example.com/api' },
 *   ],
 * }
 */
export interface SeveralRegistriesOptions extends ClientSettings {
  /** The registries, at least one, in the order in which a lookup asks them. */
  readonly registries: readonly RegistryOptions[]
  /** Goes without: each registry has its own. */
  readonly baseUrl?: undefined
  /** Goes without: each registry has its own. */
  readonly token?: undefined
}

/**
 * The options of a client: one registry, or several.
 *
 * @example
 * const options: RegistryClientOptions = { baseUrl: 'http://127.0.0.1:8080', timeoutMs: 1_000 }
 */
export type RegistryClientOptions = OneRegistryOptions | SeveralRegistriesOptions

/**
 * What bounds one call.
 *
 * @example
 * const controller = new AbortController()
 * const options: CallOptions = { timeoutMs: 500, signal: controller.signal }
 */
export interface CallOptions {
  /** How long the call may take, in whole milliseconds: 1 to 2,147,483,647. Default: the client's `timeoutMs`. */
  readonly timeoutMs?: number | undefined
  /**
   * Ends the call: it rejects at once with `canceled`, its `cause` the signal's reason, and its request is aborted unless
   * other calls wait for the same answer. A registration may have been stored all the same.
   */
  readonly signal?: AbortSignal | undefined
}

const DEFAULT_TIMEOUT_MS = 5_000

/** What a timer can hold. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

const DEFAULT_MAX_ENTRIES = 1_000
const MOST_ENTRIES = 1_000_000

/** The registries that the options name, in their order, or an `invalid_argument`. */
export function parseRegistries(options: RegistryClientOptions): readonly RegistrySettings[] {
  const { registries, baseUrl, token } = options
  if (registries === undefined) {
    const url = parseBaseUrl(baseUrl)
    return [{ name: url, isOneOfSeveral: false, baseUrl: url, token }]
  }
  if (baseUrl !== undefined || token !== undefined) {
    throw invalidOption('registries', 'go without a baseUrl and a token beside them: each has its own.')
  }
  if (!Array.isArray(registries) || registries.length === 0) throw invalidOption('registries', 'must be at least one.')
  const names = registries.map(({ name }) => name)
  if (names.some((name) => typeof name !== 'string' || name === '') || new Set(names).size < names.length) {
    throw invalidOption('registries', 'must each have a name that is not empty and no other’s.')
  }
  const isOneOfSeveral = registries.length > 1
  return registries.map((one) => ({ ...one, isOneOfSeveral, baseUrl: parseBaseUrl(one.baseUrl), token: one.token }))
}

/** How long a call may take where it does not say, in milliseconds. */
export function parseTimeout(timeoutMs: number | undefined, fallback = DEFAULT_TIMEOUT_MS): number {
  return parseNumber('timeoutMs', timeoutMs ?? fallback, 1, LONGEST_TIMEOUT_MS, Number.isInteger)
}

/** The limits of a call, or an `invalid_argument`. */
export function parseLimits({ timeoutMs, signal }: CallOptions, defaultTimeoutMs: number): CallLimits {
  return { timeoutMs: parseTimeout(timeoutMs, defaultTimeoutMs), signal }
}

/** The cache's settings, or an `invalid_argument`. */
export function parseCache({ maxAge, staleIfError = 0, maxEntries }: LookupCacheOptions): LookupCacheSettings {
  return {
    maxAge: parseNumber('cache.maxAge', maxAge, 0, Number.MAX_VALUE),
    staleIfError: parseNumber('cache.staleIfError', staleIfError, 0, Number.MAX_VALUE),
    maxEntries: parseNumber('cache.maxEntries', maxEntries ?? DEFAULT_MAX_ENTRIES, 1, MOST_ENTRIES, Number.isInteger),
  }
}

function parseNumber(field: string, value: unknown, min: number, max: number, isKind = Number.isFinite): number {
  if (typeof value === 'number' && isKind(value) && value >= min && value <= max) return value
  const kind = isKind === Number.isInteger ? 'whole number' : 'finite number'
  throw invalidOption(field, `must be a ${kind} from ${min}${max === Number.MAX_VALUE ? '' : ` to ${max}`}.`)
}

function parseBaseUrl(text: unknown): string {
  const url = typeof text === 'string' && /^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text) : undefined
  // Quoted only here, where there is no password in it that could be told.
  if (typeof text !== 'string' || url === undefined) {
    throw invalidOption(
      'baseUrl',
      `${JSON.stringify(text)} is not valid: it must be a URL such as http://127.0.0.1:8080.`,
    )
  }
  if (url.username || url.password || /[?#]/.test(text)) {
    throw invalidOption('baseUrl', 'is not valid: it must have no user, password, query or fragment.')
  }
  return text.replace(/\/+$/, '')
}
