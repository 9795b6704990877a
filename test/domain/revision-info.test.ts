import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differences, type GivenInfo, noInfo, parseInfo } from '../../src/domain/revision-info.ts'

const endpoint = { protocol: 'grpc', uri: 'grpc://a.example:443' }
const withEndpoint = (part: object): GivenInfo => ({ endpoints: [endpoint, { ...endpoint, ...part }] })
const withMetadata = (metadata: Record<string, string>) => withEndpoint({ metadata })
const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const pairs = (count: number) => Object.fromEntries(times(count, (index) => [`k${index}`, 'v']))

describe('the information of a revision', () => {
  test('the information of a revision is empty if none was given', () => {
    expect(parseInfo({})).toEqual(noInfo)
    expect(parseInfo({ labels: {}, endpoints: [], description: '', source: {} })).toEqual(noInfo)
    expect(differences(parseInfo({}), noInfo)).toEqual([])
  })

  test('the information of a revision is kept as given, and the endpoints keep their order', () => {
    const endpoints = [{ protocol: 'x', uri: 'x:y', metadata: { b: '1', a: '2' } }, endpoint, endpoint]
    const source = { repository: 'https://git.example/a', commit: 'abc', imageDigest: 'sha256:ab' }
    const documentationUri = 'https://docs.example.com/a?b=c#d'
    const given = { labels: { b: '1', a: '2' }, endpoints, description: 'Two\n\tlines', source, documentationUri }
    const ordered = [
      ['a', '2'],
      ['b', '1'],
    ]
    expect(parseInfo(given)).toEqual({
      ...{ labels: ordered, description: 'Two\n\tlines', source, documentationUri },
      endpoints: [{ ...endpoints[0], metadata: ordered }, ...times(2, () => ({ ...endpoint, metadata: [] }))],
    })
  })

  test.for([
    ['64 labels', { labels: pairs(64) }],
    ['16 endpoints', { endpoints: times(16, () => endpoint) }],
    ['a description of 4096 characters', { description: 'é'.repeat(4096) }],
    ['a repository of 2048 characters', { source: { repository: 'r'.repeat(2048) } }],
    ['a commit of 128 characters', { source: { commit: 'c'.repeat(128) } }],
    ['a digest of 255 characters', { source: { imageDigest: `sha256:${'a'.repeat(248)}` } }],
    ['a protocol of 63 characters', withEndpoint({ protocol: 'a'.repeat(63) })],
    ['a protocol with each separator', withEndpoint({ protocol: 'grpc+tls.v1-x' })],
    ['a protocol of one letter', withEndpoint({ protocol: 'h' })],
    ['the shortest URI', withEndpoint({ uri: 'a:b' })],
    ['a URI without an authority', withEndpoint({ uri: 'pubsub:projects/my-project/topics/x' })],
    ['a URI of 2048 characters', withEndpoint({ uri: `x:${'y'.repeat(2046)}` })],
    ['a URI with every character it may have', withEndpoint({ uri: "HTTP+x://[::1]:80/a;b,c/@?q='(*)!$&#f%20~" })],
    ['32 names of metadata', withMetadata(pairs(32))],
    ['the longest metadata', withMetadata({ ['k'.repeat(63)]: 'v'.repeat(1024) })],
    ['metadata with free names and empty values', withMetadata({ 'any name at all, é': '' })],
    ['a documentation URI without a path', { documentationUri: 'https://docs.example.com' }],
    ['a documentation URI with a port', { documentationUri: 'https://127.0.0.1:8443?a=[b]' }],
    ['a documentation URI of 2048 characters', { documentationUri: `https://a/${'b'.repeat(2038)}` }],
  ] as const)('parsing accepts %s in the information of a revision', ([, given]) => {
    expect(() => parseInfo(given as GivenInfo)).not.toThrow()
  })

  test.for([
    ['INVALID_LABELS', 'labels', /has 65 entries.*at most 64/, { labels: pairs(65) }],
    ['INVALID_ENDPOINTS', 'endpoints', /has 17 entries.*at most 16/, { endpoints: times(17, () => endpoint) }],
    ['INVALID_DESCRIPTION', 'description', /has 4097 characters.*at most 4096/, { description: 'x'.repeat(4097) }],
    ['INVALID_DESCRIPTION', 'description', /"a\\u001b\[2J".*control characters/, { description: 'a\u001b[2J' }],
    ['INVALID_DESCRIPTION', 'description', /control characters/, { description: 'a\u0085b' }],
    ['INVALID_DESCRIPTION', 'description', /control characters/, { description: 'a\u0000b' }],
    ['INVALID_DESCRIPTION', 'description', /is not valid/, { description: 'half \ud83d' }],
    ['INVALID_SOURCE', 'source.repository', /2049.*at most 2048/, { source: { repository: 'r'.repeat(2049) } }],
    ['INVALID_SOURCE', 'source.commit', /129.*at most 128/, { source: { commit: 'c'.repeat(129) } }],
    ['INVALID_SOURCE', 'source.image_digest', /"0a1b".*sha256:/, { source: { imageDigest: '0a1b' } }],
    ['INVALID_SOURCE', 'source.image_digest', /"latest".*sha256:/, { source: { imageDigest: 'latest' } }],
    ['INVALID_SOURCE', 'source.image_digest', /is not valid/, { source: { imageDigest: `sha256:${'a'.repeat(249)}` } }],
    ['INVALID_ENDPOINTS', 'endpoints[1].protocol', /"".*1 to 63/, withEndpoint({ protocol: '' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].protocol', /begin with a letter/, withEndpoint({ protocol: '1x' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].protocol', /"GRPC"/, withEndpoint({ protocol: 'GRPC' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].protocol', /"my_protocol"/, withEndpoint({ protocol: 'my_protocol' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].protocol', /1 to 63/, withEndpoint({ protocol: 'a'.repeat(64) })],
    ['INVALID_ENDPOINTS', 'endpoints[1].uri', /a URI with its scheme/, withEndpoint({ uri: '' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].uri', /a URI/, withEndpoint({ uri: 'a.example:443/x y' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].uri', /with its scheme/, withEndpoint({ uri: '//a.example' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].uri', /with its scheme/, withEndpoint({ uri: 'a.example/path' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].uri', /with its scheme/, withEndpoint({ uri: '1http://a.example' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].uri', /a URI/, withEndpoint({ uri: 'https://exam ple.com' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].uri', /a URI/, withEndpoint({ uri: 'http:' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].uri', /a URI/, withEndpoint({ uri: 'http://é' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].uri', /a URI/, withEndpoint({ uri: 'http://a\n' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].uri', /at most 2048/, withEndpoint({ uri: `x:${'y'.repeat(2047)}` })],
    ['INVALID_ENDPOINTS', 'endpoints[1].metadata', /has 33 entries.*at most 32/, withMetadata(pairs(33))],
    ['INVALID_ENDPOINTS', 'endpoints[1].metadata', /empty name.*1 to 63/, withMetadata({ '': 'v' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].metadata', /64.*at most 63/, withMetadata({ ['k'.repeat(64)]: 'v' })],
    ['INVALID_ENDPOINTS', 'endpoints[1].metadata', /1025.*at most 1024/, withMetadata({ k: 'v'.repeat(1025) })],
    ['INVALID_ENDPOINTS', 'endpoints[1].metadata', /control characters/, withMetadata({ k: '\u0000' })],
    ['INVALID_INFORMATION', 'documentation_uri', /"http:.*https/, { documentationUri: 'http://a.example' }],
    ['INVALID_INFORMATION', 'documentation_uri', /"https:\/\/"/, { documentationUri: 'https://' }],
    ['INVALID_INFORMATION', 'documentation_uri', /https/, { documentationUri: 'https://a b' }],
    ['INVALID_INFORMATION', 'documentation_uri', /"https:\/\/\["/, { documentationUri: 'https://[' }],
    ['INVALID_INFORMATION', 'documentation_uri', /a:b/, { documentationUri: 'https://a:b/' }],
    ['INVALID_INFORMATION', 'documentation_uri', /a:123456/, { documentationUri: 'https://a:123456' }],
    ['INVALID_INFORMATION', 'documentation_uri', /2048/, { documentationUri: `https://a/${'b'.repeat(2039)}` }],
  ] as const)(
    'parsing refuses information with %s for the field %s, with a message that matches %s',
    ([reason, field, description, given]) => {
      expect(() => parseInfo(given as GivenInfo)).toThrow(
        expect.objectContaining({
          ...{ code: 'invalid_argument', reason },
          fieldViolations: [{ field, description: expect.stringMatching(description) }],
        }),
      )
    },
  )

  test('the order of names does not matter to the information of a revision, and a difference names its field', () => {
    const text = fc.stringMatching(/^[a-z]{1,3}$/)
    const given = fc.record({
      labels: fc.dictionary(text, text),
      endpoints: fc.array(
        fc.record({ ...{ protocol: text, uri: fc.constant('x:y') }, metadata: fc.dictionary(text, text) }),
      ),
      description: text,
      source: fc.record({ commit: text }),
      documentationUri: fc.constantFrom('', 'https://docs.example.com'),
    })
    const reversed = (record: Record<string, string>) => Object.fromEntries(Object.entries(record).toReversed())
    const scramble = ({ labels, endpoints, ...rest }: Required<GivenInfo>): GivenInfo => ({
      ...{ ...rest, labels: reversed({ ...labels }) },
      endpoints: endpoints?.map((each) => ({ ...each, metadata: reversed({ ...each.metadata }) })),
    })
    fc.assert(
      fc.property(given, given, (one, other) => {
        const few = { ...one, endpoints: one.endpoints.slice(0, 16) }
        expect(differences(parseInfo(few), parseInfo(scramble(few)))).toEqual([])
        expect(differences(parseInfo(few), parseInfo({ ...few, description: `${few.description}x` }))).toEqual([
          'description',
        ])
        expect(
          differences(parseInfo(few), parseInfo({ ...few, source: { ...other.source, repository: 'r' } })),
        ).toEqual(['source'])
      }),
    )
  })
})
