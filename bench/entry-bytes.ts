import { BSON } from 'mongodb'
import { anonymous } from '../src/domain/access/principal.ts'
import { active, deleted } from '../src/domain/lifecycle.ts'
import type { Entry, FullRevision } from '../src/domain/log.ts'
import { noInfo, type RevisionInfo } from '../src/domain/revision-info.ts'
import { newId } from '../src/identifiers.ts'
import { Log } from '../src/store/contract/log.ts'
import { service } from '../src/store/contract/support.ts'
import type { Form } from '../src/store/forms/stored-entry.ts'
import { toDocument } from '../src/store/mongodb/documents.ts'
import { toColumns } from '../src/store/sqlite/rows.ts'

/** The sizes of one kind of change, in bytes. */
interface Sizes {
  readonly change: string
  readonly aliases: number
  readonly endpoints: string
  readonly sqlite: Readonly<Record<Form, number>>
  readonly mongodb: Readonly<Record<Form, number>>
}

const infos: Readonly<Record<string, RevisionInfo>> = { none: noInfo, '64 KiB': largeInfo() }

/** The bytes of an entry of each kind of change, in forms 2 and 3, for a service with no or 64 aliases. */
export function entryBytes(): Sizes[] {
  return [0, 64].flatMap((aliases) =>
    Object.entries(infos).flatMap(([endpoints, info]) =>
      changesOf(aliases, info).map(({ change, entry, copied }) => ({
        ...{ change, aliases, endpoints },
        sqlite: bothForms((form) => rowBytes(inForm(entry, copied, form), form)),
        mongodb: bothForms((form) => BSON.calculateObjectSize(toDocument(inForm(entry, copied, form), form))),
      })),
    ),
  )
}

/** The sizes as a Markdown table. */
export function formatSizes(sizes: readonly Sizes[]): string {
  const cells = sizes.map(({ change, aliases, endpoints, sqlite, mongodb }) =>
    [change, aliases, endpoints, sqlite[2], sqlite[3], mongodb[2], mongodb[3]].map((cell) =>
      typeof cell === 'number' ? cell.toLocaleString('en') : cell,
    ),
  )
  const headings = [
    'Change',
    'Aliases',
    'Endpoints',
    'SQLite, form 2',
    'SQLite, form 3',
    'MongoDB, form 2',
    'MongoDB, form 3',
  ]
  const rule = headings.map((_, column) => (column === 0 || column === 2 ? '---' : '---:'))
  return [headings, rule, ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function bothForms(measure: (form: Form) => number): Record<Form, number> {
  return { 2: measure(2), 3: measure(3) }
}

const newWriter = () => ({ id: newId(), principal: anonymous, now: 1_700_000_000_000 })

interface Change {
  readonly change: string
  readonly entry: Entry
  /** The revision that the writers of form 2 copied into the entry, although the entry does not change it. */
  readonly copied: FullRevision | null
}

// Half of the aliases are fixed, and half follow a range. The registration moves all of these.
function changesOf(aliases: number, info: RevisionInfo): Change[] {
  const log = new Log([], service, { newWriter }).register('1.0.0', { info })
  for (let index = 0; index < aliases; index++) log.setAlias(`alias-${index}`, index % 2 === 0 ? '1.0.0' : undefined)
  const after = (change: string, act: () => void, copies = false): Change => {
    act()
    return { change, entry: log.newest, copied: copies ? log.revision('1.1.0') : null }
  }
  const described = { ...info, description: 'What the service does.' }
  return [
    after('register', () => log.register('1.1.0', { info, policy: 'latest-semver' })),
    after('update the description', () => log.update('1.1.0', described)),
    after('deprecate', () =>
      log.change('1.1.0', { ...active, deprecation: { message: 'Use 2.0.0.', replacement: null } }),
    ),
    after('clear the default', () => log.clearDefault(), true),
    ...(aliases === 0 ? [] : [after('set an alias', () => log.setAlias('alias-0', '1.1.0'), true)]),
    after('yank', () => log.change('1.1.0', { ...active, yank: { reason: 'It loses orders.' } })),
    after('delete', () => log.change('1.1.0', deleted)),
  ]
}

function inForm(entry: Entry, copied: FullRevision | null, form: Form): Entry {
  return form === 2 && copied !== null ? ({ ...entry, revision: copied } as Entry) : entry
}

// The bytes of all columns, without those that SQLite adds for the row and its indexes.
function rowBytes(entry: Entry, form: Form): number {
  const values = Object.values(toColumns(entry, form))
  return values.reduce<number>((sum, value) => sum + valueBytes(value), 0)
}

// SQLite stores an integer in at most 8 bytes, these ones in about 6.
function valueBytes(value: string | number | null): number {
  if (value === null) return 0
  return typeof value === 'string' ? Buffer.byteLength(value) : 6
}

// As much as a revision may have.
function largeInfo(): RevisionInfo {
  const endpoint = (index: number) => ({
    protocol: 'https',
    uri: `https://${index}.example.com/${'a'.repeat(1_900)}`,
    metadata: [
      ['first', 'b'.repeat(1_000)],
      ['second', 'c'.repeat(1_000)],
    ] as const,
  })
  return { ...noInfo, endpoints: Array.from({ length: 16 }, (_, index) => endpoint(index)) }
}

if (import.meta.main) console.log(formatSizes(entryBytes()))
