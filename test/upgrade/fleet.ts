import { afterEach, beforeEach, describe } from 'vitest'
import { type Api, apis } from '../support/api.ts'
import { type CreateStorage, describeOnEachStore } from '../support/each-store.ts'
import { eventually } from '../support/eventually.ts'
import type { StoredForm } from '../support/form-2.ts'
import { oldVersion } from '../support/old-version.ts'
import { type Finished, runWaypost, type ServeProcess, spawnServe } from '../support/serve.ts'
import type { Storage } from '../support/storage.ts'
import { Writer } from './writer.ts'

/** How long each step of a test lasts at least. A longer run: WAYPOST_UPGRADE_SECONDS=60 npm run test:slow -- test/upgrade */
const SECONDS = Number(process.env.WAYPOST_UPGRADE_SECONDS ?? 1)
const TIMEOUT_MS = 120_000 + 10_000 * SECONDS

const old = await oldVersion()
const skipReason = 'unavailable' in old ? old.unavailable : undefined

/** A store, and the servers and clients that use it. */
export class Fleet {
  readonly storage: Storage
  readonly #servers: ServeProcess[] = []
  readonly #apis: Api[] = []
  #writers = 0

  constructor(storage: Storage) {
    this.storage = storage
  }

  get #flags(): string[] {
    return ['--store', this.storage.location]
  }

  /** Starts a server of this version. */
  serve(): Promise<ServeProcess> {
    return this.#start()
  }

  /** Starts a server of the older version. */
  serveOld(): Promise<ServeProcess> {
    return this.#start('main' in old ? old.main : undefined)
  }

  /** A client of a server. */
  open(server: ServeProcess): Api {
    const api = apis.Connect(server.url)
    this.#apis.push(api)
    return api
  }

  /** Clients of a server, one over each protocol, which begin to write. */
  write(server: ServeProcess): Writer[] {
    const writers = Object.values(apis).map((open) => new Writer(open(server.url), this.#writers++))
    for (const writer of writers) writer.start()
    return writers
  }

  /** Finishes the upgrade, as a person does. */
  finish(): Promise<Finished> {
    return runWaypost(['upgrade', '--finish', ...this.#flags])
  }

  async #start(main?: string): Promise<ServeProcess> {
    const server = await spawnServe(this.#flags, {}, { main })
    this.#servers.push(server)
    return server
  }

  async close(): Promise<void> {
    for (const api of this.#apis) api.close()
    await Promise.all(this.#servers.map((server) => server.stop()))
    await this.storage.remove()
  }
}

/** Waits for some time, and until each writer has got some more answers of this kind. */
export async function goesOn(writers: readonly Writer[], count: (writer: Writer) => number, least = 5): Promise<void> {
  const before = writers.map(count)
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000))
  await eventually('every client has got its answers', async () =>
    writers.every((writer, index) => count(writer) >= (before[index] ?? 0) + least),
  )
}

/** The number of acknowledged changes of a client. */
export const acknowledged = (writer: Writer) => writer.count

/** The number of refused changes of a client. */
export const refused = (writer: Writer) => writer.refusals.length

/** The entries of form 2 that follow one of form 3 in their service. */
export function misplaced(forms: readonly StoredForm[]): StoredForm[] {
  return forms.filter(({ service, form }, index) => {
    const before = forms[index - 1]
    return form === 2 && before?.form === 3 && before.service === service
  })
}

/** Describes tests with a fleet of old and new servers, on each kind of store. Each test has its own. */
export function describeFleets(name: string, define: (fleet: () => Fleet) => void): void {
  const title = skipReason === undefined ? name : `${name} (${skipReason})`
  describe.skipIf(skipReason)(title, { timeout: TIMEOUT_MS }, () => {
    describeOnEachStore(name, (createStorage: CreateStorage) => {
      let fleet: Fleet
      beforeEach(async () => {
        fleet = new Fleet(await createStorage())
      })
      afterEach(() => fleet.close())
      define(() => fleet)
    })
  })
}
