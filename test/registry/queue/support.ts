import { composeRegistry, openStore } from '../../../src/compose.ts'
import { parseStore } from '../../../src/config/store-location.ts'
import { parseAliasName } from '../../../src/domain/alias.ts'
import type { Entry } from '../../../src/domain/log.ts'
import { builtInPolicy, type NamedPolicy } from '../../../src/domain/policies/default-policy.ts'
import { noInfo } from '../../../src/domain/revision-info.ts'
import { formatServiceId, formatSruid, parseServiceId, parseSruid } from '../../../src/domain/sruid.ts'
import { parseVersionRange } from '../../../src/domain/versions/version-range.ts'
import { setAlias } from '../../../src/registry/aliases/set-alias.ts'
import type { Caller } from '../../../src/registry/core/caller.ts'
import type { RegistryDeps } from '../../../src/registry/core/registry-deps.ts'
import { clearDefault, setDefault } from '../../../src/registry/defaults/set-default.ts'
import { unyank, yank } from '../../../src/registry/revisions/lifecycle.ts'
import { register } from '../../../src/registry/revisions/register.ts'
import { updateRevision } from '../../../src/registry/revisions/update-revision.ts'
import type { Store } from '../../../src/store/store.ts'
import { readEntries } from '../../../src/transfer/read-pinned.ts'
import { caller } from '../../support/caller.ts'
import { collect } from '../../support/collect.ts'
import { sqliteStorage } from '../../support/storage.ts'

/** The service of all changes that name no other. */
export const service = parseServiceId('my-org', 'my-service')

/** The options of one change. */
interface Asked {
  readonly requestId?: string
  /** Two requests with the same id and different contents are different requests. */
  readonly content?: string
  readonly validateOnly?: boolean
  readonly etag?: string
  readonly caller?: Caller
}

interface Registering extends Asked {
  readonly isDefault?: boolean
}

/** The use cases over a store whose appends a test sees and decides about. */
export class ContendedRegistry {
  /** The generations of each append, in the order of the appends. */
  readonly appends: number[][] = []
  readonly store: Store
  readonly deps: RegistryDeps
  /** Is called before each append. If it resolves with a number, nothing is stored, and that is the result. */
  beforeAppend: (entries: readonly Entry[]) => Promise<number | undefined> = async () => undefined
  /** Is called before each lookup for a change. */
  beforeLookup: (tag: string) => Promise<void> = async () => {}

  constructor(store: Store, policy: NamedPolicy = builtInPolicy('latest-semver')) {
    this.store = store
    this.deps = composeRegistry(this.#watched(store), policy)
  }

  register(tag: string, asked: Registering = {}) {
    return this.registerAt(formatSruid(toSruid(tag)), asked)
  }

  registerAt(sruid: string, asked: Registering = {}) {
    const { isDefault = null } = asked
    const said = { sruid: parseSruid(sruid), requestedDefault: isDefault, info: noInfo, ...command(asked) }
    return register(this.deps, said, asked.caller ?? caller)
  }

  update(tag: string, description: string, asked: Asked = {}) {
    const said = { replaced: { description }, setLabels: [], removeLabels: [], ...command(asked) }
    return updateRevision(this.deps, { sruid: toSruid(tag), ...said }, asked.caller ?? caller)
  }

  yank(tag: string) {
    return yank(this.deps, { sruid: toSruid(tag), reason: '', ifDefault: 'move', ...command({}) }, caller)
  }

  unyank(tag: string) {
    return unyank(this.deps, { sruid: toSruid(tag), ...command({}) }, caller)
  }

  setDefault(tag: string, asked: Asked = {}) {
    const { revisionTag } = toSruid(tag)
    return setDefault(this.deps, { service, revisionTag, reason: '', ...command(asked) }, caller)
  }

  clearDefault(asked: Asked = {}) {
    return clearDefault(this.deps, { service, reason: '', ...command(asked) }, caller)
  }

  setAliasToRange(alias: string, range: string) {
    const target = { range: parseVersionRange(range) }
    const said = { service, alias: parseAliasName(alias), target, ...command({}) }
    return setAlias(this.deps, said, caller)
  }

  /** Registers in the way of another process. */
  async registerElsewhere(tag: string): Promise<void> {
    await new ContendedRegistry(this.store).register(tag, { isDefault: false })
  }

  async log(): Promise<Entry[]> {
    const generation = (await this.store.readHead(service))?.generation ?? 0
    return (await collect(readEntries(this.store, { service, generation }))).flat()
  }

  async tags(): Promise<string[]> {
    return (await this.log()).map(({ revision }) => revision?.revisionTag ?? '')
  }

  #watched(store: Store): Store {
    const appendAll = async (entries: readonly Entry[]) => {
      this.appends.push(entries.map(({ generation }) => generation))
      return (await this.beforeAppend(entries)) ?? store.appendAll(entries)
    }
    const append = async (entry: Entry) => ((await appendAll([entry])) === 1 ? 'appended' : 'generation-taken')
    const lookupForChange: Store['lookupForChange'] = async (of, selector, generation) => {
      if (generation === undefined && selector.by === 'tag') await this.beforeLookup(selector.tag)
      return store.lookupForChange(of, selector, generation)
    }
    return withMethods(store, { append, appendAll, lookupForChange })
  }
}

/** The store with other methods. */
export function withMethods(store: Store, methods: Partial<Store>): Store {
  return new Proxy(store, {
    get: (target, name) =>
      Object.hasOwn(methods, name) ? Reflect.get(methods, name) : Reflect.get(target, name).bind(target),
  })
}

/** Runs a test with a registry over an empty store. */
export async function withContention(
  run: (registry: ContendedRegistry) => Promise<void>,
  policy?: NamedPolicy,
): Promise<void> {
  const storage = await sqliteStorage()
  const store = await openStore(parseStore(storage.location))
  try {
    await run(new ContendedRegistry(store, policy))
  } finally {
    await store.close()
    await storage.remove()
  }
}

/** A caller that can end its call. */
export function cancellable() {
  const controller = new AbortController()
  return { caller: { ...caller, signal: controller.signal }, cancel: () => controller.abort(new Error('canceled')) }
}

function toSruid(tag: string) {
  return parseSruid(`${formatServiceId(service)}:${tag}`)
}

function command({ requestId, content = '', validateOnly = false, etag = '' }: Asked) {
  const mark = { id: requestId ?? '', fingerprint: content }
  const request = { mark, isSameAs: (earlier: typeof mark) => earlier.fingerprint === content }
  return { request: requestId === undefined ? null : request, validateOnly, etag }
}
