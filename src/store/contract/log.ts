import assert from 'node:assert/strict'
import { type Alias, parseAliasName } from '../../domain/alias.ts'
import {
  aliasEntry,
  defaultEntry,
  type Registration,
  registrationEntry,
  revertEntry,
  revisionEntry,
  rolloutEntry,
  type Writer,
} from '../../domain/entries/new-entry.ts'
import { registeredInfoAfter } from '../../domain/entries/replay.ts'
import {
  type FullHead,
  findAlias,
  withAlias,
  withChoices,
  withDefault,
  withoutAlias,
  withRollout,
} from '../../domain/head.ts'
import type { Lifecycle } from '../../domain/lifecycle.ts'
import { type Entry, type FullHeadSnapshot, type FullRevision, snapshotAfter } from '../../domain/log.ts'
import type { RevisionInfo } from '../../domain/revision-info.ts'
import type { RevisionTag } from '../../domain/revision-tag.ts'
import { allocate } from '../../domain/rollout/allocate.ts'
import { withHeld } from '../../domain/rollout/change-rollout.ts'
import { BUCKETS, type Rollout } from '../../domain/rollout/rollout.ts'
import type { ServiceId } from '../../domain/sruid.ts'
import { type Keeps, keepsAll, service, writer } from './support.ts'

interface LogOptions {
  /** See `ContractHarness`. */
  readonly keeps?: Keeps
  /** Makes the author of each entry. Default: the same author at the same time. */
  readonly newWriter?: () => Writer
}

/** Makes the entries of one service, each based on the stored one before, as the use cases do. */
export class Log {
  readonly service: ServiceId
  /** The entries that the log began with, and the new ones, to append. */
  readonly entries: Entry[]
  /** The same entries as the storage returns them. */
  readonly stored: Entry[]
  readonly #keeps: Keeps
  readonly #newWriter: () => Writer

  constructor(stored: readonly Entry[] = [], of: ServiceId = service, options: LogOptions = {}) {
    this.service = of
    this.entries = [...stored]
    this.stored = [...stored]
    this.#keeps = options.keeps ?? keepsAll
    this.#newWriter = options.newWriter ?? writer
  }

  /** The newest entry as the storage returns it. */
  get newest(): Entry {
    const newest = this.stored.at(-1)
    assert.ok(newest)
    return newest
  }

  /** The newest entry, to append. */
  get next(): Entry {
    const next = this.entries.at(-1)
    assert.ok(next)
    return next
  }

  /** The state that the next entry builds on, as a store reads it. */
  get snapshot(): FullHeadSnapshot {
    return snapshotAfter(this.newest)
  }

  /** Whether an entry has changed a revision with this tag. */
  has(text: string | null | undefined): text is string {
    return this.stored.some(({ revision }) => revision?.revisionTag === text)
  }

  /** The revision as its newest entry left it. */
  revision(text: string): FullRevision {
    const found = this.stored.findLast(({ revision }) => revision?.revisionTag === text)?.revision
    assert.ok(found)
    return found
  }

  /** The alias as the newest entry left it. */
  alias(text: string): Alias {
    const found = findAlias(this.newest.head, parseAliasName(text))
    assert.ok(found)
    return found
  }

