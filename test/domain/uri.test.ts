import { describe, expect, test } from 'vitest'
import { quote } from '../../src/domain/errors.ts'
import { type GivenInfo, parseInfo, requireSchemes } from '../../src/domain/revision-info.ts'
import { usualSchemes } from '../../src/domain/uri.ts'

const withUri = (uri: string): GivenInfo => ({ endpoints: [{ protocol: 'x', uri }] })
const messageOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return (error as Error).message
  }
  return 'no error'
}
const requireUsual = (uri: string, schemes = usualSchemes) => requireSchemes(parseInfo(withUri(uri)).endpoints, schemes)

describe('the scheme of an endpoint', () => {
  test.for([
    ...['https://a.example', 'HTTPS://a.example', 'http://a', 'ws://a', 'wss://a/chat', 'grpc://a:443', 'grpcs://a'],
    ...['dns:///a.example:443', 'xds:///my-service', 'amqps://a/vhost', 'kafka://a:9092,b:9092', 'mqtts://a:8883'],
    ...['nats://a:4222', 'pulsar+ssl://a:6651', 'pubsub:projects/my-project/topics/x', 'rediss://a/0', 'stomps://a'],
  ])('an endpoint may have the URI %s', (uri) => {
    expect(() => requireUsual(uri)).not.toThrow()
  })

  test.for([
    ['javascript:alert(1)', 'javascript', false],
    ['JavaScript:alert(1)', 'javascript', false],
    ['data:text/html,x', 'data', false],
    ['vbscript:x', 'vbscript', false],
    ['blob:https://a/b', 'blob', false],
    ['file:///etc/passwd', 'file', true],
    ['ftp://a', 'ftp', true],
    ['a.example:443', 'a.example', true],
  ] as const)('an endpoint may not have the URI %s, and the error names the scheme %s', ([uri, scheme, isAddable]) => {
    const message = messageOf(() => requireUsual(uri))
    expect(message).toMatch(
      `endpoints[0].uri has the scheme "${scheme}"; use one of amqp, amqps, dns, grpc, grpcs, http,`,
    )
    expect(message.endsWith(', or let the operator allow it with --endpoint-scheme.')).toBe(isAddable)
  })

  test('an endpoint may have a scheme that was added to the usual ones', () => {
    expect(() => requireUsual('sip:user@a.example', new Set([...usualSchemes, 'sip']))).not.toThrow()
  })
})

describe('credentials in URIs', () => {
  const secret = 's3cret'

  test.for([
    ['endpoints[0].uri', withUri(`https://user:${secret}@a.example/path`)],
    ['endpoints[0].uri', withUri(`https://${secret}@a.example`)],
    ['endpoints[0].uri', withUri(`HTTPS://:${secret}@a.example`)],
    ['endpoints[0].uri', withUri(`amqp://user:${secret}@a.example:5672/vhost`)],
    ['endpoints[0].uri', withUri(`kafka://a:9092,user:${secret}@b:9092`)],
    ['endpoints[0].uri', withUri(`https:user:${secret}@a.example`)],
    ['endpoints[0].uri', withUri(`https:///user:${secret}@a.example`)],
    ['endpoints[0].uri', withUri(`https://user:${secret}@a.example/with space`)],
    ['endpoints[0].uri', withUri(`https:\\\\user:${secret}@a.example`)],
    ['endpoints[0].uri', withUri(`sip:user:${secret}@a.example`)],
    ['documentation_uri', { documentationUri: `https://user:${secret}@docs.example` }],
    ['documentation_uri', { documentationUri: `http://${secret}@docs.example` }],
    ['documentation_uri', { documentationUri: `https://user:pass/${secret}@docs.example` }],
    ['source.repository', { source: { repository: `https://user:${secret}@git.example/a.git` } }],
    ['source.repository', { source: { repository: `https://${secret}@git.example/a.git` } }],
    ['source.repository', { source: { repository: `git+https://${secret}@git.example/a.git` } }],
    ['source.repository', { source: { repository: `ssh://git:${secret}@git.example/a.git` } }],
  ] as const)('parsing refuses %s %j, and the error does not repeat the password', ([field, given]) => {
    const message = messageOf(() => parseInfo(given))
    expect(message.startsWith(field), message).toBe(true)
    expect(message).toMatch(/user or a password|is not valid/)
    expect(message).not.toContain(secret)
  })

  test.for([
    withUri('https://a.example/@scope/package?mail=user:x@b.example#a@b'),
    { documentationUri: 'https://docs.example.com/@scope/package' },
    { source: { repository: 'git@github.com:my-org/my-service.git' } },
    { source: { repository: 'ssh://git@github.com/my-org/my-service' } },
    { source: { repository: 'git+ssh://git@github.com/my-org/my-service' } },
    { source: { repository: 'https://github.com/my-org/my-service/tree/v1@2' } },
    { source: { repository: 'my repository' } },
  ])('parsing accepts %j, whose @ separates no password from a host', (given) => {
    expect(() => parseInfo(given)).not.toThrow()
  })

  test('the address of a repository may not be code for a browser', () => {
    expect(messageOf(() => parseInfo({ source: { repository: 'javascript:alert(1)' } }))).toBe(
      'source.repository has the scheme "javascript"; use the address of a repository.',
    )
  })

  test('a quoted value in an error has neither the password of a URI nor characters that reorder a line', () => {
    expect(quote(`see https://user:${secret}@a.example`)).toBe('"see https://…@a.example"')
    expect(quote('a\u202eb\u0085c\u200bd')).toBe('"a\\u202eb\\u0085c\\u200bd"')
  })
})
