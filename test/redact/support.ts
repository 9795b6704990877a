import type { Principal } from '../../src/domain/access/principal.ts'
import type { Writer } from '../../src/domain/entries/new-entry.ts'
import { active } from '../../src/domain/lifecycle.ts'
import { noInfo } from '../../src/domain/revision-info.ts'
import { parseServiceReference } from '../../src/domain/sruid.ts'
import { newId, newSalt } from '../../src/identifiers.ts'
import { Log } from '../../src/store/contract/log.ts'
import type { RewritableStore } from '../../src/store/store.ts'
import type { Random } from '../fuzz/random.ts'

const issuer = 'https://issuer.example'

/** The person whose name is removed. */
export const jane: Principal = { name: 'Jane Doe', issuer, subject: 'jane-1', claims: { email: 'jane@doe.example' } }
/** Another person with the same name. */
export const otherJane: Principal = { name: 'Jane Doe', issuer: 'https://other.example', subject: 'jane-1' }
export const bob: Principal = { name: 'Bob', issuer, subject: 'bob-2' }
export const people = [jane, otherJane, bob] as const
export const person = { issuer, subject: 'jane-1' } as const

/** A writer of the next entry. */
export function writerOf(principal: Principal): Writer {
  return { id: newId(), principal, salt: newSalt(), now: 1_700_000_000_000 }
}

/** A log of a service in which each entry is by a random person. */
export function randomLog(random: Random, name: string, entries: number, writers: readonly Principal[] = people): Log {
  const { service } = parseServiceReference(`my-org/${name}`)
  const log = new Log([], service, { newWriter: () => writerOf(random.pick(writers)) }).register('0.0.1')
  while (log.entries.length < entries) change(log, random)
  return log
}

function change(log: Log, random: Random): void {
  const tag = `1.${random.below(5)}.0`
  const isKnown = log.has(tag)
  const choices: readonly (() => unknown)[] = isKnown
    ? [
        () => log.update(tag, { ...noInfo, description: `d${random.below(1_000)}` }),
        () => log.change(tag, { ...active, deprecation: { message: `m${random.below(9)}`, replacement: null } }),
        () => log.setAlias(random.pick(['beta', 'stable']), tag),
        () => log.setAlias('next'),
        () => log.clearDefault(),
        () => (log.newest.head.defaultTag === tag ? log.endRollout() : log.setRollout(tag)),
        () => log.revert(1 + random.below(log.entries.length)),
      ]
    : [() => log.register(tag, { becomesDefault: random.below(2) === 0, info: { ...noInfo, description: 'x' } })]
  random.pick(choices)()
}

/** The store, which fails after it has rewritten this many entries, as if the process were killed. */
export function killedAfter(store: RewritableStore, count: number): RewritableStore {
  let left = count
  const rewrite: RewritableStore['rewrite'] = async (entries) => {
    const some = entries.slice(0, left)
    left -= some.length
    await store.rewrite(some)
    if (some.length < entries.length) throw new Error('killed')
    return some.length
  }
  return new Proxy(store, {
    get: (target, name) => (name === 'rewrite' ? rewrite : Reflect.get(target, name).bind(target)),
  })
}
