import { createClient } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ServiceRegistry } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { createRegistryClient } from '../../../src/client/index.ts'
import { openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { noInfo, type RevisionInfo } from '../../../src/domain/revision-info.ts'
import { parseServiceReference } from '../../../src/domain/sruid.ts'
import type { RunningServer } from '../../../src/start-server.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { exportLines } from '../../../src/transfer/export.ts'
import { collect } from '../../support/collect.ts'
import { startInProcess } from '../../support/in-process.ts'
import { sendJson } from '../../support/send-json.ts'
import { runWaypost } from '../../support/serve.ts'
import { type Storage, sqliteStorage } from '../../support/storage.ts'

const { service } = parseServiceReference('my-org/large')
const MOST_BYTES = 3 * 1024 ** 2
const PATH = '/services/my-org/large/revisions?view=FULL&page_size=1000'
const request = { namespace: 'my-org', name: 'large', view: 2, pageSize: 1_000 } as const
const tags = Array.from({ length: 40 }, (_, index) => `1.${index}.0`)

// Quotes take two bytes in JSON and one in protobuf, and the other characters take three in both.
const metadata = Array.from({ length: 31 }, (_, index) => [`key${index}`, `"\u20ac\u20ac`.repeat(300)] as const)
const info: RevisionInfo = { ...noInfo, endpoints: [{ protocol: 'grpc', uri: 'https://a.example', metadata }] }

async function fill({ location }: Storage): Promise<void> {
  const store = await openStore(parseStore(location))
  const log = new Log([], service)
  for (const [index, tag] of tags.entries()) {
    log.register(tag, { info: index % 2 === 0 ? info : { ...info, endpoints: [...info.endpoints, ...info.endpoints] } })
  }
  await store.appendAll(log.entries)
  await store.close()
}

describe('the pages of a service with large revisions', () => {
  let storage: Storage
  let server: RunningServer
  beforeAll(async () => {
    storage = await sqliteStorage()
    await fill(storage)
    server = await startInProcess(storage)
  })
  afterAll(async () => {
    await server.close()
    await storage.remove()
  })

  const transports = {
    gRPC: (most: number) => createGrpcTransport({ baseUrl: server.url, readMaxBytes: most }),
    'gRPC-Web': (most: number) =>
      createGrpcWebTransport({ baseUrl: server.url, httpVersion: '1.1', readMaxBytes: most }),
    'Connect with protobuf': (most: number) =>
      createConnectTransport({ baseUrl: server.url, httpVersion: '1.1', readMaxBytes: most, useBinaryFormat: true }),
    'Connect with JSON': (most: number) =>
      createConnectTransport({ baseUrl: server.url, httpVersion: '1.1', readMaxBytes: most, useBinaryFormat: false }),
  }

  test.for(Object.entries(transports))(
    'over %s a page has at most 3 MiB and a token, and all pages have each revision',
    async ([, open]) => {
      const { listRevisions } = createClient(ServiceRegistry, open(MOST_BYTES))
      const pages: number[] = []
      const found: string[] = []
      for (let pageToken = ''; pages.length === 0 || pageToken !== ''; ) {
        const page = await listRevisions({ ...request, pageToken })
        pages.push(page.revisions.length)
        found.push(...page.revisions.map(({ revisionTag }) => revisionTag))
        pageToken = page.nextPageToken
      }
      expect(found).toEqual(tags.toReversed())
      expect(pages.length, 'pages are not shorter than they must be').toBeLessThanOrEqual(3)
      // A smaller limit shows that the first page is not small because of something else.
      const { listRevisions: strict } = createClient(ServiceRegistry, open(MOST_BYTES / 2))
      await expect(strict(request)).rejects.toThrow(/larger than|too large|exceeds/i)
    },
  )

  test('over REST a page has at most 3 MiB and a token, and all pages have each revision', async () => {
    const found: string[] = []
    for (let token = ''; found.length === 0 || token !== ''; ) {
      const { text } = await sendJson(server.url, `${PATH}&page_token=${token}`)
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES)
      const page = JSON.parse(text) as { revisions: { revision_tag: string }[]; next_page_token?: string }
      found.push(...page.revisions.map(({ revision_tag }) => revision_tag))
      token = page.next_page_token ?? ''
    }
    expect(found).toEqual(tags.toReversed())
  })

  test('a page with a filter that no revision passes ends after 3 MiB were read, and has a token', async () => {
    const { text } = await sendJson(server.url, `${PATH}&label_selector=rare`)
    expect(JSON.parse(text)).toEqual({ next_page_token: expect.any(String), generation: expect.anything() })
  })

  test('the client and the command line list every revision, whatever the sizes of the pages are', async () => {
    const client = createRegistryClient({ baseUrl: server.url })
    const listed = await collect(client.revisions.list('my-org/large', { pageSize: 1_000 }))
    expect(listed.map(({ revisionTag }) => revisionTag)).toEqual(tags.toReversed())
    const none = await collect(client.revisions.list('my-org/large', { labelSelector: 'rare' }))
    expect(none).toEqual([])
    const { stdout } = await runWaypost(['revisions', 'my-org/large', '--registry', server.url, '--json'])
    expect(stdout.match(/"1\.\d+\.0"/g)).toHaveLength(tags.length)
  })

  test('an export has every large revision', async () => {
    const store = await openStore(parseStore(storage.location))
    const lines = (await collect(exportLines(store))).flat()
    expect(lines.filter((line) => line.includes('"revision_tag"'))).toHaveLength(tags.length)
    await store.close()
  })
})
