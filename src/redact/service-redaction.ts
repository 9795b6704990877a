import type { Principal } from '../domain/access/principal.ts'
import { REDACTED, redactPrincipal } from '../domain/entries/chain.ts'
import type { DefaultRule } from '../domain/head.ts'
import type { Entry, FullRevision } from '../domain/log.ts'
import { isNameOf, isPerson, type Person } from './person.ts'

/**
 * Removes a person from the entries of one service, one after the other. An entry repeats names of earlier entries: the
 * author of the revision that it changes, and the author of the default. They are those that a replay of the changes
 * gives, so a log whose redaction was interrupted is completed, too.
 */
export class ServiceRedaction {
  readonly #person: Person
  /** The generations of the entries that registered a revision whose author no longer has a name. */
  readonly #registrations = new Set<number>()
  #isRuleRedacted = false

  constructor(person: Person) {
    this.#person = person
  }

  /** The entry without the person. Null: the entry does not name the person. */
  next(entry: Entry): Entry | null {
    const principal = this.#principal(entry)
    const revision = entry.revision && this.#revision(entry.revision, entry, principal)
    const defaultRule = entry.head.defaultRule && this.#rule(entry.head.defaultRule, entry, principal)
    if (revision?.registeredBy === REDACTED) this.#registrations.add(revision.ordinal)
    this.#isRuleRedacted = defaultRule?.actor === REDACTED
    if (
      principal === entry.principal &&
      revision?.registeredBy === entry.revision?.registeredBy &&
      defaultRule?.actor === entry.head.defaultRule?.actor
    )
      return null
    const link = entry.link && { ...entry.link, salt: principal.digest === undefined ? entry.link.salt : '' }
    return { ...entry, principal, revision, head: { ...entry.head, defaultRule }, link } as Entry
  }

  #principal({ principal, link }: Entry): Principal {
    if (!isPerson(this.#person, principal)) return principal
    return link === null ? { name: REDACTED } : redactPrincipal(principal, link.salt)
  }

  #revision(revision: FullRevision, { generation, link }: Entry, principal: Principal): FullRevision {
    const { registeredBy, ordinal } = revision
    const isRegistration = ordinal === generation
    if (link === null) return { ...revision, registeredBy: this.#unlessName(registeredBy) }
    if (isRegistration) return { ...revision, registeredBy: link.delta.revision?.registeredBy ?? principal.name }
    return { ...revision, registeredBy: this.#registrations.has(ordinal) ? REDACTED : registeredBy }
  }

  #rule(rule: DefaultRule, { link }: Entry, principal: Principal): DefaultRule {
    if (link === null) return { ...rule, actor: this.#unlessName(rule.actor) }
    const { default: changed } = link.delta
    if (changed !== undefined) return { ...rule, actor: changed.rule?.actor ?? principal.name }
    return { ...rule, actor: this.#isRuleRedacted ? REDACTED : rule.actor }
  }

  // Nothing covers the text of an entry of form 1 or 2, which names people only by their names.
  #unlessName(text: string): string {
    return isNameOf(this.#person, text) ? REDACTED : text
  }
}
