import assert from 'node:assert/strict'
import { parseAliasName } from '../../domain/alias.ts'
import { active, deleted } from '../../domain/lifecycle.ts'
import { noInfo, type RevisionInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { type Store, theDefault } from '../store.ts'
import { Log } from './log.ts'
import { answerAfter, type ContractCase, service, withStore } from './support.ts'

/** The promises about the parts of an entry that an earlier entry may have: aliases, endpoints and registrations. */
export const largePartsContract: readonly ContractCase[] = [
  {
    name: 'a lookup finds the endpoints of a revision that was changed after its registration',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps })
        .register('1.0.0', { info: withEndpoint('https://a.example') })
        .change('1.0.0', { ...active, deprecation: { message: 'm', replacement: null } })
        .register('0.9.0', { becomesDefault: false })
      await store.appendAll(log.entries)
      const expected = answerAfter(log.newest, log.revision('1.0.0'))
      assert.equal(expected.revision?.info.endpoints.length, 1)
      assert.deepEqual(await store.lookup(service, { by: 'tag', tag: tag('1.0.0') }), expected)
      assert.deepEqual(await store.lookup(service, theDefault), expected)
    }),
  },
  {
    name: 'a lookup for a change finds the information in the registration of an updated revision',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps })
        .register('1.0.0', { info: { ...withEndpoint('https://a.example'), description: 'first' } })
        .update('1.0.0', { ...withEndpoint('https://b.example'), labels: [['a', 'b']] })
        .change('1.0.0', { ...active, yank: { reason: 'r' } })
        .register('1.1.0', { registeredInfo: withEndpoint('https://c.example'), kind: 'import' })
        .setAlias('beta', '1.0.0')
      await store.appendAll(log.entries)
      for (const text of ['1.0.0', '1.1.0']) {
        const found = await store.lookupForChange(service, { by: 'tag', tag: tag(text) })
        assert.deepEqual(found, { ...log.snapshot, revision: log.revision(text) })
        assert.ok(found?.revision?.registeredInfo)
      }
      await requireSameLog(store, log)
    }),
  },
  {
    name: 'a lookup for a change finds what a lookup finds, with the aliases',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps })
        .register('1.0.0')
        .setAlias('beta', '1.0.0')
        .setAlias('next')
        .register('1.1.0')
      await store.appendAll(log.entries)
      const { snapshot } = log
      assert.equal(snapshot.head.aliases.length, 2)
      const revision = log.revision('1.1.0')
      assert.deepEqual(await store.lookupForChange(service, theDefault), { ...snapshot, revision })
      assert.deepEqual(await store.readHead(service), snapshot)
      const byAlias = await store.lookupForChange(service, { by: 'alias', alias: parseAliasName('beta') })
      assert.deepEqual(byAlias, { ...snapshot, revision: log.revision('1.0.0') })
      const unknown = await store.lookupForChange(service, { by: 'tag', tag: tag('9.9.9') })
      assert.deepEqual(unknown, { ...snapshot, revision: null })
    }),
  },
  {
    name: 'a lookup for a change at a generation finds everything as it was then',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps })
        .register('1.0.0', { info: withEndpoint('https://a.example') })
        .setAlias('beta', '1.0.0')
        .update('1.0.0', withEndpoint('https://b.example'))
        .register('1.1.0')
        .setAlias('beta', '1.1.0')
        .change('1.0.0', deleted)
        .clearDefault()
      await store.appendAll(log.entries)
      for (const { generation } of log.entries) {
        const then = new Log(log.stored.slice(0, generation))
        const { defaultTag } = then.newest.head
        const expected = (text: string | null | undefined) => ({
          ...then.snapshot,
          revision: then.has(text) ? then.revision(text) : null,
        })
        const [alias] = then.newest.head.aliases
        const byAlias = { by: 'alias', alias: parseAliasName('beta') } as const
        assert.deepEqual(await store.lookupForChange(service, theDefault, generation), expected(defaultTag))
        assert.deepEqual(await store.lookupForChange(service, byAlias, generation), expected(alias?.tag))
        for (const text of ['1.0.0', '1.1.0']) {
          const byTag = { by: 'tag', tag: tag(text) } as const
          assert.deepEqual(await store.lookupForChange(service, byTag, generation), expected(text))
        }
      }
    }),
  },
  {
    name: 'aliases that move with registrations, are set, deleted or moved by a yank are found as each entry left them',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps }).register('1.0.0').setAlias('a').setAlias('b', '1.0.0').setAlias('c')
      for (let index = 1; index < 4; index++) log.register(`1.${index}.0`)
      log.yankAndMove('1.3.0', 'a', '1.2.0').yankAndMove('1.2.0', 'c', null).deleteAlias('a').register('1.4.0')
      log.setAlias('c').register('1.5.0').deleteAlias('b').deleteAlias('c').register('1.6.0').setAlias('d', '1.6.0')
      for (const [index, entry] of log.entries.entries()) {
        await store.append(entry)
        assert.deepEqual((await store.readHead(service))?.head, log.stored[index]?.head)
      }
      await requireSameLog(store, log)
    }),
  },
  {
    name: 'aliases are found however many registrations have moved them one by one',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps }).register('0.1.0')
      // Each alias has a range of its own, so each registration moves another one.
      for (let index = 1; index <= 20; index++) log.setAlias(`follows-${index}`, '0.1.0')
      for (let index = 1; index <= 40; index++) {
        log.register(`1.${index}.0`).yankAndMove(`1.${index}.0`, `follows-${(index % 20) + 1}`, '0.1.0')
      }
      await store.appendAll(log.entries)
      assert.deepEqual(await store.readHead(service), log.snapshot)
      await requireSameLog(store, log)
    }),
  },
  {
    name: 'a head says whether nobody but imports has set the default, and a revision what has written it',
    run: withStore(async (store, keeps) => {
      const log = new Log([], service, { keeps }).register('1.0.0', { kind: 'import', principal: { name: 'import' } })
      await store.appendAll(log.entries)
      const imported = await store.lookup(service, theDefault)
      assert.deepEqual([imported?.head.isDefaultImported, imported?.revision?.writtenBy], [true, 'import'])
      for (const change of [() => log.update('1.0.0', withEndpoint('https://a.example')), () => log.clearDefault()]) {
        change()
        await store.append(log.next)
      }
      const cleared = await store.lookup(service, { by: 'tag', tag: tag('1.0.0') })
      assert.deepEqual([cleared?.head.isDefaultImported, cleared?.head.defaultTag], [false, null])
      assert.equal(cleared?.revision?.writtenBy, 'both')
    }),
  },
]

const tag = (text: string) => text as RevisionTag

function withEndpoint(uri: string): RevisionInfo {
  return { ...noInfo, endpoints: [{ protocol: 'grpc', uri, metadata: [['a.b', '$c']] }] }
}

async function requireSameLog(store: Store, log: Log): Promise<void> {
  assert.deepEqual(await store.readLog(service, { after: 0, limit: 1_000 }), log.stored)
}
