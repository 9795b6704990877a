import { describe, expect, test } from 'vitest'
import { connectByGet, originCalls, restOutcome } from './origin-calls.ts'
import { contractServer, send } from './requests.ts'

// These tests are about origins, whatever the host is.
const server = contractServer({ allowedHosts: ['*'] })
const open = contractServer({ corsOrigins: ['*'] })
const named = contractServer({ corsOrigins: ['https://app.example.com', 'http://localhost:5173'] })

const EVIL = 'https://evil.example.com'
let count = 0
const newName = () => `from-a-page-${++count}`
const exists = async (url: string, name: string) => (await send(url, 'GET', `/services/my-org/${name}`)).status === 200

describe.for(Object.entries(originCalls))('a page that calls over %s', ([, { register, list, refused }]) => {
  const expectChange = async (url: string, headers: Record<string, string>, expected: string) => {
    const name = newName()
    expect(await register(url, name, headers), JSON.stringify(headers)).toBe(expected)
    expect(await exists(url, name)).toBe(expected === 'ok')
  }

  test('a request without an Origin may change something', async () => {
    await expectChange(server.url, {}, 'ok')
    await expectChange(server.url, { 'sec-fetch-site': 'none' }, 'ok')
  })

  test('a page may change something if the browser says that it has the same origin', async () => {
    await expectChange(server.url, { origin: EVIL, 'sec-fetch-site': 'same-origin' }, 'ok')
  })

  test.for(['cross-site', 'same-site', 'none', 'x, same-origin'])(
    'a page may not change anything if the browser says %s',
    async (site) => {
      await expectChange(server.url, { origin: EVIL, 'sec-fetch-site': site }, refused)
    },
  )

  test('a page may change something on the host and port that it comes from, whatever the scheme is', async () => {
    const { host } = new URL(server.url)
    await expectChange(server.url, { origin: `http://${host}` }, 'ok')
    await expectChange(server.url, { origin: `https://${host}` }, 'ok')
  })

  test.for([EVIL, 'null', 'http://127.0.0.1', 'http://127.0.0.1:1', 'http://localhost', 'file://', 'no origin'])(
    'a page may not change anything from %s',
    async (origin) => {
      await expectChange(server.url, { origin }, refused)
    },
  )

  test('a page may not change anything from a host that only begins or ends like that of the server', async () => {
    const { host } = new URL(server.url)
    await expectChange(server.url, { origin: `http://${host}.evil.example.com` }, refused)
    await expectChange(server.url, { origin: `http://evil-${host}` }, refused)
    await expectChange(server.url, { origin: `http://${host}0` }, refused)
  })

  test('a page may not change anything because of a header that it can set itself', async () => {
    await expectChange(server.url, { origin: EVIL, 'x-forwarded-host': 'evil.example.com' }, refused)
  })

  test.for([EVIL, 'null'])('a page may read from %s', async (origin) => {
    expect(await list(server.url, { origin })).toBe('ok')
    expect(await list(server.url, { origin, 'sec-fetch-site': 'cross-site' })).toBe('ok')
  })

  test('a page may change something from an origin that the server names, and from no other', async () => {
    await expectChange(named.url, { origin: 'https://app.example.com', 'sec-fetch-site': 'cross-site' }, 'ok')
    await expectChange(named.url, { origin: 'http://localhost:5173' }, 'ok')
    for (const origin of [EVIL, 'http://app.example.com', 'https://app.example.com:8443', 'http://localhost', 'null']) {
      await expectChange(named.url, { origin }, refused)
    }
  })

  test('a page may only read if the server names all origins with *', async () => {
    await expectChange(open.url, { origin: EVIL }, refused)
    await expectChange(open.url, { origin: 'null' }, refused)
    await expectChange(open.url, { origin: '*' }, refused)
    await expectChange(open.url, { origin: `http://${new URL(open.url).host}` }, 'ok')
    expect(await list(open.url, { origin: EVIL })).toBe('ok')
  })
})

test('a foreign page may read by a Connect GET', async () => {
  for (const origin of [EVIL, 'null']) expect(await connectByGet.list(server.url, { origin })).toBe('ok')
})

describe('the host of a page and of the request', () => {
  test.for([
    ['https://registry.example.com', 'registry.example.com', 'ok', 'a proxy ended TLS'],
    ['http://registry.example.com', 'registry.example.com', 'ok', 'the default port of the scheme'],
    ['https://registry.example.com', 'registry.example.com:443', 'ok', 'the default port is spelled out'],
    ['http://registry.example.com', 'registry.example.com:80', 'ok', 'the default port is spelled out'],
    ['https://registry.example.com:8443', 'registry.example.com:8443', 'ok', 'another port'],
    ['https://registry.example.com', 'Registry.Example.com', 'ok', 'hosts have no case'],
    ['http://[::1]:8080', '[::1]:8080', 'ok', 'an IPv6 address'],
    ['https://registry.example.com:8443', 'registry.example.com', 'refused', 'a port and none'],
    ['https://registry.example.com', 'registry.example.com:8443', 'refused', 'no port and one'],
    ['http://registry.example.com', 'registry.example.com:443', 'refused', 'the port of the other scheme'],
    ['https://registry.example.com', 'registry.example.com:80', 'refused', 'the port of the other scheme'],
    ['https://example.com', 'registry.example.com', 'refused', 'the domain above'],
    ['https://a.registry.example.com', 'registry.example.com', 'refused', 'a domain below'],
    ['http://[::1]:8080', '[::2]:8080', 'refused', 'another IPv6 address'],
    ['null', 'null', 'refused', 'a host that is called null'],
  ] as const)(
    'a page of the origin %s that calls the host %s has the outcome %s (%s)',
    async ([origin, host, expected]) => {
      const name = newName()
      const outcome = await restOutcome('POST', server.url, `/services/my-org/${name}`, { origin, host })
      expect(outcome).toBe(expected === 'ok' ? 'ok' : '403 ORIGIN_NOT_ALLOWED')
      expect(await exists(server.url, name)).toBe(expected === 'ok')
    },
  )
})

test.for([
  ['PUT', '/default', { revision_tag: '1.0.0' }],
  ['DELETE', '/default', {}],
  ['PUT', '/aliases/beta', { revision_tag: '1.0.0' }],
  ['PATCH', '/revisions/2.0.0', { description: 'changed' }],
  ['POST', '/revisions/2.0.0/yank', {}],
  ['POST', '/revisions/2.0.0/deprecate', {}],
  ['DELETE', '/revisions/2.0.0?etag=x', {}],
] as const)(
  'a foreign page that sends %s …%s over REST is refused, and nothing changes',
  async ([verb, rest, body]) => {
    const path = await server.serviceWith('1.0.0', '2.0.0')
    const before = await server.get(`${path}/revisions?view=FULL`)
    const outcome = await restOutcome(verb, server.url, `${path}${rest}`, { origin: EVIL }, body)
    expect(outcome).toBe('403 ORIGIN_NOT_ALLOWED')
    expect(await server.get(`${path}/revisions?view=FULL`)).toEqual(before)
  },
)
