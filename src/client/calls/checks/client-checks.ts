import type {
  ClientSettings,
  LookupCacheOptions,
  OneRegistryOptions,
  RegistryClientOptions,
  RegistryOptions,
  TlsOptions,
} from '../../api/client-options.ts'
import { invalidOption } from '../errors.ts'
import type { LookupCacheSettings } from '../lookup-cache.ts'
import { timeout } from './call-checks.ts'
import {
  type Check,
  type Checks,
  listOf,
  type NameOf,
  numberFrom,
  object,
  oneOf,
  recordOf,
  text,
  wholeNumber,
  wrongType,
} from './check.ts'
import { isTokenText, whyNoHeader } from './header.ts'

/** The options of one registry, checked. */
export type RegistrySettings = Omit<RegistryOptions, 'tls'> & {
  readonly isOneOfSeveral: boolean
  readonly tls: TlsOptions | undefined
  /** The name of the option `tls` in errors, such as `registries[1].tls`. */
  readonly tlsField: string
}

const DEFAULT_TIMEOUT_MS = 5_000
const DEFAULT_MAX_ENTRIES = 1_000
const MOST_ENTRIES = 1_000_000

const baseUrl: Check = (value, field) => {
  if (typeof value !== 'string') throw wrongType(field, 'a URL such as http://127.0.0.1:8080', value)
  const url = /^https?:\/\//.test(value) && URL.canParse(value) ? new URL(value) : undefined
  // Only a URL without `@` is quoted, because a password would stand before it.
  if (url === undefined) {
    const quoted = value.includes('@') ? '' : `${JSON.stringify(value)} `
    throw invalidOption(field, `${quoted}is not valid; use a URL such as http://127.0.0.1:8080.`)
  }
  if (url.username || url.password || /[?#]/.test(value)) {
    throw invalidOption(
      field,
      'has a user, a password, a query or a fragment; use a URL without them, such as http://127.0.0.1:8080.',
    )
  }
}

const token: Check = (value, field) => {
  if (typeof value === 'function') return
  if (typeof value !== 'string') throw wrongType(field, 'a string or a function', value)
  if (!isTokenText(value))
    throw invalidOption(
      field,
      'is empty, or has characters that a header cannot carry; use visible ASCII characters without spaces.',
    )
}

const headers: Check = (value, field) => {
  if (typeof value !== 'function') recordOf(text)(value, field)
}

const functionOf: Check = (value, field) => {
  if (typeof value !== 'function') throw wrongType(field, 'a function', value)
}

const name: Check = (value, field) => {
  text(value, field)
  if (value === '') throw invalidOption(field, 'is empty; use at least 1 character.')
}

const tls: Checks<TlsOptions> = { ca: text, cert: text, key: text }
const cache: Checks<LookupCacheOptions> = {
  maxAge: numberFrom(0),
  staleIfError: numberFrom(0),
  maxEntries: wholeNumber(1, MOST_ENTRIES),
}
const settings: Checks<ClientSettings> = {
  timeoutMs: timeout,
  cache: object<LookupCacheOptions>(cache, ['maxAge']),
  interceptors: listOf(functionOf),
}
const registry: Checks<RegistryOptions> = { name, baseUrl, token, headers, tls: object<TlsOptions>(tls) }
const { name: _, ...oneRegistry } = registry
const client: Readonly<Record<NameOf<RegistryClientOptions>, Check>> = {
  ...settings,
  ...oneRegistry,
  registries: listOf(object<RegistryOptions>(registry, ['name', 'baseUrl'])),
}

/** Checks the options of a client. `more` has the checks of the options that only its platform has. */
export function checkClientOptions(options: unknown, more: Readonly<Record<string, Check>> = {}): void {
  object<object>({ ...client, ...more } as never)(options, '')
}

/** The checks of the options that only the client for browsers has. */
export const webChecks = { fetch: functionOf, protocol: oneOf('connect', 'grpc-web') } as const

/**
 * The registries that the options name, in their order, or an `invalid_argument`. The options have passed their checks.
 */
export function parseRegistries(options: RegistryClientOptions): readonly RegistrySettings[] {
  const { registries } = options
  if (registries === undefined) return [parseOneRegistry(options)]
  const own = (['baseUrl', 'token', 'headers', 'tls'] as const).find((option) => options[option] !== undefined)
  if (own !== undefined) throw invalidOption(own, 'is not allowed together with registries; give it to each registry.')
  if (registries.length === 0) throw invalidOption('registries', 'is empty; use at least one registry.')
  const names = registries.map((each) => each.name)
  const twice = names.find((each, at) => names.indexOf(each) < at)
  if (twice !== undefined) {
    const problem = `has two registries with the name ${JSON.stringify(twice)}`
    throw invalidOption('registries', `${problem}; give each registry another name.`)
  }
  const isOneOfSeveral = registries.length > 1
  return registries.map((each, at) => toSettings(each, isOneOfSeveral, `registries[${at}].`))
}

/** How long a call may take by default, in milliseconds. */
export function parseTimeout(timeoutMs: number = DEFAULT_TIMEOUT_MS): number {
  return timeoutMs
}

/** The settings of the cache, with the defaults filled in. */
export function parseCache(options: LookupCacheOptions): LookupCacheSettings {
  const { maxAge, staleIfError = 0, maxEntries = DEFAULT_MAX_ENTRIES } = options
  return { maxAge, staleIfError, maxEntries }
}

function parseOneRegistry(options: OneRegistryOptions): RegistrySettings {
  const { baseUrl: url, token, headers, tls } = options
  if (url === undefined) throw invalidOption('baseUrl', 'is missing; give baseUrl or registries.')
  return toSettings({ name: withoutSlash(url), baseUrl: url, token, headers, tls }, false, '')
}

function toSettings(options: RegistryOptions, isOneOfSeveral: boolean, field: string): RegistrySettings {
  const { name, baseUrl: url, token, headers = {}, tls } = options
  const hasTls = tls !== undefined && Object.values(tls).some((part) => part !== undefined)
  if (hasTls && !url.startsWith('https:'))
    throw invalidOption(
      `${field}tls`,
      `is given, but ${field}baseUrl does not begin with https; use https, or leave out tls.`,
    )
  const fixed = typeof headers === 'function' ? {} : headers
  for (const [header, value] of Object.entries(fixed)) {
    const why = whyNoHeader(header, value, token !== undefined)
    if (why !== undefined) throw invalidOption(`${field}headers.${header}`, why)
  }
  const used = hasTls ? tls : undefined
  return { name, isOneOfSeveral, baseUrl: withoutSlash(url), token, headers, tls: used, tlsField: `${field}tls` }
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
