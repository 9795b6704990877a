import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, apis } from '../support/api.ts'
import { storages } from '../support/each-store.ts'
import { startInProcess } from '../support/in-process.ts'
import { mongoSkipReason } from '../support/mongo-storage.ts'
import { seedFrom } from '../support/seed.ts'
import { problemsIn } from '../support/verified.ts'
import { closingCalls, command, openingCalls } from './commands.ts'
import { Model } from './model.ts'
import { createParticipant } from './participant.ts'
import { ask, type Participants } from './steps.ts'

// `npm run model` is the long form. To repeat a run that failed, set WAYPOST_MODEL_SEED to the seed that it printed.
const SEED = seedFrom('WAYPOST_MODEL_SEED')
const HISTORIES = Number(process.env.WAYPOST_MODEL_HISTORIES ?? 36)
/** Commands about missing revisions are left out, so a history usually has fewer. */
const MAX_COMMANDS = 70

describe(`random histories of a service with the seed ${SEED}`, () => {
  const opened = new AsyncDisposableStack()
  const apiOf = new Map<string, Api>()
  const locations: string[] = []
  let services = 0

  beforeAll(async () => {
    for (const [name, createStorage] of Object.entries(storages)) {
      const storage = opened.adopt(await createStorage(), ({ remove }) => remove())
      locations.push(storage.location)
      const server = opened.adopt(await startInProcess(storage), ({ close }) => close())
      const connect = apis.Connect as (baseUrl: string) => Api
      apiOf.set(name, connect(server.url))
    }
  })

  afterAll(() => opened.disposeAsync())

  /** Makes the participants of one history, which is about a new service. */
  function gather(): { readonly model: Model; readonly real: Participants } {
    // The list of services uses the name as a prefix. It ends with a letter, so no name is the beginning of another.
    const service = { namespace: 'my-org', name: `service-${++services}-x` }
    const prefix = `${service.namespace}/${service.name}`
    const model = new Model(service)
    const registries = [...apiOf].map(([name, api]) =>
      createParticipant(name, (method, request) =>
        api.call(method, { ...(method === 'listServices' ? { prefix } : service), ...request }),
      ),
    )
    const inModel = createParticipant('model', async (method, request) => model.call(method, request))
    return { model, real: { model: inModel, registries, marked: 0 } }
  }

  const names = Object.keys(storages).join(' and ')
  test(`random histories have the same answers from a model and from the registry on ${names}, and leave sound stores`, {
    timeout: 3_600_000,
  }, async () => {
    const history = fc.noBias(fc.commands([command], { maxCommands: MAX_COMMANDS, size: 'max' }))
    const property = fc.asyncProperty(openingCalls, history, async (opening, commands) => {
      const participants = gather()
      for (const call of opening) await ask(participants.real, call)
      await fc.asyncModelRun(() => participants, commands)
      await Promise.all(closingCalls.map((call) => ask(participants.real, call)))
    })
    await fc.assert(property, { seed: SEED, numRuns: HISTORIES })
    for (const location of locations) expect(await problemsIn(location), 'waypost verify').toEqual([])
  })

  if (mongoSkipReason) test.skip(`random histories have the same answers on MongoDB (${mongoSkipReason})`)
})
