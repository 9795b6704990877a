import type { Alias } from '../../../../gen/waypost/v1/service_pb.ts'
import type { ServiceId } from '../../../domain/sruid.ts'
import type { Aliases } from '../../api/aliases.ts'
import type { ServiceAlias } from '../../api/answers.ts'
import type { AliasTarget, EtagOptions, ReadAliasOptions } from '../../api/call-options.ts'
import type { DeleteResult } from '../../api/effect.ts'
import { type Caller, parseService } from '../caller.ts'
import { check } from '../checks/call-checks.ts'
import { effectOf, required, toServiceAlias } from '../from-message.ts'
import type { Registry } from '../registry.ts'
import { atFields, etagFields, withoutUndefined } from '../to-message.ts'

/** The calls about aliases. */
export class AliasCalls implements Aliases {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async get(service: string, alias: string, options: ReadAliasOptions = {}): Promise<ServiceAlias> {
    check.readAliasOptions(options)
    const request = { ...parseAlias(service, alias), ...atFields(options.at) }
    return this.#caller.ask(options, (rpc, to) => rpc.getAlias(request, to), toAlias)
  }

  async set(service: string, alias: string, target: AliasTarget, options: EtagOptions = {}): Promise<ServiceAlias> {
    check.target(target)
    check.etagOptions(options)
    const named = parseAlias(service, alias)
    const request = { ...named, ...withoutUndefined(target), ...etagFields(options) }
    return this.#caller.change(named, options, (rpc, to) => rpc.setAlias(request, to), toAlias)
  }

  async delete(service: string, alias: string, options: EtagOptions = {}): Promise<DeleteResult> {
    check.etagOptions(options)
    const named = parseAlias(service, alias)
    const request = { ...named, ...etagFields(options) }
    return this.#caller.change(named, options, (rpc, to) => rpc.deleteAlias(request, to), effectOf)
  }

  async list(service: string, options: ReadAliasOptions = {}): Promise<readonly ServiceAlias[]> {
    check.readAliasOptions(options)
    const request = { ...parseService(service), ...atFields(options.at) }
    return this.#caller.ask(
      options,
      (rpc, to) => rpc.listAliases(request, to),
      ({ aliases }) => aliases.map(toServiceAlias),
    )
  }
}

function parseAlias(service: string, alias: string): ServiceId & { readonly alias: string } {
  const parsed = parseService(service)
  check.alias(alias)
  return { ...parsed, alias }
}

function toAlias({ alias }: { readonly alias?: Alias | undefined }, registry: Registry): ServiceAlias {
  return toServiceAlias(required(alias, 'alias', registry))
}
