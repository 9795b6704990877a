import { parseAliasName } from '../../src/domain/alias.ts'
import { quote, RegistryError } from '../../src/domain/errors.ts'
import type { ServiceId } from '../../src/domain/sruid.ts'
import { type RevisionScan, type Store, theDefault } from '../../src/store/store.ts'

/** The outcome of each kind of read of a service, by a name of the read: a text of JSON, or the error. */
export type Answers = ReadonlyMap<string, string | Error>

const tags = ['1.0.0', '1.1.0', '1.2.0', '9.9.9']
const scans: readonly RevisionScan[] = [
  { order: 'registration', limit: 100 },
  { order: 'version', limit: 100 },
  { order: 'version', limit: 100, releasesOnly: true },
]

/** Reads a service in every way. */
export async function answersOf(store: Store, service: ServiceId): Promise<Answers> {
  const reads: [string, () => Promise<unknown>][] = [
    ['head', () => store.readHead(service)],
    ['default', () => store.lookup(service, theDefault)],
    ['alias', () => store.lookup(service, { by: 'alias', alias: parseAliasName('beta') })],
    ['log', () => store.readLog(service, { after: 0, limit: 100 })],
    ['request', () => store.findRequest(service, 'r-1')],
    ...tags.flatMap((tag): [string, () => Promise<unknown>][] => [
      [`tag ${tag}`, () => store.lookup(service, { by: 'tag', tag: tag as never })],
      [`change of ${tag}`, () => store.lookupForChange(service, { by: 'tag', tag: tag as never })],
    ]),
    ...scans.map((scan): [string, () => Promise<unknown>] => [
      JSON.stringify(scan),
      () => store.readRevisions(service, scan),
    ]),
  ]
  const answers = new Map<string, string | Error>()
  for (const [name, read] of reads) {
    answers.set(name, await read().then(JSON.stringify, (error: Error) => error))
  }
  return answers
}

/** Whether an answer is the error for a damaged entry of one of these services and generations. */
export function isDamage(answer: unknown, services: readonly string[], generations: readonly unknown[]): boolean {
  if (!(answer instanceof RegistryError) || answer.code !== 'data_loss') return false
  const [, generation, service = ''] = /^entry (\S+) of (.+) is damaged/.exec(answer.message) ?? []
  return (
    generations.map(String).includes(`${generation}`) && services.some((each) => [each, quote(each)].includes(service))
  )
}

/** The states of a service that any prefix of a log shows: each head, each revision, and so on, as JSON. */
export function statesIn(answers: Iterable<Answers>): Set<string> {
  const states = new Set<string>()
  for (const answer of answers)
    for (const text of answer.values()) for (const state of statesOf(text)) states.add(state)
  return states
}

/** The heads, revisions and entries of one answer, as JSON. */
export function statesOf(answer: string | Error | undefined): string[] {
  if (typeof answer !== 'string') return []
  const value = JSON.parse(answer)
  if (value === null) return []
  if (Array.isArray(value)) return value.map((entry) => JSON.stringify(entry))
  const { head, revision, revisions = [], alias } = value
  return [head, revision, alias, ...revisions].filter((part) => part).map((part) => JSON.stringify(part))
}
