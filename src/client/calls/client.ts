import { parseSruid } from '../../domain/sruid.ts'
import type { CallToken, CallTokenOptions, WhoAmIOptions, WhoAmIResult } from '../api/access.ts'
import type { Aliases } from '../api/aliases.ts'
import type { RegisterResult, ServiceRevision } from '../api/answers.ts'
import type { GetOptions, RegisterOptions } from '../api/call-options.ts'
import type { RegistryClientOptions } from '../api/client-options.ts'
import type { Defaults } from '../api/defaults.ts'
import type { History } from '../api/history.ts'
import type { RegistryClient } from '../api/registry-client.ts'
import type { Revisions } from '../api/revisions.ts'
import type { Rollouts } from '../api/rollouts.ts'
import type { Services } from '../api/services.ts'
import type { Connection, ConnectionOptions } from '../transports/connection.ts'
import { toWhoAmIResult } from './access/access-message.ts'
import { Caller } from './caller.ts'
import { check } from './checks/call-checks.ts'
import { parseCache, parseRegistries, parseTimeout } from './checks/client-checks.ts'
import { toRevision } from './from-message.ts'
import { AliasCalls } from './groups/alias-calls.ts'
import { DefaultCalls } from './groups/default-calls.ts'
import { HistoryCalls } from './groups/history-calls.ts'
import { RevisionCalls } from './groups/revision-calls.ts'
import { RolloutCalls } from './groups/rollout-calls.ts'
import { ServiceCalls } from './groups/service-calls.ts'
import { Registry } from './registry.ts'
import { toRegisterRequest, withoutUndefined } from './to-message.ts'

/** Opens a client over the connections that a platform has. The options have passed their checks. */
export function openClient(
  options: RegistryClientOptions,
  connect: (registry: ConnectionOptions) => Connection,
): RegistryClient {
  const { interceptors = [], cache } = options
  const opened = parseRegistries(options).map((settings) => {
    const { baseUrl, tls, tlsField } = settings
    const connection = connect({ baseUrl, tls, tlsField, interceptors })
    return { registry: new Registry(settings, connection), close: connection.close }
  })
  const caller = new Caller({
    registries: opened.map(({ registry }) => registry),
    timeoutMs: parseTimeout(options.timeoutMs),
    cache: cache && parseCache(cache),
  })
  return new ComposedClient(caller, () => {
    for (const { close } of opened) close()
  })
}

class ComposedClient implements RegistryClient {
  readonly revisions: Revisions
  readonly aliases: Aliases
  readonly defaults: Defaults
  readonly rollouts: Rollouts
  readonly history: History
  readonly services: Services
  readonly #caller: Caller
  readonly #closeConnections: () => void

  constructor(caller: Caller, closeConnections: () => void) {
    this.#caller = caller
    this.#closeConnections = closeConnections
    this.revisions = new RevisionCalls(caller)
    this.aliases = new AliasCalls(caller)
    this.defaults = new DefaultCalls(caller)
    this.rollouts = new RolloutCalls(caller)
    this.history = new HistoryCalls(caller)
    this.services = new ServiceCalls(caller)
  }

  async register(sruid: string, options: RegisterOptions = {}): Promise<RegisterResult> {
    check.sruid(sruid)
    check.registerOptions(options)
    const revision = parseSruid(sruid)
    const request = toRegisterRequest(revision, options)
    return this.#caller.change(
      revision,
      options,
      (rpc, to) => rpc.register(request, to),
      (response, registry) => ({ revision: toRevision(response, registry), replayed: response.replayed }),
    )
  }

  async get(service: string, options: GetOptions = {}): Promise<ServiceRevision> {
    check.service(service)
    check.getOptions(options)
    return this.#caller.findKept(service, options) ?? this.#caller.lookUp(service, options)
  }

  async whoAmI(options: WhoAmIOptions = {}): Promise<WhoAmIResult> {
    check.whoAmIOptions(options)
    const { permission, resource } = options
    const request = withoutUndefined({ permission, resource })
    return this.#caller.ask(options, (rpc, to) => rpc.whoAmI(request, to), toWhoAmIResult)
  }

  async callToken(service: string, options: CallTokenOptions = {}): Promise<CallToken> {
    check.service(service)
    check.callTokenOptions(options)
    return this.#caller.callToken(service, options)
  }

  async close(): Promise<void> {
    this.#caller.close()
    this.#closeConnections()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
