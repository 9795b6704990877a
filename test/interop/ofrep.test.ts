import { fileURLToPath } from 'node:url'
import { OFREPApi } from '@openfeature/ofrep-core'
import { OFREPProvider } from '@openfeature/ofrep-provider'
import { OpenFeature } from '@openfeature/server-sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { startInProcess } from '../support/in-process.ts'
import { sendJson } from '../support/send-json.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'
import { findPythonWith, run, skipWithout } from '../support/tools.ts'

// The providers of OpenFeature evaluate flags of a registry, unmodified.

const PROGRAM = fileURLToPath(new URL('./ofrep.py', import.meta.url))
const python = findPythonWith('openfeature.contrib.provider.ofrep') ?? ''
const noPython = skipWithout(python !== '', 'openfeature-provider-ofrep: no Python with openfeature-provider-ofrep')

let storage: Storage
let server: RunningServer
beforeAll(async () => {
  storage = await sqliteStorage()
  server = await startInProcess(storage)
  for (const name of ['split', 'all', 'plain']) {
    for (const tag of ['1.1.0', '2.0.0']) {
      const body = { revision_tag: tag, is_default: tag === '1.1.0' }
      expect((await sendJson(server.url, `/services/my-org/${name}`, { body })).status).toBe(201)
    }
  }
  await setRollout('split', 50_000)
  await setRollout('all', 100_000)
})
afterAll(async () => {
  await OpenFeature.close()
  await server.close()
  await storage.remove()
})

async function setRollout(name: string, weight: number): Promise<void> {
  const candidates = [{ revision_tag: '2.0.0', weight, pinned_keys: ['pinned'] }]
  const body = { candidates, salt: 's1', reason: 'half of all users' }
  const { status, text } = await sendJson(server.url, `/services/my-org/${name}/rollout`, { method: 'PUT', body })
  expect(status, text).toBe(200)
}

interface Details {
  readonly value: string
  readonly variant?: string | undefined
  readonly reason?: string | undefined
  readonly errorCode?: string | undefined
  readonly flagMetadata: object
}

const found = (service: string, value: string, reason: string): Details => {
  const [namespace, name] = service.split('/')
  const isDefault = value === '1.1.0'
  return {
    ...{ value, variant: value, reason },
    flagMetadata: { namespace, name, is_default: isDefault, generation: name === 'plain' ? 2 : 3 },
  }
}
const failed = (errorCode: string): Details => ({ value: 'fallback', reason: 'ERROR', errorCode, flagMetadata: {} })

/** Flags, targeting keys, and the details that every provider must tell. The buckets of the keys are golden vectors. */
const cases: readonly (readonly [flag: string, key: string | null, expected: Details])[] = [
  ['my-org/plain', 'user-42', found('my-org/plain', '1.1.0', 'STATIC')],
  ['my-org%2Fplain', null, found('my-org/plain', '1.1.0', 'STATIC')],
  ['my-org/split', 'user-42', found('my-org/split', '2.0.0', 'SPLIT')],
  ['my-org/split', 'user-1', found('my-org/split', '1.1.0', 'SPLIT')],
  ['my-org/split', 'ünïcode', found('my-org/split', '1.1.0', 'SPLIT')],
  ['my-org/split', 'pinned', found('my-org/split', '2.0.0', 'TARGETING_MATCH')],
  ['my-org/split', null, found('my-org/split', '1.1.0', 'STATIC')],
  ['my-org/all', 'user-1', found('my-org/all', '2.0.0', 'STATIC')],
  ['my-org/all', null, found('my-org/all', '2.0.0', 'STATIC')],
  ['my-org/none', 'user-1', failed('FLAG_NOT_FOUND')],
  ['my-org/plain', 'a\nb', failed('INVALID_CONTEXT')],
]

const without = ({ errorCode, variant, ...details }: Details) => ({
  ...details,
  ...(errorCode != null && { errorCode }),
  ...(variant != null && { variant }),
})

describe('the providers of OpenFeature', () => {
  test('the provider for Node evaluates the flags of a registry', async () => {
    await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: server.url }))
    const client = OpenFeature.getClient()
    for (const [flag, targetingKey, expected] of cases) {
      const context = targetingKey === null ? {} : { targetingKey }
      const { value, variant, reason, errorCode, flagMetadata } = await client.getStringDetails(
        flag,
        'fallback',
        context,
      )
      expect(without({ value, variant, reason, errorCode, flagMetadata }), `${flag} for ${targetingKey}`).toEqual(
        expected,
      )
    }
  })

  test.skipIf(noPython)('the provider for Python evaluates the flags of a registry', async () => {
    const pairs = cases.map(([flag, key]) => [flag, key])
    const output = await run(python, [PROGRAM, server.url, JSON.stringify(pairs)])
    expect(JSON.parse(output).map(without)).toEqual(cases.map(([, , expected]) => expected))
  })

  test('the client of the provider for browsers evaluates many flags, and learns that nothing has changed', async () => {
    const api = new OFREPApi(server.url)
    const context = { targetingKey: 'user-42', flags: ['my-org/split', 'my-org/none', 'my-org/plain'] }
    const first = await api.postBulkEvaluateFlags({ context })
    expect(first).toMatchObject({
      httpStatus: 200,
      value: {
        flags: [
          { key: 'my-org/split', value: '2.0.0', reason: 'SPLIT' },
          { key: 'my-org/none', errorCode: 'FLAG_NOT_FOUND' },
          { key: 'my-org/plain', value: '1.1.0', reason: 'STATIC' },
        ],
      },
    })
    const etag = first.httpResponse?.headers.get('etag') ?? ''
    const again = await api.postBulkEvaluateFlags({ context }, { headers: [['If-None-Match', etag]] })
    expect(again.httpStatus).toBe(304)
  })
})
