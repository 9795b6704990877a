import { expect, test } from 'vitest'
import { rolloutEntry, type Writer } from '../../src/domain/entries/new-entry.ts'
import { type FullHead, withRollout } from '../../src/domain/head.ts'
import type { Rollout } from '../../src/domain/rollout/rollout.ts'
import type { ServiceId } from '../../src/domain/sruid.ts'
import { newId } from '../../src/identifiers.ts'
import type { Store } from '../../src/store/store.ts'
import { randomFrom } from '../fuzz/random.ts'
import { type Api, apis } from '../support/api.ts'
import { describeOnEachStore } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import { makeChanges } from '../support/random-changes.ts'
import { seedFrom } from '../support/seed.ts'
import { sqliteStorage } from '../support/storage.ts'
import { problemsIn } from '../support/verified.ts'
import { exportState, exportText, importText, withStore } from './support.ts'

// `npm run model` is the long form. To repeat a run that failed, set WAYPOST_MODEL_SEED to the seed that it printed.
const SEED = seedFrom('WAYPOST_MODEL_SEED')
const HISTORIES = Math.ceil(Number(process.env.WAYPOST_MODEL_HISTORIES ?? 60) / 60)
const [ROUNDS, CHANGES] = [25, 12]
const services = ['a', 'b'].map((name) => ({ namespace: 'my-org', name }))

describeOnEachStore('a registry that follows another by export and import', (createStorage) => {
  test(`has the state of the source after each import, whatever changed there (seed ${SEED})`, async () => {
    for (let history = 0; history < HISTORIES; history++) {
      await withSource(async (source, api) => {
        await withStore(createStorage, async (target, { location }) => {
          const random = randomFrom(SEED + history)
          for (let round = 0; round < ROUNDS; round++) {
            for (const service of services) await makeChanges({ api, service, random }, random.below(CHANGES))
            for (const service of services) await endOtherRollout(source, target, service as ServiceId)
            const dump = await exportText(source)
            if (dump.length === 0) continue
            const counts = await importText(target, dump.join('\n'))
            expect(counts).toMatchObject({ kept: [], refusals: [], refused: 0 })
            expect(await exportState(target)).toEqual(await exportState(source))
            expect(await choicesOf(target)).toEqual(await choicesOf(source))
            expect(await importText(target, dump.join('\n'))).toMatchObject({ alreadyThere: dump.length })
          }
          expect(await problemsIn(location)).toEqual([])
        })
      })
    }
  })
})

async function withSource(use: (source: Store, api: Api) => Promise<void>): Promise<void> {
  await withStore(sqliteStorage, async (source, storage) => {
    const server = await startInProcess(storage)
    const api = apis.Connect(server.url)
    try {
      await use(source, api)
    } finally {
      api.close()
      await server.close()
    }
  })
}

// An import never changes a rollout that runs, except by a yank or a new default. So somebody has to end it if a person has changed
// that of the source. An entry by a person would keep the import from beginning the same rollout again.
async function endOtherRollout(source: Store, target: Store, service: ServiceId): Promise<void> {
  const newest = await target.readHead(service)
  const there = (await source.readHead(service))?.head
  if (newest === null || newest.head.rollout === null || isFollowed(newest.head.rollout, there)) return
  const writer: Writer = { id: newId(), principal: { name: 'import' }, kind: 'import', now: Date.now() }
  const change = { service, event: 'rollout-ended', head: withRollout(newest.head, null) } as const
  await target.append(rolloutEntry(newest, change, writer))
}

function isFollowed(here: Rollout, there: FullHead | undefined): boolean {
  const { rollout = null, defaultTag = null } = there ?? {}
  if (rollout === null || rollout.updateTime !== here.updateTime || rollout.startTime !== here.startTime) return false
  const tags = [...rollout.candidates.map(({ tag }) => tag), defaultTag]
  return here.candidates.every(({ tag }) => tags.includes(tag))
}

// The parts of the heads that no line of an export has.
async function choicesOf(store: Store) {
  return Promise.all(
    services.map(async (service) => {
      const head = (await store.readHead(service as ServiceId))?.head
      const aliases = head?.aliases.map(({ name, tag }) => [name, tag])
      return [head?.highestSemver, head?.highestRelease, head?.revisionCount, aliases]
    }),
  )
}
