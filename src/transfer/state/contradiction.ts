import type { RevisionTag } from '../../domain/revision-tag.ts'
import { formatSruid } from '../../domain/sruid.ts'
import type { Line } from '../importing.ts'
import type { LineSorter } from '../line-sorter.ts'
import type { RevisionRecord, ServiceRecord } from '../record/records.ts'

// If records of one input say different things, each import would change the state of the last one again.

/** Finds records of one service that say different things of the same revision. */
export class Contradictions {
  readonly #sorter: LineSorter
  /** The indexes of the first records. The records may be large. */
  readonly #first = new Map<RevisionTag, number>()

  constructor(sorter: LineSorter) {
    this.#sorter = sorter
  }

  /**
   * The problem of a record if an earlier one of its revision says something else. Records of django-twined never have
   * one: they can only differ in the default, for which the last one counts.
   */
  find({ index, record }: Line<RevisionRecord>): string | undefined {
    if (record.isPartial) return undefined
    const { revisionTag } = record.sruid
    const first = this.#first.get(revisionTag)
    if (first === undefined) {
      this.#first.set(revisionTag, index)
      return undefined
    }
    const [[other] = []] = this.#sorter.revisionsAt([first])
    return isSame(other?.record, record) ? undefined : problemOf(formatSruid(record.sruid), first)
  }
}

/** The problem of a record of a service if an earlier one of them says another default, other aliases or another rollout. */
export function findContradiction(
  service: string,
  all: readonly Line<ServiceRecord>[],
  { defaultTag, defaultRule, aliases, rollout }: ServiceRecord,
): string | undefined {
  const withDefault = all.find(({ record }) => record.defaultTag !== undefined)
  const first = withDefault?.record
  const isOther = first?.defaultTag !== defaultTag || !isSame(first?.defaultRule, defaultRule)
  if (withDefault !== undefined && defaultTag !== undefined && isOther) return problemOf(service, withDefault.index)
  const withAliases = all.find(({ record }) => record.aliases !== undefined)
  const areOthers = aliases !== undefined && !isSame(withAliases?.record.aliases, aliases)
  if (withAliases !== undefined && areOthers) return problemOf(service, withAliases.index)
  const withRollout = all.find(({ record }) => record.rollout !== undefined)
  const isOtherRollout = rollout !== undefined && !isSame(withRollout?.record.rollout, rollout)
  return withRollout !== undefined && isOtherRollout ? problemOf(service, withRollout.index) : undefined
}

// A parser makes the keys of each record in the same order.
function isSame<T>(a: T | undefined, b: T): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function problemOf(subject: string, index: number): string {
  return `${subject} has other values in record ${index} of the input; remove one of the two records.`
}
