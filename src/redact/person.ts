import { anonymous, type Principal } from '../domain/access/principal.ts'
import { REDACTED } from '../domain/entries/chain.ts'
import { quote, RegistryError } from '../domain/errors.ts'

/** The person whose name is removed: a verified identity, or everybody who has a name. */
export type Person = { readonly issuer: string; readonly subject: string } | { readonly name: string }

// These names tell of the kind of the writer, and readers of the log rely on them.
const namesOfNobody: readonly string[] = ['', anonymous.name, 'import', REDACTED]

/** Throws `INVALID_REQUEST` if nobody can be the person. */
export function requirePerson(person: Person): void {
  const isEmpty = 'issuer' in person && (person.issuer === '' || person.subject === '')
  const isNobody = 'name' in person && namesOfNobody.includes(person.name)
  if (!isEmpty && !isNobody) return
  const given = 'name' in person ? `the name ${quote(person.name)}` : 'an empty issuer or subject'
  const message = `${given} is that of no person; use the name, or the issuer and the subject, of a person.`
  throw new RegistryError({ reason: 'INVALID_REQUEST', message })
}

/** Whether a principal is the person. */
export function isPerson(person: Person, { name, issuer, subject, digest }: Principal): boolean {
  if (digest !== undefined) return false
  return 'name' in person ? name === person.name : issuer === person.issuer && subject === person.subject
}

/** Whether a text is the name that is removed. The name of a verified identity may belong to others, too. */
export function isNameOf(person: Person, text: string): boolean {
  return 'name' in person && text === person.name
}
