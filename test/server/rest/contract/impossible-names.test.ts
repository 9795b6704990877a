import { beforeAll, describe, expect, test } from 'vitest'
import { contractServer } from './requests.ts'

// A lookup of a name that cannot exist is answered as the documentation says, byte for byte, because clients of several
// registries go on to the next one only after such an answer.

const { send } = contractServer()

const SERVICE = '/services/my-org/my-service'
const kebab = (example: string) => `lower kebab case, such as "${example}", of 1 to 128 characters`
const TAG = "1 to 128 letters, digits, '_', '.' or '-' that start with a letter, a digit or '_'"
const allowed = { namespace: kebab('my-org'), name: kebab('my-service'), revision_tag: TAG } as const
const long = 'a'.repeat(129)
const cut = `${'a'.repeat(64)}…`

beforeAll(async () => {
  await send('POST', SERVICE, { body: { revision_tag: '1.0.0' } })
})

type Row = readonly [path: string, field: 'namespace' | 'name' | 'revision_tag', given: string]

const rows: readonly Row[] = [
  ['/services/My-Org/my-service', 'namespace', 'My-Org'],
  ['/services/my-org/my_service', 'name', 'my_service'],
  [`${SERVICE}?revision_tag=1.0%2Bbuild`, 'revision_tag', '1.0+build'],
  [`${SERVICE}?revision_tag=1.0+build`, 'revision_tag', '1.0 build'],
  [`${SERVICE}?revision_tag=%FF`, 'revision_tag', '\ufffd'],
  [`${SERVICE}?revision_tag=%zz`, 'revision_tag', '%zz'],
  [`${SERVICE}/revisions/-1`, 'revision_tag', '-1'],
  ['/services/my%20org/my-service', 'namespace', 'my org'],
  ['/services/my%2Forg/my-service', 'namespace', 'my/org'],
  ['/services/my-org/my%252Dservice', 'name', 'my%2Dservice'],
  ['/services/my-org/m%C3%BCller', 'name', 'müller'],
  ['/services/my-org/my-service%00', 'name', 'my-service\u0000'],
  [`/services/${long}/my-service`, 'namespace', cut],
  [`/services/my-org/${long}`, 'name', cut],
  [`${SERVICE}?revision_tag=${long}`, 'revision_tag', cut],
  [`${SERVICE}/revisions/${long}`, 'revision_tag', cut],
  ['/services//my-service', 'namespace', ''],
  ['/services/my-org/', 'name', ''],
  [`${SERVICE}/revisions/`, 'revision_tag', ''],
  ['/services/My-Org/my-service/revisions', 'namespace', 'My-Org'],
  ['/services/my-org/My/default', 'name', 'My'],
  ['/services/my-org/My/aliases', 'name', 'My'],
]

function expectedBody(field: Row[1], given: string): string {
  const hint = given.includes('+') ? ", without the build metadata after '+'" : ''
  const description = `${field} ${JSON.stringify(given)} is not valid; use ${allowed[field]}${hint}.`
  const isTag = field === 'revision_tag'
  return JSON.stringify({
    error: `Service revision not found. ${description}`,
    reason: isTag ? 'REVISION_NOT_FOUND' : 'SERVICE_NOT_FOUND',
    fields: [{ field, description }],
    ...(isTag ? {} : { metadata: { service_exists: false } }),
  })
}

describe('a lookup of a name that cannot exist', () => {
  test.for(rows)(
    'GET and HEAD %s are 404 with the documented body and header about %s',
    async ([path, field, given]) => {
      const get = await send('GET', path)
      const body = expectedBody(field, given)
      expect([get.status, get.text]).toEqual([404, body])
      const reason = field === 'revision_tag' ? 'REVISION_NOT_FOUND' : 'SERVICE_NOT_FOUND'
      expect(get.headers).toMatchObject({ 'waypost-reason': reason, 'content-type': 'application/json' })
      const head = await send('HEAD', path)
      const { date: _, ...headers } = get.headers
      expect(head).toMatchObject({ status: 404, text: '', headers })
    },
  )

  test('an empty tag in the query is absent, and an empty segment of a path is a name that cannot exist', async () => {
    const found = { status: 200, body: { revision_tag: '1.0.0' } }
    expect(await send('GET', `${SERVICE}?revision_tag=`)).toMatchObject(found)
    // The slash after `services` is doubled if an endpoint ends with a slash.
    expect(await send('GET', '/services//my-org/my-service')).toMatchObject(found)
  })

  test('a path whose percent-encoding is broken is a malformed request and not a name', async () => {
    for (const path of ['/services/my-org/%zz', '/services/my-org/%FF']) {
      expect(await send('GET', path)).toMatchObject({ status: 400, body: { reason: 'INVALID_REQUEST' } })
    }
  })
})
