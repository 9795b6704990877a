import { setTimeout } from 'node:timers/promises'
import type { Fields } from '../support/api.ts'
import type { Subject } from '../support/behaviour.ts'
import { followPages } from './pages.ts'

/** The changes of the service of a test, the newest first. It reads all pages. */
export async function changesOf({ call }: Pick<Subject, 'call'>, request: Fields = {}): Promise<readonly Fields[]> {
  const pages = await followPages((page_token) => call('listChanges', { page_token, ...request }))
  return pages.flatMap(({ changes = [] }) => changes as Fields[])
}

/** The generations of changes. A number of 64 bits is a text in JSON. */
export function generationsOf(changes: readonly Fields[]): number[] {
  return changes.map(({ generation }) => Number(generation))
}

/** The newest generation of the service of a test. */
export async function newestGeneration(subject: Pick<Subject, 'call'>): Promise<number> {
  const { changes } = await subject.call('listChanges', { page_size: 1 })
  return Number((changes as Fields[])[0]?.generation)
}

/** Waits until a change gets a later time than those before. */
export async function laterTime(): Promise<void> {
  await setTimeout(3)
}

/** The differences of a change as texts, such as `default: 1.0.0 → 2.0.0`. */
export function differencesIn({ differences = [] }: Fields): string[] {
  return (differences as Fields[]).map(({ field, before, after }) => `${field}: ${before} → ${after}`)
}
