import { expect, test } from 'vitest'
import { apis, everyApi, type Fields, type OpenApi } from '../support/api.ts'
import { describeOn } from '../support/behaviour.ts'
import { isOnReplicaSet } from '../support/mongo-topology.ts'
import { sqliteStorage } from '../support/storage.ts'

/** Targeting keys with their buckets, for the salt s1. `test/interop/` computes them with other programs, too. */
const buckets = { 'user-1': 89_799, 'user-2': 16_728, 'user-42': 13_933, ünïcode: 64_591 } as const

// HTTP allows no other characters in a header.
const openRestWithHeader: OpenApi = (baseUrl) => {
  const rest = apis.REST(baseUrl)
  return {
    ...rest,
    call: async (method, { targeting_key, ...request }) => {
      if (targeting_key === undefined) return rest.call(method, request)
      const api = apis.REST(baseUrl, { 'waypost-targeting-key': encodeURIComponent(String(targeting_key)) })
      return api.call(method, request).finally(() => api.close())
    },
  }
}

if (!isOnReplicaSet)
  describeOn(
    sqliteStorage,
    { ...everyApi, 'REST with the key in a header': openRestWithHeader },
    ({ call, register }) => {
      const prepare = async (weight: number) => {
        await register('1.0.0')
        await call('register', { revision_tag: '2.0.0', is_default: false })
        await call('setRollout', { candidates: [{ revision_tag: '2.0.0', weight }], salt: 's1' })
      }
      const set = (weight: number) =>
        call('setRollout', { candidates: [{ revision_tag: '2.0.0', weight }], salt: 's1' })
      const tag = async (targeting_key: string) =>
        ((await call('get', { targeting_key })).revision as Fields).revision_tag

      test.for(Object.entries(buckets))('the key %s has the bucket %i over every protocol', async ([key, bucket]) => {
        await prepare(bucket)
        expect(await tag(key)).toBe('1.0.0')
        await set(bucket + 1)
        for (let count = 0; count < 4; count++) expect(await tag(key)).toBe('2.0.0')
        await set(bucket)
        expect(await tag(key)).toBe('1.0.0')
      })

      test('a key is not normalized', async () => {
        await prepare(0)
        const composed = 'ünïcode'
        await call('setRollout', { candidates: [{ revision_tag: '2.0.0', pinned_keys: [composed] }] })
        expect(await tag(composed)).toBe('2.0.0')
        expect(await tag(composed.normalize('NFD'))).toBe('1.0.0')
      })
    },
  )
