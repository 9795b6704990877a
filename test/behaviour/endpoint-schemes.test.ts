import { describe, expect, test } from 'vitest'
import { importInto } from '../../src/compose.ts'
import { parseStore } from '../../src/config/store-location.ts'
import { noInfo } from '../../src/domain/revision-info.ts'
import { openStore } from '../../src/server.ts'
import { Log } from '../../src/store/contract/log.ts'
import { service } from '../../src/store/contract/support.ts'
import type { Refused } from '../../src/transfer/import.ts'
import { type Api, apis, type Fields } from '../support/api.ts'
import { describeOverEachProtocol } from '../support/behaviour.ts'
import { startInProcess } from '../support/in-process.ts'
import { sqliteStorage } from '../support/storage.ts'

const endpoint = (uri: string) => ({ protocol: 'x', uri })
const secret = 's3cret'

/** Everything that a refused call tells. */
function textOf(attempt: Awaited<ReturnType<Api['attempt']>>): string {
  return attempt.ok ? 'accepted' : `${attempt.error.message} ${JSON.stringify(attempt.error)}`
}

describeOverEachProtocol('the addresses of a revision', ({ api, call, register, service: ofTest }) => {
  test.for<[string, Fields]>([
    ['endpoints[0].uri', { endpoints: [endpoint(`https://user:${secret}@a.example`)] }],
    ['documentation_uri', { documentation_uri: `https://user:${secret}@docs.example` }],
  ])('neither a registration nor an update may give %s a password, and no error repeats it', async ([field, given]) => {
    await register('1.0.0')
    const request = { ...ofTest(), ...given }
    for (const attempt of [
      await api().attempt('register', { ...request, revision_tag: '2.0.0' }),
      await api().attempt('updateRevision', { ...request, revision_tag: '1.0.0' }),
    ]) {
      const text = textOf(attempt)
      expect(text).toContain(`${field} has a user or a password before its host; leave them out`)
      expect(text).not.toContain(secret)
    }
  })

  test('an update may not give a revision an endpoint with a scheme that the registry does not allow', async () => {
    await register('1.0.0')
    const request = { revision_tag: '1.0.0', endpoints: [endpoint('https://a'), endpoint('javascript:alert(1)')] }
    const refused = await api().attempt('updateRevision', { ...ofTest(), ...request })
    expect(textOf(refused)).toContain('endpoints[1].uri has the scheme')
    expect((await call('get', { revision_tag: '1.0.0' })).revision).not.toHaveProperty('endpoints')
  })
})

describe('the schemes that a registry allows', () => {
  test('a server with --endpoint-scheme accepts that scheme, and another server on the same store reads it', async () => {
    await using opened = new AsyncDisposableStack()
    const storage = opened.adopt(await sqliteStorage(), ({ remove }) => remove())
    const request = { ...service, revision_tag: '1.0.0', endpoints: [endpoint('sip:user@a.example')] }
    const open = async (endpointSchemes: readonly string[]) => {
      const server = opened.adopt(await startInProcess(storage, { endpointSchemes }), (each) => each.close())
      return opened.adopt(apis.REST(server.url), async (each) => each.close())
    }
    const [usual, extended] = [await open([]), await open(['sip'])]
    expect((await usual.attempt('register', request)).ok).toBe(false)
    expect((await extended.attempt('register', request)).ok).toBe(true)
    expect((await usual.call('get', { ...service })).revision).toMatchObject({ endpoints: request.endpoints })
    const updated = await usual.call('updateRevision', { ...service, revision_tag: '1.0.0', description: 'new' })
    expect(updated.revision).toMatchObject({ description: 'new', endpoints: request.endpoints })
  })

  test('an endpoint that was stored before the rule is read, and its revision can be changed', async () => {
    await using opened = new AsyncDisposableStack()
    const storage = opened.adopt(await sqliteStorage(), ({ remove }) => remove())
    const store = await openStore(storage.location)
    const info = { ...noInfo, endpoints: [{ ...endpoint('file:///a?user:b@c'), metadata: [] }] }
    await store.append(new Log([], service).register('1.0.0', { info }).newest)
    await opened.adopt(store, (each) => (each as typeof store & { close(): Promise<void> }).close())
    const server = opened.adopt(await startInProcess(storage), (each) => each.close())
    const api = opened.adopt(apis.gRPC(server.url), async (each) => each.close())
    const { revision } = await api.call('updateRevision', { ...service, revision_tag: '1.0.0', labels: { a: 'b' } })
    expect(revision).toMatchObject({ labels: { a: 'b' }, endpoints: [endpoint('file:///a?user:b@c')] })
  })

  test('an import refuses and lists records with other schemes and with passwords, unless a setting allows the scheme', async () => {
    await using opened = new AsyncDisposableStack()
    const storage = opened.adopt(await sqliteStorage(), ({ remove }) => remove())
    const record = (revision_tag: string, uri: string) => ({
      ...{ kind: 'revision', ...service, revision_tag, is_default: false, register_time: '2026-01-01T00:00:00Z' },
      endpoints: [endpoint(uri)],
    })
    const records = [
      record('1.0.0', 'https://a'),
      record('1.0.1', 'file:///a'),
      record('1.0.2', 'sip:a'),
      record('1.0.3', `https://user:${secret}@a`),
    ]
    const refused: string[] = []
    async function* input() {
      yield Buffer.from(records.map((each) => `${JSON.stringify(each)}\n`).join(''))
    }
    const onRefused = ({ names, reason }: Refused) => void refused.push(`${names}: ${reason}`)
    const counts = await importInto(parseStore(storage.location), input(), { onRefused, endpointSchemes: ['sip'] })
    expect(counts).toMatchObject({ added: 2, refused: 2 })
    expect(refused).toEqual([
      expect.stringContaining('endpoints[0].uri has the scheme'),
      expect.stringContaining('endpoints[0].uri has a user or a password'),
    ])
    expect(refused.join()).not.toContain(secret)
  })
})
