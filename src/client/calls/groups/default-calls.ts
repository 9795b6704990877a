import type { Service } from '../../../../gen/waypost/v1/service_pb.ts'
import { parseSruid } from '../../../domain/sruid.ts'
import type { PolicyDecision, ServiceSummary } from '../../api/answers.ts'
import type { DefaultOptions, ReadOptions } from '../../api/call-options.ts'
import type { Defaults } from '../../api/defaults.ts'
import { type Caller, parseService } from '../caller.ts'
import { check } from '../checks/call-checks.ts'
import { required, toPolicyDecision, toServiceSummary } from '../from-message.ts'
import type { Registry } from '../registry.ts'
import { reasonFields } from '../to-message.ts'

/** The calls about default revisions. */
export class DefaultCalls implements Defaults {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async set(sruid: string, options: DefaultOptions = {}): Promise<ServiceSummary> {
    check.sruid(sruid)
    check.defaultOptions(options)
    const revision = parseSruid(sruid)
    const request = { ...revision, ...reasonFields(options) }
    return this.#caller.change(revision, options, (rpc, to) => rpc.setDefault(request, to), toService)
  }

  async clear(service: string, options: DefaultOptions = {}): Promise<ServiceSummary> {
    check.defaultOptions(options)
    const parsed = parseService(service)
    const request = { ...parsed, ...reasonFields(options) }
    return this.#caller.change(parsed, options, (rpc, to) => rpc.clearDefault(request, to), toService)
  }

  async testPolicy(sruid: string, options: ReadOptions = {}): Promise<PolicyDecision> {
    check.sruid(sruid)
    check.readOptions(options)
    const revision = parseSruid(sruid)
    return this.#caller.ask(options, (rpc, to) => rpc.testPolicy(revision, to), toPolicyDecision)
  }
}

function toService({ service }: { readonly service?: Service | undefined }, registry: Registry): ServiceSummary {
  return toServiceSummary(required(service, 'service', registry))
}
