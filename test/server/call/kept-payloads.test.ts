import { create, type Message, toJsonString } from '@bufbuild/protobuf'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Revision_View } from '../../../gen/waypost/v1/revision_pb.ts'
import { type GetRequest, GetRequestSchema, GetResponseSchema } from '../../../gen/waypost/v1/service_registry_pb.ts'
import { openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { openAccess } from '../../../src/domain/access/access-control.ts'
import { noInfo } from '../../../src/domain/revision-info.ts'
import type { CallContext } from '../../../src/server/call/context.ts'
import { type BoundMethod, bindMethods } from '../../../src/server/call/method.ts'
import { revisionMethods } from '../../../src/server/call/methods/revision-methods.ts'
import { PageTurns } from '../../../src/server/call/page-turns.ts'
import { CallPipeline, type ResponseFields } from '../../../src/server/call/pipeline.ts'
import { defaultLimits } from '../../../src/server/limits.ts'
import { Log } from '../../../src/store/contract/log.ts'
import { service } from '../../../src/store/contract/support.ts'
import type { Store } from '../../../src/store/store.ts'
import { silentLogger } from '../../../src/telemetry/logger.ts'
import { caller } from '../../support/caller.ts'
import { describeOnEachStore } from '../../support/each-store.ts'
import type { Storage } from '../../support/storage.ts'

const labels = [['tier', 'web']] as const
const wanted = (more: Partial<GetRequest> = {}) => create(GetRequestSchema, { ...service, ...more } as GetRequest)
const plain = wanted()

describeOnEachStore('the payloads of Get', (createStorage) => {
  let storage: Storage
  let stores: Store[]
  let encoded: string[]

  beforeEach(async () => {
    storage = await createStorage()
    stores = []
    encoded = []
  })
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await storage.remove()
  })

  async function open(): Promise<Store> {
    const store = await openStore(parseStore(storage.location))
    stores.push(store)
    return store
  }

  /** Calls Get as a codec does. The names of the encodings that it encodes are in `encoded`. */
  function getOver(store: Store): (request: Message, encoding?: string) => Promise<string> {
    const pages = new PageTurns(defaultLimits.pages)
    const pipeline = new CallPipeline({ log: silentLogger, originRule: undefined, access: openAccess, pages })
    const [get] = bindMethods([revisionMethods.get], { store }) as [BoundMethod]
    return async (request, encoding = 'proto') => {
      const encode = (response: ResponseFields) => {
        encoded.push(encoding)
        return `${encoding} ${toJsonString(GetResponseSchema, create(GetResponseSchema, response as object))}`
      }
      const context = { ...caller, exchange: undefined } as CallContext
      const said = { name: 'Get', isReadOnly: true, source: {} as never, observation: undefined }
      const call = { ...said, read: () => request, toContext: () => context, encoding, encode }
      return (await pipeline.call(get, call)).payload
    }
  }

  async function repeat(get: () => Promise<string>): Promise<string> {
    for (let time = 0; time < 3; time++) await get()
    encoded = []
    return get()
  }

  test('a plain Get that is repeated is not encoded again, until the service changes', async () => {
    const [store, other] = await Promise.all([open(), open()])
    const log = new Log().register('1.0.0').setAlias('beta', '1.0.0')
    await store.appendAll(log.entries)
    const get = getOver(store)
    for (const request of [plain, wanted({ revisionTag: '1.0.0' }), wanted({ alias: 'beta' })]) {
      await repeat(() => get(request))
      expect(encoded).toEqual([])
    }
    await other.append(log.register('1.1.0').next)
    expect(await get(plain)).toContain('1.1.0')
    expect(await get(wanted({ revisionTag: '1.0.0' }))).not.toContain('isDefault":true')
    expect(encoded).toEqual(['proto', 'proto'])
  })

  test('each encoding has its own payload', async () => {
    const store = await open()
    await store.appendAll(new Log().register('1.0.0').entries)
    const get = getOver(store)
    for (const encoding of ['proto', 'json', 'rest GET revision']) {
      expect(await repeat(() => get(plain, encoding))).toMatch(new RegExp(`^${encoding} `))
    }
  })

  test('a Get with other fields than a plain one is never answered with the payload of a plain one', async () => {
    const store = await open()
    const log = new Log().register('0.9.0').register('1.0.0', { info: { ...noInfo, labels } })
    await store.appendAll(log.entries)
    const get = getOver(store)
    const others = [
      wanted({ view: Revision_View.FULL }),
      wanted({ explain: true }),
      wanted({ revisionTag: '0.9.0' }),
      wanted({ versionRange: '<1' }),
    ]
    const fresh = getOver(await open())
    for (const request of others) {
      const expected = await fresh(request)
      await repeat(() => get(plain))
      expect(await repeat(() => get(request))).toBe(expected)
    }
    await repeat(() => get(plain))
    await expect(get(wanted({ labelSelector: 'tier=api' }))).rejects.toMatchObject({ reason: 'REVISION_NOT_FOUND' })
    expect(await get(wanted({ labelSelector: 'tier=web' }))).toBe(await get(plain))
  })
})
