import { type Shape, serviceName, tagOf, timeOf } from '../fill.ts'
import type { ExpectedGet } from '../gets.ts'

export const CHANGES = 1_000_000
export const PAGE_SIZE = 100

// These states are on more pages of the file than SQLite's cache has.
const MAX_PATHS = 50_000

/** The shape of a registry with one service and a million changes, one each second. Each registers a higher version. */
export function millionChanges(): Shape & { readonly since: number } {
  return { services: 1, revisionsEach: CHANGES, since: Date.now() - (CHANGES + 1) * 1_000 }
}

/** A path below that of the service. */
export function pathOf(rest: string): string {
  return `/services/bench/${serviceName(0)}${rest}`
}

/** Any generation. */
export function anyGeneration(): number {
  return 1 + Math.floor(Math.random() * CHANGES)
}

/** A time between a change and the next one. */
export function timeAfter(since: number, generation: number): number {
  return timeOf(since, generation - 1) + 500
}

/** Gets of the same revisions: as the default of any generation, as the default at any time, and by their tags. */
export function getsOfPast(since: number): Readonly<Record<'byGeneration' | 'byTime' | 'byTag', ExpectedGet[]>> {
  const generations = Array.from({ length: MAX_PATHS }, anyGeneration)
  const toTime = (generation: number) => new Date(timeAfter(since, generation)).toISOString()
  return {
    byGeneration: generations.map((generation) => toGet(`?at_generation=${generation}`, ofPast(generation))),
    byTime: generations.map((generation) => toGet(`?at_time=${toTime(generation)}`, ofPast(generation))),
    byTag: generations.map((generation) => toGet(`?revision_tag=${tagOf(generation - 1)}`, ofTag(generation))),
  }
}

function toGet(query: string, answer: object): ExpectedGet {
  return { path: pathOf(query), body: JSON.stringify(answer) }
}

// Each change made its revision the default.
function ofPast(generation: number): object {
  return { ...revisionOf(generation), is_default: true, generation: String(generation) }
}

function ofTag(generation: number): object {
  return { ...revisionOf(generation), is_default: generation === CHANGES }
}

function revisionOf(generation: number): object {
  return { namespace: 'bench', name: serviceName(0), revision_tag: tagOf(generation - 1) }
}
