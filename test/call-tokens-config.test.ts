import { describe, expect, test } from 'vitest'
import { parsePublicUrl, toCallTokensConfig } from '../src/config/call-tokens.ts'

const URL_HINT = 'use an https URL such as https://registry.example.com, or an http URL of this machine.'
const normal = (url: string) => `use "${url}", without a slash at its end, a user or a query.`

describe('--public-url', () => {
  test.for([
    '',
    'https://registry.example.com',
    'https://registry.example.com:8443/a/registry',
    'http://localhost:8080',
    'http://127.0.0.1:8080/registry',
    'http://[::1]:8080',
  ])('the public URL may be "%s"', (text) => {
    expect(parsePublicUrl(text)).toBe(text)
  })

  test.for([
    ['registry.example.com', URL_HINT],
    ['http://registry.example.com', URL_HINT],
    ['http://127.example.com', URL_HINT],
    ['ftp://localhost', URL_HINT],
    ['https://', URL_HINT],
    ['https://registry.example.com/', normal('https://registry.example.com')],
    ['https://registry.example.com/a/', normal('https://registry.example.com/a')],
    ['https://Registry.example.com', normal('https://registry.example.com')],
    ['https://registry.example.com:443', normal('https://registry.example.com')],
    ['https://registry.example.com?a=b', normal('https://registry.example.com')],
    ['https://registry.example.com#a', normal('https://registry.example.com')],
    ['https://me:secret@registry.example.com', normal('https://registry.example.com')],
  ] as const)('the public URL "%s" is refused', ([text, remedy]) => {
    expect(() => parsePublicUrl(text)).toThrow(`"${text}" is not valid; ${remedy}`)
  })
})

describe('the settings of call tokens', () => {
  const publicUrl = 'https://registry.example.com'
  const none = { publicUrl: '', signingKeys: '', callTokens: '' }

  test.for([
    [none, { publicUrl: undefined, issuer: undefined }],
    [
      { ...none, publicUrl },
      { publicUrl, issuer: undefined },
    ],
    [
      { publicUrl, signingKeys: '/keys', callTokens: 'jwt' },
      { publicUrl, issuer: { kind: 'jwt', publicUrl, signingKeys: '/keys' } },
    ],
    [
      { ...none, callTokens: 'm.ts' },
      { publicUrl: undefined, issuer: { kind: 'module', path: 'm.ts' } },
    ],
  ] as const)('the settings %o are allowed', ([flags, config]) => {
    expect(toCallTokensConfig(flags)).toEqual(config)
  })

  test.for([
    [{ ...none, callTokens: 'jwt' }, '--public-url (WAYPOST_PUBLIC_URL) is missing; --call-tokens jwt needs it.'],
    [
      { ...none, publicUrl, callTokens: 'jwt' },
      '--signing-keys (WAYPOST_SIGNING_KEYS) is missing; --call-tokens jwt needs it.',
    ],
    [
      { ...none, publicUrl, signingKeys: '/keys' },
      '--signing-keys (WAYPOST_SIGNING_KEYS) "/keys" has no effect without --call-tokens jwt; set both, or none of them.',
    ],
    [
      { ...none, signingKeys: '/keys', callTokens: 'm.ts' },
      '--signing-keys (WAYPOST_SIGNING_KEYS) "/keys" has no effect without --call-tokens jwt; set both, or none of them.',
    ],
  ] as const)('the settings %o are refused', ([flags, message]) => {
    expect(() => toCallTokensConfig(flags)).toThrow(message)
  })
})