  register(text: string, more: Partial<Registration> = {}): this {
    const sruid = { ...this.service, revisionTag: text as RevisionTag }
    const said = { ...this.#newWriter(), sruid, requestedDefault: null, becomesDefault: true, ...more }
    return this.#add(registrationEntry(this.stored.length === 0 ? null : this.snapshot, said))
  }

  update(text: string, info: RevisionInfo): this {
    const before = this.revision(text)
    const revision = { ...before, info, registeredInfo: registeredInfoAfter(before, info) }
    const change = { event: 'revision-updated', before, revision, head: this.newest.head } as const
    return this.#add(revisionEntry(this.snapshot, change, this.#newWriter()))
  }

  change(text: string, lifecycle: Lifecycle): this {
    const before = this.revision(text)
    const head = this.#headWith(text, lifecycle)
    const left = { ...head, revisionCount: head.revisionCount - (lifecycle.isDeleted ? 1 : 0) }
    const event = lifecycle.isDeleted ? 'revision-deleted' : 'revision-yanked'
    const change = { event, before, revision: { ...before, lifecycle }, head: left } as const
    return this.#add(revisionEntry(this.snapshot, change, this.#newWriter()))
  }

  /** Yanks a revision as a caller does, who gives a reason. */
  yank(text: string, reason: string): this {
    const before = this.revision(text)
    const lifecycle = { ...before.lifecycle, yank: { reason } }
    const head = this.#headWith(text, lifecycle)
    const change = { event: 'revision-yanked', before, revision: { ...before, lifecycle }, head, reason } as const
    return this.#add(revisionEntry(this.snapshot, change, this.#newWriter()))
  }

  /** Sets an alias that is fixed to a tag, or that follows the range `^1` and points nowhere. */
  setAlias(text: string, target?: string): this {
    const name = parseAliasName(text)
    const follows = target === undefined ? { range: '^1', includePrerelease: true } : null
    const said = this.#newWriter()
    const tag = target === undefined ? null : (target as RevisionTag)
    const head = withAlias(this.newest.head, { name, follows, tag, etag: said.id, isImported: false })
    const change = { event: 'alias-set', head, reason: 'why', service: this.service, alias: name } as const
    return this.#add(aliasEntry(this.snapshot, change, said))
  }

  deleteAlias(text: string): this {
    const alias = parseAliasName(text)
    const head = withoutAlias(this.newest.head, alias)
    const change = { event: 'alias-deleted', head, service: this.service, alias } as const
    return this.#add(aliasEntry(this.snapshot, change, this.#newWriter()))
  }

  /** Yanks a revision, and moves one alias elsewhere with it. */
  yankAndMove(text: string, alias: string, target: string | null): this {
    const before = this.revision(text)
    const said = this.#newWriter()
    const { highestSemver, highestRelease } = this.newest.head
    const aliasTargets = new Map([[parseAliasName(alias), target as RevisionTag | null]])
    const head = withChoices(this.newest.head, { highestSemver, highestRelease, aliasTargets }, said.id)
    const revision = { ...before, lifecycle: { ...before.lifecycle, yank: { reason: 'broken' } } }
    return this.#add(revisionEntry(this.snapshot, { event: 'revision-yanked', before, revision, head }, said))
  }

  clearDefault(): this {
    const said = this.#newWriter()
    const rule = { by: 'hand', policy: null, reason: '', actor: said.principal.name, time: said.now } as const
    const head = withDefault(this.newest.head, null, rule)
    const change = { event: 'default-cleared', head, service: this.service } as const
    return this.#add(defaultEntry(this.snapshot, change, said))
  }

  /**
   * Begins a rollout in which each of these revisions has a tenth of the buckets, or changes the one that runs. The first of
   * them has a pinned key.
   */
  setRollout(...tags: readonly string[]): this {
    const said = this.#newWriter()
    const rollout = this.#rolloutOf(tags as readonly RevisionTag[], said)
    const head = withRollout(this.newest.head, rollout)
    const change = { event: 'rollout-set', head, reason: 'why', service: this.service } as const
    return this.#add(rolloutEntry(this.snapshot, change, said))
  }

  /** Ends the rollout. The promoted revision becomes the default. */
  endRollout(promoted?: string): this {
    const said = this.#newWriter()
    const rule = { by: 'promotion', policy: null, reason: '', actor: said.principal.name, time: said.now } as const
    const ended = withRollout(this.newest.head, null)
    const head = promoted === undefined ? ended : withDefault(ended, promoted as RevisionTag, rule)
    return this.#add(rolloutEntry(this.snapshot, { event: 'rollout-ended', head, service: this.service }, said))
  }

  /** Restores the default, the aliases and the rollout of a generation. */
  revert(generation: number): this {
    const said = this.#newWriter()
    const past = this.stored[generation - 1]?.head
    assert.ok(past)
    const rule = { by: 'revert', policy: null, reason: 'back', actor: said.principal.name, time: said.now } as const
    const { aliases } = past
    const rollout = past.rollout && { ...past.rollout, setAt: this.newest.generation + 1 }
    const head = withDefault({ ...this.newest.head, aliases, rollout }, past.defaultTag, rule)
    return this.#add(revertEntry(this.snapshot, { service: this.service, head, reason: 'back' }, said))
  }

  /** An entry of a request with this id. */
  request(id: string): this {
    const change = { event: 'default-cleared', head: this.newest.head, service: this.service } as const
    return this.#add(defaultEntry(this.snapshot, change, { ...this.#newWriter(), request: { id, fingerprint: 'f' } }))
  }

  #rolloutOf(tags: readonly RevisionTag[], { now }: Writer): Rollout {
    const { rollout: before } = this.newest.head
    const buckets = allocate(
      before,
      tags.map((tag) => ({ tag, weight: BUCKETS / 10 })),
    )
    const candidates = tags.map((tag, index) => ({
      ...{ tag, weight: BUCKETS / 10, pinnedKeys: index === 0 ? ['user-1', 'ünï "code"'] : [] },
      ...{ buckets: buckets[index] ?? [], isHeld: this.revision(tag).lifecycle.yank !== null },
    }))
    const startTime = before?.startTime ?? now
    return { candidates, salt: 's1', reason: 'why', startTime, updateTime: now, setAt: this.newest.generation + 1 }
  }

  // A candidate is held while it is yanked.
  #headWith(text: string, { yank }: Lifecycle): FullHead {
    const { head } = this.newest
    const { rollout } = head
    return rollout === null ? head : withRollout(head, withHeld(rollout, text as RevisionTag, yank !== null))
  }

  #add(entry: Entry): this {
    this.entries.push(entry)
    this.stored.push(this.#keeps(entry))
    return this
  }
}
