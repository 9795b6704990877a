import { hash } from 'node:crypto'

/** The longest text that is a key itself, in characters. */
const LONGEST = 128

/** The groups of an IPv6 address that are its network. A customer of a provider gets a network of 64 bits or more. */
const NETWORK_GROUPS = 4

const ADDRESS = 'address '

/**
 * The text under which the calls of a caller are counted, of at most 128 characters. All addresses of an IPv6 network of
 * 64 bits count as one. An IPv4 address counts as the same one if it is written as an IPv6 address.
 */
export function callerKey(caller: string): string {
  if (caller.length > LONGEST) return hash('sha256', caller, 'base64url')
  return caller.startsWith(ADDRESS) && caller.includes(':')
    ? `${ADDRESS}${networkOf(caller.slice(ADDRESS.length))}`
    : caller
}

function networkOf(address: string): string {
  const [, ipv4] = /^::ffff:([\d.]+)$/i.exec(address) ?? []
  return ipv4 ?? `${groupsOf(address).slice(0, NETWORK_GROUPS).join(':')}::/64`
}

function groupsOf(address: string): string[] {
  // An IPv4 address at the end stands for two groups.
  const [head = '', tail] = address
    .replace(/%.*$/, '')
    .replace(/[\d.]+\.\d+$/, '0:0')
    .split('::')
  const [before, after] = [split(head), split(tail ?? '')]
  const omitted = Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array<string>(omitted).fill('0'), ...after].map((group) =>
    Number.parseInt(group, 16).toString(16),
  )
}

function split(groups: string): string[] {
  return groups === '' ? [] : groups.split(':')
}
