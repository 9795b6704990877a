import { beforeAll, describe, expect, test } from 'vitest'
import { contractServer } from './requests.ts'

const server = contractServer()
const { send, serviceWith } = server
const SERVICE = '/services/my-org/my-service'

beforeAll(async () => {
  await send('POST', SERVICE, { body: { revision_tag: '1.0.0' } })
  await send('PUT', `${SERVICE}/aliases/beta`, { body: { revision_tag: '1.0.0' } })
})

const paths = [
  SERVICE,
  `${SERVICE}?view=FULL`,
  `${SERVICE}/default`,
  `${SERVICE}/revisions`,
  `${SERVICE}/revisions/1.0.0`,
  `${SERVICE}/aliases`,
  `${SERVICE}/aliases/beta`,
  '/services',
  '/namespaces',
] as const

const etagOf = async (path: string) => String((await send('GET', path)).headers.etag)

describe('the ETag of an answer', () => {
  test.for(paths)('the ETag of %s is strong and the same for the same bytes', async (path) => {
    const first = await send('GET', path)
    const second = await send('GET', path)
    expect(first.headers.etag).toMatch(/^"[\x21\x23-\x7e]+"$/)
    expect([second.headers.etag, second.text]).toEqual([first.headers.etag, first.text])
  })

  test('the ETag of an answer changes with its bytes and returns when the bytes return', async () => {
    const path = await serviceWith('1.0.0')
    const before = await etagOf(path)
    await send('PATCH', `${path}/revisions/1.0.0`, { body: { description: 'changed' } })
    expect(await etagOf(path)).not.toBe(before)
    await send('PATCH', `${path}/revisions/1.0.0`, { body: { update_mask: 'description' } })
    expect(await etagOf(path)).toBe(before)
  })

  test('the ETag of an answer depends on the bytes, and differs between views and between services', async () => {
    const [one, other] = [await serviceWith('1.0.0'), await serviceWith('1.0.0')]
    const etags = [one, `${one}?view=FULL`, `${one}?explain=true`, other].map(etagOf)
    expect(new Set(await Promise.all(etags)).size).toBe(4)
  })

  test('the ETag of an answer is not the etag field of the resource', async () => {
    const { headers, body } = await send('GET', `${SERVICE}/aliases/beta`)
    expect(headers.etag).not.toContain(String(body?.etag))
  })
})

describe('If-None-Match', () => {
  const ask = (path: string, value: string | string[]) => send('GET', path, { headers: { 'if-none-match': value } })

  test.for(paths)('a request for %s with its ETag in If-None-Match is answered with 304 and no body', async (path) => {
    const etag = await etagOf(path)
    const { status, headers, text } = await ask(path, etag)
    expect([status, headers.etag, text]).toEqual([304, etag, ''])
    expect(headers['content-type']).toBeUndefined()
  })

  test('If-None-Match matches by the weak comparison, in lists, and with any spaces', async () => {
    const etag = await etagOf(SERVICE)
    const matching = [
      `W/${etag}`,
      `"a", ${etag}`,
      `${etag},"b"`,
      `"a",W/${etag} , "b"`,
      '*',
      ' * ',
      `"with, comma", ${etag}`,
    ]
    for (const value of matching) {
      expect([value, (await ask(SERVICE, value)).status]).toEqual([value, 304])
    }
  })

  test('If-None-Match is answered with 200 and a body if nothing in it matches', async () => {
    const etag = await etagOf(SERVICE)
    for (const value of [
      '"a"',
      'W/"a"',
      '"a", "b"',
      etag.slice(1, -1),
      `"a${etag.slice(1)}`,
      `"${etag.slice(2)}`,
      '',
    ]) {
      const { status, body } = await ask(SERVICE, value)
      expect([value, status, body?.revision_tag]).toEqual([value, 200, '1.0.0'])
    }
  })

  test('If-None-Match with an earlier ETag is answered with 200 after a change', async () => {
    const path = await serviceWith('1.0.0')
    const etag = await etagOf(path)
    expect(await ask(path, etag)).toMatchObject({ status: 304 })
    await send('POST', path, { body: { revision_tag: '2.0.0' } })
    expect(await ask(path, etag)).toMatchObject({ status: 200, body: { revision_tag: '2.0.0' } })
  })

  test('If-None-Match reads a comma and a star inside quotes as part of an etag', async () => {
    for (const value of ['"a,*,b"', '"*"', '"a", "*"']) {
      expect([value, (await ask(SERVICE, value)).status]).toEqual([value, 200])
    }
  })

  test('If-None-Match has no effect on an answer with 404 or 400', async () => {
    expect(await ask('/services/my-org/missing', '*')).toMatchObject({ status: 404 })
    expect(await ask(`${SERVICE}?explian=true`, '*')).toMatchObject({ status: 400 })
  })
})
