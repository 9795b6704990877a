import { parseSruid, type Sruid } from '../../../domain/sruid.ts'
import type { ServiceRevision, YankResult } from '../../api/answers.ts'
import type {
  DeleteOptions,
  DeprecateOptions,
  EtagOptions,
  ListRevisionsOptions,
  RevisionChanges,
  YankOptions,
} from '../../api/call-options.ts'
import type { DeleteResult } from '../../api/effect.ts'
import type { Revisions } from '../../api/revisions.ts'
import { type Caller, parseService } from '../caller.ts'
import { check } from '../checks/call-checks.ts'
import { effectOf, toRevision, toServiceRevision } from '../from-message.ts'
import { defaultActions, etagFields, listFields, toListRevisionsFilter, toUpdateFields } from '../to-message.ts'

/** The calls about revisions. */
export class RevisionCalls implements Revisions {
  readonly #caller: Caller

  constructor(caller: Caller) {
    this.#caller = caller
  }

  async *list(service: string, options: ListRevisionsOptions = {}): AsyncGenerator<ServiceRevision> {
    check.listRevisionsOptions(options)
    const filter = { ...parseService(service), ...toListRevisionsFilter(options) }
    yield* this.#caller.list(
      options,
      (token) => (rpc, to) => rpc.listRevisions({ ...filter, ...listFields(options, token) }, to),
      ({ revisions, nextPageToken }) => ({ items: revisions.map(toServiceRevision), nextPageToken }),
    )
  }

  async update(sruid: string, changes: RevisionChanges, options: EtagOptions = {}): Promise<ServiceRevision> {
    check.changes(changes)
    check.etagOptions(options)
    const revision = parseRevision(sruid)
    const request = { ...revision, ...toUpdateFields(changes), ...etagFields(options) }
    return this.#caller.change(revision, options, (rpc, to) => rpc.updateRevision(request, to), toRevision)
  }

  async deprecate(sruid: string, options: DeprecateOptions = {}): Promise<ServiceRevision> {
    check.deprecateOptions(options)
    const revision = parseRevision(sruid)
    const { message = '', replacement = '' } = options
    const request = { ...revision, message, replacement, ...etagFields(options) }
    return this.#caller.change(revision, options, (rpc, to) => rpc.deprecate(request, to), toRevision)
  }

  async undeprecate(sruid: string, options: EtagOptions = {}): Promise<ServiceRevision> {
    check.etagOptions(options)
    const revision = parseRevision(sruid)
    const request = { ...revision, ...etagFields(options) }
    return this.#caller.change(revision, options, (rpc, to) => rpc.undeprecate(request, to), toRevision)
  }

  async yank(sruid: string, options: YankOptions = {}): Promise<YankResult> {
    check.yankOptions(options)
    const revision = parseRevision(sruid)
    const { reason = '', ifDefault = 'MOVE' } = options
    const request = { ...revision, reason, ifDefault: defaultActions[ifDefault], ...etagFields(options) }
    return this.#caller.change(
      revision,
      options,
      (rpc, to) => rpc.yank(request, to),
      (response, registry) => ({
        revision: toRevision(response, registry),
        defaultRevisionTag: response.defaultRevisionTag || undefined,
      }),
    )
  }

  async unyank(sruid: string, options: EtagOptions = {}): Promise<ServiceRevision> {
    check.etagOptions(options)
    const revision = parseRevision(sruid)
    const request = { ...revision, ...etagFields(options) }
    return this.#caller.change(revision, options, (rpc, to) => rpc.unyank(request, to), toRevision)
  }

  async delete(sruid: string, options: DeleteOptions): Promise<DeleteResult> {
    check.deleteOptions(options)
    const revision = parseRevision(sruid)
    const request = { ...revision, ...etagFields(options) }
    return this.#caller.change(revision, options, (rpc, to) => rpc.deleteRevision(request, to), effectOf)
  }
}

function parseRevision(sruid: string): Sruid {
  check.sruid(sruid)
  return parseSruid(sruid)
}
