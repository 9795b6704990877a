import { describe, expect, test } from 'vitest'
import type { Fields } from '../../../support/api.ts'
import { exchange } from '../../../support/raw-http.ts'
import { contractServer, fieldsOf } from './requests.ts'

const server = contractServer()
const { send, get, serviceWith, newService } = server

const serviceEtag = async (path: string) => String((await get(`${path}/aliases`)).service_etag)
const aliasEtag = async (path: string) => String((await get(`${path}/aliases/beta`)).etag)
const revisionEtag = async (path: string) => String((await get(`${path}/revisions/0.5.0?view=FULL`)).etag)

/** Makes a service with a default, an alias, and a revision that is yanked and deprecated. */
const prepare = async () => {
  const path = await serviceWith('1.0.0', '2.0.0', '0.5.0')
  await send('PUT', `${path}/aliases/beta`, { body: { revision_tag: '1.0.0' } })
  await send('POST', `${path}/revisions/0.5.0/yank`)
  await send('POST', `${path}/revisions/0.5.0/deprecate`)
  return path
}

/** Everything that REST shows of a service. */
const everything = async (path: string) => [
  await get(`${path}/revisions?view=FULL`),
  await get(`${path}/aliases`),
  (await send('GET', path)).text,
]

/** Every method with an etag field, and the etag that it is about. */
const changes: readonly [verb: string, rest: string, body: Fields, etag: (path: string) => Promise<string>][] = [
  ['PUT', '/default', { revision_tag: '1.0.0' }, serviceEtag],
  ['DELETE', '/default', {}, serviceEtag],
  ['PUT', '/aliases/beta', { revision_tag: '2.0.0' }, aliasEtag],
  ['DELETE', '/aliases/beta', {}, aliasEtag],
  ['POST', '/revisions/0.5.0/deprecate', { message: 'changed' }, revisionEtag],
  ['POST', '/revisions/0.5.0/undeprecate', {}, revisionEtag],
  ['POST', '/revisions/0.5.0/yank', { reason: 'changed' }, revisionEtag],
  ['POST', '/revisions/0.5.0/unyank', {}, revisionEtag],
  ['POST', '/revisions/0.5.0/restore', {}, revisionEtag],
  ['PATCH', '/revisions/0.5.0', { description: 'changed' }, revisionEtag],
  ['DELETE', '/revisions/0.5.0', {}, revisionEtag],
]

describe.for(changes)('If-Match of %s …%s', ([verb, rest, body, etagOf]) => {
  const change = (path: string, ifMatch: string, more: Fields = {}, query = '') =>
    send(verb, `${path}${rest}${query}`, { body: { ...body, ...more }, headers: { 'if-match': ifMatch } })

  test('If-Match allows the change for the current etag and gives 412 for any other etag', async () => {
    const path = await prepare()
    const before = await everything(path)
    const { headers } = await send('GET', path)
    for (const other of ['"stale"', String(headers.etag)]) {
      const answer = await change(path, other)
      expect([answer.status, answer.body?.reason], answer.text).toEqual([412, 'ETAG_MISMATCH'])
    }
    expect(await everything(path)).toEqual(before)
    const current = await change(path, `"${await etagOf(path)}"`)
    expect(current.status, current.text).toBe(200)
    expect(await everything(path)).not.toEqual(before)
  })

  test('If-Match is refused unless it is one strong etag, and an old etag in the body gives 409', async () => {
    const path = await prepare()
    const before = await everything(path)
    const etag = await etagOf(path)
    for (const value of [
      '*',
      `W/"${etag}"`,
      `"${etag}", "b"`,
      `"a","${etag}"`,
      `"${etag}",`,
      etag,
      `"${etag}`,
      '""',
      '',
    ]) {
      const answer = await change(path, value)
      expect([value, answer.status], answer.text).toEqual([value, 400])
    }
    const alone = await send(verb, `${path}${rest}`, { body: { ...body, etag: 'stale' } })
    expect([alone.status, alone.body?.reason, fieldsOf(alone)], alone.text).toEqual([409, 'ETAG_MISMATCH', ['etag']])
    expect(await everything(path)).toEqual(before)
  })

  test('If-Match may repeat the etag of the body or the query, and is refused if it differs', async () => {
    const path = await prepare()
    const before = await everything(path)
    const etag = await etagOf(path)
    for (const answer of [
      await change(path, `"${etag}"`, { etag: 'other' }),
      await change(path, '"other"', { etag }),
      await change(path, `"${etag}"`, {}, '?etag=other'),
    ]) {
      expect([answer.status, fieldsOf(answer)], answer.text).toEqual([400, ['etag']])
    }
    expect(await everything(path)).toEqual(before)
    const equal = await change(path, `"${etag}"`, { etag })
    expect(equal.status, equal.text).toBe(200)
  })
})

describe('If-Match', () => {
  test('If-Match counts for a request that only validates', async () => {
    const path = await prepare()
    const options = { body: { revision_tag: '1.0.0', validate_only: true }, headers: { 'if-match': '"stale"' } }
    expect(await send('PUT', `${path}/default`, options)).toMatchObject({ status: 412 })
  })

  test('If-Match for an alias that does not exist is refused, because there is no etag', async () => {
    const path = await serviceWith('1.0.0')
    const options = { body: { revision_tag: '1.0.0' }, headers: { 'if-match': '"any"' } }
    expect(await send('PUT', `${path}/aliases/new`, options)).toMatchObject({ status: 412 })
    expect(await send('GET', `${path}/aliases/new`)).toMatchObject({ status: 404 })
  })

  test('If-Match for a resource that does not exist gives 404', async () => {
    const headers = { 'if-match': '"any"' }
    expect(await send('DELETE', `${newService()}/default`, { headers })).toMatchObject({ status: 404 })
  })

  test('If-Match in two header lines is refused', async () => {
    const path = await prepare()
    const etag = await serviceEtag(path)
    const head = `DELETE ${path}/default HTTP/1.1\r\nHost: a\r\nIf-Match: "${etag}"\r\nIf-Match: "b"\r\n\r\n`
    expect(await exchange(server.url, head)).toMatchObject({ status: 400 })
    expect(await send('GET', path)).toMatchObject({ status: 200 })
  })

  test('a registration with If-Match is refused, and nothing is registered', async () => {
    const path = newService()
    const answer = await send('POST', path, { body: { revision_tag: '1.0.0' }, headers: { 'if-match': '"any"' } })
    expect(answer.status, answer.text).toBe(400)
    expect(await send('GET', path)).toMatchObject({ status: 404 })
  })

  test.for(['', '/default', '/revisions', '/revisions/1.0.0', '/aliases', '/policy/1.0.0'])(
    'GET …%s with If-Match is refused',
    async (rest) => {
      const path = await serviceWith('1.0.0')
      expect(await send('GET', `${path}${rest}`, { headers: { 'if-match': '"any"' } })).toMatchObject({ status: 400 })
    },
  )
})
