import { describe, expect, test } from 'vitest'
import { exchange } from '../../../support/raw-http.ts'
import { contractServer, fieldsOf, type RequestOptions } from './requests.ts'

const server = contractServer()
const { send, get, serviceWith } = server

/** The two places in which a DELETE may have its parameters. */
const places: readonly [string, (parameters: Record<string, unknown>) => [query: string, options: RequestOptions]][] = [
  ['body', (body) => ['', { body }]],
  ['query', (parameters) => [`?${new URLSearchParams(parameters as Record<string, string>)}`, {}]],
]

const serviceEtag = async (path: string) => String((await get(`${path}/aliases`)).service_etag)
const revisionEtag = async (path: string, tag: string) => String((await get(`${path}/revisions/${tag}?view=FULL`)).etag)
const isThere = async (path: string) => (await send('GET', path)).status === 200

/** Makes a service with a default, an alias and a yanked revision, which may all be deleted. */
const prepare = async () => {
  const path = await serviceWith('1.0.0', '2.0.0')
  await send('PUT', `${path}/aliases/beta`, { body: { revision_tag: '1.0.0' } })
  await send('POST', path, { body: { revision_tag: '0.5.0' } })
  await send('POST', `${path}/revisions/0.5.0/yank`)
  return path
}

const deletions = [
  ['/default', (path: string) => isThere(`${path}/default`), serviceEtag],
  ['/aliases/beta', (path: string) => isThere(`${path}/aliases/beta`), async (path: string) => etagOfAlias(path)],
  [
    '/revisions/0.5.0',
    (path: string) => isThere(`${path}/revisions/0.5.0`),
    (path: string) => revisionEtag(path, '0.5.0'),
  ],
] as const

const etagOfAlias = async (path: string) => String((await get(`${path}/aliases/beta`)).etag)

describe.for(places)('DELETE with parameters in the %s', ([, place]) => {
  test.for(deletions)('DELETE of …%s with validate_only deletes nothing', async ([rest, isStillThere, etagOf]) => {
    const path = await prepare()
    const [query, options] = place({ validate_only: true, etag: await etagOf(path) })
    const { status, text } = await send('DELETE', `${path}${rest}${query}`, options)
    expect(status, text).toBe(200)
    expect(await isStillThere(path)).toBe(true)
  })

  test.for(deletions)('DELETE of …%s with an outdated etag deletes nothing', async ([rest, isStillThere]) => {
    const path = await prepare()
    const [query, options] = place({ etag: 'stale' })
    const answer = await send('DELETE', `${path}${rest}${query}`, options)
    expect([answer.status, answer.body?.reason, fieldsOf(answer)], answer.text).toEqual([
      409,
      'ETAG_MISMATCH',
      ['etag'],
    ])
    expect(await isStillThere(path)).toBe(true)
  })

  test.for(deletions)('DELETE of …%s with the current etag deletes it', async ([rest, isStillThere, etagOf]) => {
    const path = await prepare()
    const [query, options] = place({ etag: await etagOf(path) })
    const { status, text } = await send('DELETE', `${path}${rest}${query}`, options)
    expect(status, text).toBe(200)
    expect(await isStillThere(path)).toBe(false)
  })

  test('DELETE of …/default refuses a reason that is too long', async () => {
    const path = await prepare()
    const [query, options] = place({ reason: 'a'.repeat(1025) })
    const answer = await send('DELETE', `${path}/default${query}`, options)
    expect([answer.status, answer.body?.reason]).toEqual([400, 'INVALID_REASON'])
    expect(await isThere(path)).toBe(true)
  })

  test('DELETE of …/default with a repeated request_id gets the first answer and changes nothing', async () => {
    const path = await prepare()
    const [query, options] = place({ request_id: 'clear-1' })
    const first = await send('DELETE', `${path}/default${query}`, options)
    await send('PUT', `${path}/default`, { body: { revision_tag: '1.0.0' } })
    const second = await send('DELETE', `${path}/default${query}`, options)
    expect([second.status, second.text]).toEqual([200, first.text])
    expect(await get(path)).toMatchObject({ revision_tag: '1.0.0' })
  })
})

describe('DELETE with a body', () => {
  test('a DELETE body that comes in chunks is read', async () => {
    const path = await prepare()
    const json = '{"validate_only": true}'
    const head = `DELETE ${path}/default HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`
    const body = `${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`
    expect(await exchange(server.url, head + body)).toMatchObject({ status: 200 })
    expect(await isThere(path)).toBe(true)
  })

  test.for(['{"validate_only":', '[]', 'true', '"validate_only"', 'validate_only=true'])(
    'a DELETE body that is not a JSON object is refused, and nothing is deleted: %s',
    async (body) => {
      const path = await prepare()
      expect(await send('DELETE', `${path}/default`, { body })).toMatchObject({ status: 400 })
      expect(await isThere(path)).toBe(true)
    },
  )

  test.for([
    [{ validate_only: false }, 'validate_only=true', 'validate_only'],
    [{ validate_only: true }, 'validate_only=false', 'validate_only'],
    [{ reason: 'a' }, 'reason=b', 'reason'],
    [{ etag: 'a' }, 'etag=b', 'etag'],
    [{ request_id: 'a' }, 'request_id=b', 'request_id'],
  ] as const)('a DELETE body with %o is refused if the query has another value: %s', async ([body, query, field]) => {
    const path = await prepare()
    const answer = await send('DELETE', `${path}/default?${query}`, { body })
    expect([answer.status, fieldsOf(answer)], answer.text).toEqual([400, [field]])
    expect(await isThere(path)).toBe(true)
  })

  test('a DELETE body with the same values as the query is accepted', async () => {
    const path = await prepare()
    const body = { validate_only: true, reason: 'a try' }
    const answer = await send('DELETE', `${path}/default?validate_only=true&reason=a+try`, { body })
    expect(answer.status, answer.text).toBe(200)
    expect(answer.body).not.toHaveProperty('default_revision_tag')
    expect(await isThere(path)).toBe(true)
  })

  test('the body and the query of a DELETE complete each other', async () => {
    const path = await prepare()
    const stale = await send('DELETE', `${path}/default?validate_only=true`, { body: { etag: 'stale' } })
    expect(stale).toMatchObject({ status: 409, body: { reason: 'ETAG_MISMATCH' } })
    const etag = encodeURIComponent(await serviceEtag(path))
    const valid = await send('DELETE', `${path}/default?etag=${etag}`, { body: { validate_only: true } })
    expect(valid.status, valid.text).toBe(200)
    expect(await isThere(path)).toBe(true)
  })
})
