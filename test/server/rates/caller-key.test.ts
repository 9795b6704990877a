import { describe, expect, test } from 'vitest'
import { callerKey } from '../../../src/server/rates/caller-key.ts'

describe('callerKey', () => {
  test.for([
    ['address 192.0.2.7', 'address 192.0.2.7'],
    ['address ::ffff:192.0.2.7', 'address 192.0.2.7'],
    ['address ::FFFF:192.0.2.7', 'address 192.0.2.7'],
    ['address 2001:db8:1:2:3:4:5:6', 'address 2001:db8:1:2::/64'],
    ['address 2001:db8:1:2::', 'address 2001:db8:1:2::/64'],
    ['address 2001:0db8:0001:0002::1', 'address 2001:db8:1:2::/64'],
    ['address 2001:DB8:1:2::9', 'address 2001:db8:1:2::/64'],
    ['address 2001:db8::1', 'address 2001:db8:0:0::/64'],
    ['address 2001:db8::1:2:3:4:5', 'address 2001:db8:0:1::/64'],
    ['address ::1', 'address 0:0:0:0::/64'],
    ['address ::', 'address 0:0:0:0::/64'],
    ['address fe80::1%eth0', 'address fe80:0:0:0::/64'],
    ['address 64:ff9b::192.0.2.33', 'address 64:ff9b:0:0::/64'],
    ['address 1:2:3::192.0.2.33', 'address 1:2:3:0::/64'],
    [
      '["https://issuer.example.com","repo:my-org/my-service"]',
      '["https://issuer.example.com","repo:my-org/my-service"]',
    ],
    ['["https://issuer.example.com","2001:db8::1"]', '["https://issuer.example.com","2001:db8::1"]'],
    ['address ', 'address '],
  ] as const)('the calls of "%s" are counted under "%s"', ([caller, key]) => {
    expect(callerKey(caller)).toBe(key)
  })

  test('all addresses of an IPv6 network of 64 bits are one caller, and the next network is another', () => {
    const keys = Array.from({ length: 1_000 }, (_, index) => callerKey(`address 2001:db8:1:2::${index.toString(16)}`))
    expect(new Set(keys).size).toBe(1)
    expect(keys).not.toContain(callerKey('address 2001:db8:1:3::1'))
  })

  test('a key has at most 128 characters, and two long callers that differ at the end have different keys', () => {
    const long = `["https://issuer.example.com","${'s'.repeat(16_000)}`
    expect(callerKey(long).length).toBeLessThanOrEqual(128)
    expect(callerKey(`${long}1`)).not.toBe(callerKey(`${long}2`))
  })

  test('the key of a key is the same', () => {
    for (const caller of ['address 2001:db8::1', 'address 192.0.2.7', '["a","b"]'])
      expect(callerKey(callerKey(caller))).toBe(callerKey(caller))
  })
})
