/** The parts of a registry's state that an import may change or keep, in the order of a report. */
export const kinds = [
  'registration',
  'information',
  'deprecated',
  'undeprecated',
  'yanked',
  'unyanked',
  'deleted',
  'default',
  'alias set',
  'alias deleted',
  'rollout',
] as const

/**
 * One of `kinds`. `registration` is the time, the author and the `is_default` of a registration, which never change.
 * `information` is everything that an update can change.
 */
export type Kind = (typeof kinds)[number]

/** The result for one record of an input. */
export interface Outcome {
  /** Whether the record made a new revision or a new service. */
  isAdded: boolean
  /** The effect on its `is_default`, which the record of the service or of another revision may have changed. */
  defaultIs: 'changed' | 'kept' | 'same'
  /** The changes of a revision or a service that existed before the import, each with a text for people. */
  readonly changed: [Kind, string][]
  /** The differences that stay, because somebody has changed that part on this registry. */
  readonly kept: [Kind, string][]
  /** The reasons why the record, or a part of it, is refused. */
  readonly problems: string[]
}

/** The outcome of a record before anything is known. */
export function newOutcome(): Outcome {
  return { isAdded: false, defaultIs: 'same', changed: [], kept: [], problems: [] }
}

/** Adds a difference that stays, unless an earlier attempt has already added it. */
export function keep({ kept }: Outcome, kind: Kind, text: string): void {
  if (!kept.some(([otherKind, other]) => otherKind === kind && other === text)) kept.push([kind, text])
}

/** The numbers of records and of their parts so far, by result. A record counts once, by its first result that applies. */
export interface Counts {
  refused: number
  added: number
  /** Records that changed an existing revision or service. */
  changed: number
  /** Records that differ from the store and changed nothing, because somebody has changed that part here. */
  kept: number
  /** Records that were already stored with the same content. */
  alreadyThere: number
  /** Records of another kind, such as other models of a dump. */
  skipped: number
  /** The numbers of changed parts, of kept parts, and of skipped records, by their kinds. */
  readonly parts: Readonly<Record<'changed' | 'kept', Map<Kind, number>>> & { readonly skipped: Map<string, number> }
}

/** The counts before the first record. */
export function noCounts(): Counts {
  const parts = { changed: new Map(), kept: new Map(), skipped: new Map() }
  return { refused: 0, added: 0, changed: 0, kept: 0, alreadyThere: 0, skipped: 0, parts }
}

/** Counts a record. */
export function countOutcome(counts: Counts, { isAdded, defaultIs, changed, kept, problems }: Outcome): void {
  if (problems.length > 0) counts.refused++
  else if (isAdded) counts.added++
  else if (changed.length > 0 || defaultIs === 'changed') counts.changed++
  else if (kept.length > 0 || defaultIs === 'kept') counts.kept++
  else counts.alreadyThere++
  for (const [kind] of changed) increase(counts.parts.changed, kind)
  for (const [kind] of kept) increase(counts.parts.kept, kind)
}

/** The most models of skipped records that are counted by their names. An input may have any number of names. */
const MAX_MODELS = 20

/** Counts a record of another model. */
export function countSkipped(counts: Counts, model: string): void {
  const { skipped } = counts.parts
  const isKnown = skipped.has(model) || skipped.size < MAX_MODELS
  counts.skipped++
  increase(skipped, isKnown && /^[\w.-]{1,100}$/.test(model) ? model : 'others')
}

function increase<K>(numbers: Map<K, number>, key: K): void {
  numbers.set(key, (numbers.get(key) ?? 0) + 1)
}
