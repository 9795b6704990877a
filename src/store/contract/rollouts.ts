import assert from 'node:assert/strict'
import { parseAliasName } from '../../domain/alias.ts'
import { RegistryError } from '../../domain/errors.ts'
import { active } from '../../domain/lifecycle.ts'
import { noInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { type LookupResult, payloadsOf, type RevisionSelector, type Store, theDefault } from '../store.ts'
import { Log } from './log.ts'
import { answerAfter, type ContractCase, closeAll, keepsAll, keepsOldForm, service } from './support.ts'

/** So often that every store that keeps results has kept them. */
const TIMES = 4

/** The promises about rollouts, their candidates, and reverts. */
export const rolloutsContract: readonly ContractCase[] = [
  {
    name: 'entries that set and end rollouts, and that revert, come back as they were appended',
    run: withRollouts(async (store) => {
      const log = everyRollout()
      await store.appendAll(log.entries)
      assert.deepEqual(await store.readLog(service, { after: 0, limit: 100 }), log.stored)
    }),
  },
  {
    name: 'the rollout, the default and the aliases of a head are found as each entry left them',
    run: withRollouts(async (store) => {
      const log = everyRollout()
      for (const [index, entry] of log.entries.entries()) {
        await store.append(entry)
        const then = new Log(log.stored.slice(0, index + 1))
        assert.deepEqual(await store.readHead(service), then.snapshot)
        const { head, ...snapshot } = await requireFound(store, theDefault)
        assert.deepEqual(head.rollout, entry.head.rollout)
        assert.equal(snapshot.hash, entry.link?.hash)
      }
      // The next entries name the list of aliases that the revert has.
      await store.append(log.register('1.9.0').next)
      assert.deepEqual(await store.readHead(service), log.snapshot)
    }),
  },
  {
    name: 'a lookup of the default finds the candidates of the rollout, in their order, and other lookups find none',
    run: withRollouts(async (store) => {
      const info = { ...noInfo, description: 'd' }
      const log = registered().update('2.1.0', info).setAlias('beta', '2.0.0').setRollout('2.1.0', '2.0.0')
      await store.appendAll(log.entries)
      const candidates = ['2.1.0', '2.0.0'].map((tag) => log.revision(tag))
      const [revision, alias] = [log.revision('1.0.0'), log.alias('beta')]
      assert.deepEqual(await store.lookup(service, theDefault), answerAfter(log.newest, revision, { candidates }))
      const byAlias = await requireFound(store, { by: 'alias', alias: alias.name })
      assert.deepEqual(byAlias, answerAfter(log.newest, log.revision('2.0.0'), { alias }))
      const byTag = await requireFound(store, { by: 'tag', tag: '2.0.0' as RevisionTag })
      assert.deepEqual(byTag, answerAfter(log.newest, log.revision('2.0.0')))
      await store.append(log.endRollout().next)
      assert.deepEqual(await store.lookup(service, theDefault), answerAfter(log.newest, revision))
    }),
  },
  {
    name: 'a lookup of the default that is repeated sees every change of a candidate at once',
    run: async ({ open, keeps = keepsAll }) => {
      if (keepsOldForm(keeps)) return
      const [writer, reader] = await Promise.all([open(), open()])
      const log = registered().setRollout('2.0.0', '2.1.0')
      await writer.appendAll(log.entries)
      const changes = [
        () => log.yank('2.0.0', 'broken'),
        () => log.update('2.1.0', { ...noInfo, description: 'd' }),
        () => log.register('3.0.0', { becomesDefault: false }),
        () => log.change('2.0.0', active),
        () => log.setRollout('2.1.0', '3.0.0'),
        () => log.endRollout('2.1.0'),
      ]
      for (const change of changes) {
        for (let time = 0; time < TIMES; time++) await reader.lookup(service, theDefault)
        await writer.append(change().next)
        assert.deepEqual(await reader.lookup(service, theDefault), expectedDefault(log))
      }
      await closeAll([writer, reader])
    },
  },
  {
    name: 'if a store returns the result of a lookup again, each of its candidates has a place of its own for payloads',
    run: withRollouts(async (store) => {
      await store.appendAll(registered().setRollout('2.0.0', '2.1.0').entries)
      for (let time = 0; time < TIMES; time++) await store.lookup(service, theDefault)
      const found = await requireFound(store, theDefault)
      if (payloadsOf(found) === undefined) return
      const places = [found, ...found.candidates].map(payloadsOf)
      assert.ok(places.every((place) => place !== undefined))
      assert.equal(new Set(places).size, 3)
    }),
  },
  {
    name: 'a revert that sets, moves and deletes many aliases leaves them as it says, and so do the lookups by alias',
    run: withRollouts(async (store) => {
      const log = registered()
      for (let index = 10; index < 40; index++) log.setAlias(`fixed-${index}`, '1.0.0')
      log.setAlias('follows')
      const { generation } = log.newest
      for (let index = 10; index < 25; index++) log.deleteAlias(`fixed-${index}`)
      for (let index = 25; index < 35; index++) log.setAlias(`fixed-${index}`, '2.0.0')
      log.setAlias('another', '2.1.0').register('1.5.0').revert(generation)
      await store.appendAll(log.entries)
      assert.deepEqual(await store.readHead(service), log.snapshot)
      for (const text of ['fixed-10', 'fixed-30', 'fixed-39', 'follows']) {
        const alias = log.alias(text)
        const revision = alias.tag === null ? null : log.revision(alias.tag)
        const found = await store.lookup(service, { by: 'alias', alias: alias.name })
        assert.deepEqual(found, answerAfter(log.newest, revision, { alias }))
      }
      const gone = await requireFound(store, { by: 'alias', alias: parseAliasName('another') })
      assert.equal(gone.alias, null)
    }),
  },
  {
    name: 'a storage that older versions may run on refuses rollouts and reverts, and stores nothing of them',
    run: async ({ open, keeps = keepsAll }) => {
      const store = await open()
      if (!keepsOldForm(keeps)) return store.checkUpgrade().finally(() => store.close())
      const log = new Log([], service, { keeps }).register('1.0.0').register('2.0.0', { becomesDefault: false })
      await store.appendAll(log.entries)
      await assert.rejects(store.checkUpgrade(), isNotUpgraded)
      const refused = [
        new Log(log.stored, service).setRollout('2.0.0'),
        new Log(log.stored, service).endRollout('2.0.0'),
        new Log(log.stored, service).revert(1),
      ]
      for (const { next } of refused) {
        await assert.rejects(store.append(next), isNotUpgraded)
        await assert.rejects(store.appendAll([next]), isNotUpgraded)
      }
      assert.equal((await store.readHead(service))?.generation, 2)
      await store.checkAppends()
      await store.close()
    },
  },
]

// A storage that keeps form 2 takes no rollouts, which the last case tests.
function withRollouts(test: (store: Store) => Promise<void>): ContractCase['run'] {
  return async ({ open, keeps = keepsAll }) => {
    if (keepsOldForm(keeps)) return
    const store = await open()
    try {
      await test(store)
    } finally {
      await store.close()
    }
  }
}

function registered(): Log {
  return new Log()
    .register('1.0.0')
    .register('2.0.0', { becomesDefault: false })
    .register('2.1.0', { becomesDefault: false })
}

function everyRollout(): Log {
  return registered()
    .setAlias('beta', '2.0.0')
    .setRollout('2.0.0', '2.1.0')
    .register('1.2.0', { becomesDefault: false })
    .yank('2.0.0', 'broken')
    .setAlias('stable', '1.0.0')
    .change('2.0.0', active)
    .setRollout('2.1.0')
    .deleteAlias('beta')
    .setRollout('2.1.0', '1.2.0', '2.0.0')
    .endRollout('2.1.0')
    .revert(6)
    .endRollout()
    .revert(4)
    .revert(1)
    .revert(5)
}

function expectedDefault(log: Log): LookupResult {
  const { defaultTag, rollout } = log.newest.head
  const candidates = (rollout?.candidates ?? []).map(({ tag }) => log.revision(tag))
  return answerAfter(log.newest, defaultTag && log.revision(defaultTag), { candidates })
}

async function requireFound(store: Store, selector: RevisionSelector): Promise<LookupResult> {
  const found = await store.lookup(service, selector)
  assert.ok(found)
  return found
}

function isNotUpgraded(error: unknown): boolean {
  return error instanceof RegistryError && error.reason === 'UPGRADE_NOT_FINISHED'
}
