import { isIPv6 } from 'node:net'
import { quote, RegistryError } from '../../domain/errors.ts'

/**
 * Keeps web pages from reaching a server of their own machine under a name that they control (DNS rebinding). The page
 * and the server then have the same origin, so no other rule stops the page. A request has to name a host that only
 * this machine has, or one that the operator has named.
 */
export class HostRule {
  readonly #allowed: ReadonlySet<string>
  #isInForce = true
  /** The last authority, and whether it is allowed. Clients send the same one with every request. */
  #last: readonly [authority: string, isAllowed: boolean] = ['', false]

  /** Allows the names of this machine and those in `allowed`, as `toHostName` writes them. `*` allows every host. */
  constructor(allowed: readonly string[]) {
    this.#allowed = new Set(allowed)
  }

  /**
   * The server listens on this address. If other machines can connect to it, every host is allowed, unless `isForAll`
   * says that the rule is for all addresses. By default it is if the operator has named hosts.
   */
  listensOn(address: string, isForAll: boolean = this.#allowed.size > 0): void {
    this.#isInForce = isForAll || isLoopbackAddress(address)
  }

  /** The error for a request to this host and port; undefined: the request is allowed. */
  refusalOf(authority: string): RegistryError | undefined {
    if (this.#last[0] !== authority) this.#last = [authority, this.#allows(authority)]
    if (this.#last[1] || !this.#isInForce) return undefined
    return new RegistryError({
      reason: 'HOST_NOT_ALLOWED',
      message: `the host ${quote(authority)} is not allowed here; start the server with --allowed-host to allow it.`,
    })
  }

  #allows(authority: string): boolean {
    const name = toHostName(authority)
    return this.#allowed.has('*') || (name !== undefined && (isLoopback(name) || this.#allowed.has(name)))
  }
}

/**
 * The one form of a host name or an address: without the port, in lower case, without a dot at its end, and with IPv6 in
 * brackets. Undefined: the text is not a host.
 */
export function toHostName(text: string): string | undefined {
  const url = `http://${isIPv6(text) ? `[${text}]` : text}`
  if (!/^[\w.~:[\]-]+$/.test(text) || !URL.canParse(url)) return undefined
  return new URL(url).hostname.replace(/\.$/, '')
}

/** Whether only this machine can connect to an address. */
export function isLoopbackAddress(address: string): boolean {
  return isLoopback(toHostName(address) ?? address)
}

// Browsers resolve `localhost` and all names below it themselves, so nobody else can give them an address.
function isLoopback(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost') || name === '[::1]') return true
  return /^127\.\d+\.\d+\.\d+$/.test(name) || /^\[::ffff:7f[\da-f]{2}:[\da-f]+\]$/.test(name)
}
