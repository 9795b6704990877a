import { describe, expect, test } from 'vitest'
import { expectRefusal, type Fields } from '../support/api.ts'
import { describeBehaviour } from '../support/behaviour.ts'

const revision_tag = '1.2.9'
const record = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, 'v']))
const grpc = { protocol: 'grpc', uri: 'grpc://a' }
const uriOf = (length: number) => 'grpc://'.padEnd(length, 'a')
const digestOf = (length: number) => 'sha256:'.padEnd(length, '0')

describeBehaviour('the information with a revision', ({ call }) => {
  const found = async () => (await call('get', { revision_tag })).revision

  async function expectTaken(given: Fields) {
    await call('register', { revision_tag, ...given })
    expect(await found()).toMatchObject(given)
  }

  // Neither a registration nor an update takes it, and nothing of it is stored.
  async function expectRefused(given: Fields, reason: string, field: string, message = /./) {
    const expected = { code: 'invalid_argument', reason, field, message } as const
    await expectRefusal(call('register', { revision_tag, ...given }), expected)
    await expectRefusal(found(), { code: 'not_found', reason: 'REVISION_NOT_FOUND' })
    if ('source' in given) return
    const { revision } = await call('register', { revision_tag })
    await expectRefusal(call('updateRevision', { revision_tag, ...given }), expected)
    expect(await found()).toEqual(revision)
  }

  describe('labels', () => {
    test('may be 64', () => expectTaken({ labels: record(64) }))
    test('may not be 65', () => expectRefused({ labels: record(65) }, 'INVALID_LABELS', 'labels', /65.* at most 64/))

    test.for([
      ['a word', 'tier'],
      ['one letter', 'a'],
      ['one digit', '9'],
      ['63 characters', 'a'.repeat(63)],
      ['several signs in a row', 'A_b-C.d..e__f'],
      ['a name with a prefix', 'example.com/tier'],
      ['a name and a prefix of one letter', 'a/b'],
      ['a name with a prefix that has hyphens', '1-a.b--c.d/Tier'],
      ['a name of 63 characters with a prefix of 253', `${'a.'.repeat(126)}a/${'b'.repeat(63)}`],
    ] as const)('may have as a name %s', ([, name]) => expectTaken({ labels: { [name]: 'v' } }))

    test.for([
      ['nothing', ''],
      ['64 characters', 'a'.repeat(64)],
      ['a hyphen at the beginning', '-tier'],
      ['a dot at the end', 'tier.'],
      ['a sign alone', '_'],
      ['a space', 'my tier'],
      ['the end of a line', 'tier\n'],
      ['a letter that is not of ASCII', 'größe'],
      ['a colon', 'a:b'],
      ['an empty prefix', '/tier'],
      ['a prefix alone', 'example.com/'],
      ['two prefixes', 'a/b/c'],
      ['a prefix with a capital', 'Example.com/tier'],
      ['a prefix with an underscore', 'example_com/tier'],
      ['a prefix with a hyphen at the beginning', '-a.com/tier'],
      ['a prefix with an empty part', 'a..com/tier'],
      ['a prefix of 254 characters', `${'a.'.repeat(126)}ab/tier`],
      ['a property of every object', '__proto__'],
    ] as const)('may not have as a name %s', ([, name]) =>
      expectRefused({ labels: Object.fromEntries([[name, 'v']]) }, 'INVALID_LABELS', 'labels'),
    )

    test.for([
      ['nothing', ''],
      ['a word', 'web'],
      ['one digit', '9'],
      ['several signs in a row', 'A_b-C.d..e'],
      ['63 characters', 'a'.repeat(63)],
    ] as const)('may have as a value %s', ([, value]) => expectTaken({ labels: { tier: value } }))

    test.for([
      ['64 characters', 'a'.repeat(64)],
      ['a hyphen at the beginning', '-web'],
      ['an underscore at the end', 'web_'],
      ['a sign alone', '.'],
      ['a space', ' '],
      ['the end of a line', 'web\n'],
      ['a slash, which only names may have', 'a/b'],
      ['a letter that is not of ASCII', 'größe'],
    ] as const)('may not have as a value %s', ([, value]) =>
      expectRefused({ labels: { tier: value } }, 'INVALID_LABELS', 'labels', /tier/),
    )
  })

  describe('endpoints', () => {
    test('may be 16', () => expectTaken({ endpoints: Array(16).fill(grpc) }))
    test('may not be 17', () =>
      expectRefused({ endpoints: Array(17).fill(grpc) }, 'INVALID_ENDPOINTS', 'endpoints', /17.* at most 16/))

    test.for([
      ['a protocol of one letter', { protocol: 'h' }],
      ['a protocol with every sign that is allowed', { protocol: 'h2c+tls.v1-x' }],
      ['a protocol of 63 characters', { protocol: 'p'.repeat(63) }],
      ['the shortest URI', { uri: 'a:b' }],
      ['a URI with all its parts', { uri: 'https://user@[2001:db8::1]:8443/a/%20?b=c&d=%C3%A4#e' }],
      ['a URI without an authority', { uri: 'pubsub:projects/my-project/topics/x' }],
      ['a URI of 2048 characters', { uri: uriOf(2048) }],
      ['metadata of 32 names', { metadata: record(32) }],
      [
        'metadata with a name of 63 characters and a value of 1024',
        { metadata: { ['k'.repeat(63)]: 'v'.repeat(1024) } },
      ],
    ] as const)('may have %s', ([, parts]) => expectTaken({ endpoints: [{ ...grpc, ...parts }] }))

    test.for([
      ['an empty protocol', 'protocol', { protocol: '' }],
      ['a protocol in capitals', 'protocol', { protocol: 'GRPC' }],
      ['a protocol with a digit at the beginning', 'protocol', { protocol: '2grpc' }],
      ['a protocol with an underscore', 'protocol', { protocol: 'my_protocol' }],
      ['a protocol of 64 characters', 'protocol', { protocol: 'p'.repeat(64) }],
      ['an empty URI', 'uri', { uri: '' }],
      ['a URI without a scheme', 'uri', { uri: 'example.com/path' }],
      ['a URI with an authority and no scheme', 'uri', { uri: '//example.com' }],
      ['a URI of a scheme alone', 'uri', { uri: 'https:' }],
      ['a URI whose scheme begins with a digit', 'uri', { uri: '1http://example.com' }],
      ['a URI with a space', 'uri', { uri: 'https://exam ple.com' }],
      ['a URI with the end of a line', 'uri', { uri: 'https://example.com\n' }],
      ['a URI with a letter that is not of ASCII', 'uri', { uri: 'https://exämple.com' }],
      ['a URI of 2049 characters', 'uri', { uri: uriOf(2049) }],
      ['metadata of 33 names', 'metadata', { metadata: record(33) }],
      ['metadata with an empty name', 'metadata', { metadata: { '': 'v' } }],
      ['metadata with a name of 64 characters', 'metadata', { metadata: { ['k'.repeat(64)]: 'v' } }],
      ['metadata with a value of 1025 characters', 'metadata', { metadata: { key: 'v'.repeat(1025) } }],
    ] as const)('may not have %s, and the error says in which endpoint', ([, part, parts]) =>
      expectRefused({ endpoints: [grpc, { ...grpc, ...parts }] }, 'INVALID_ENDPOINTS', `endpoints[1].${part}`),
    )
  })

  describe('texts', () => {
    test.for([
      ['a description of 4096 characters', { description: 'ä'.repeat(4096) }],
      ['a repository of 2048 characters', { source: { repository: 'r'.repeat(2048) } }],
      ['a commit of 128 characters', { source: { commit: 'c'.repeat(128) } }],
      ['a digest of 255 characters', { source: { image_digest: digestOf(255) } }],
    ] as const)('may be %s', ([, given]) => expectTaken(given))

    test.for([
      ['a description of 4097 characters', 'description', { description: 'ä'.repeat(4097) }],
      ['a description with a control character', 'description', { description: 'a\u0000b' }],
      ['a repository of 2049 characters', 'source.repository', { source: { repository: 'r'.repeat(2049) } }],
      ['a commit of 129 characters', 'source.commit', { source: { commit: 'c'.repeat(129) } }],
      ['a digest of 256 characters', 'source.image_digest', { source: { image_digest: digestOf(256) } }],
      ['a digest without its algorithm', 'source.image_digest', { source: { image_digest: '0a1b2c' } }],
    ] as const)('may not be %s', ([, field, given]) =>
      expectRefused(given, field === 'description' ? 'INVALID_DESCRIPTION' : 'INVALID_SOURCE', field),
    )
  })
})
