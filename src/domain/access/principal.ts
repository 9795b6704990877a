/** The verified identity of a caller. */
export interface Principal {
  /** The name that people read, such as the address of a service account. It need not be unique. */
  readonly name: string
  /** The issuer of the identity. Absent: the identity is not verified. */
  readonly issuer?: string
  /** The name of the caller at its issuer. It never changes. */
  readonly subject?: string
  /** The claims of the caller that the grant of its permission asks for, and no other claims. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Only if the name was removed: the digest that stood for the principal in the chain. See `entries/chain.ts`. */
  readonly digest?: string
}

/** The principal of a caller without a verified identity. */
export const anonymous: Principal = { name: 'anonymous' }

/** Whether a principal is that of a caller without a verified identity, and nothing else is known about the caller. */
export function isAnonymous({ name, issuer, subject, claims }: Principal): boolean {
  return name === anonymous.name && issuer === undefined && subject === undefined && claims === undefined
}

/**
 * Whether two principals are the same caller: the same subject of the same issuer. Their names and their claims do not
 * count. So two runs of a pipeline are the same caller if its issuer gives them the same subject, although their names tell
 * them apart, and two callers with the same name are not. Nobody knows it of a caller whose name was removed.
 */
export function isSamePrincipal(a: Principal, b: Principal): boolean {
  if (a.digest !== undefined || b.digest !== undefined) return false
  if (a.subject === undefined && b.subject === undefined) return a.name === b.name
  return a.issuer === b.issuer && a.subject === b.subject
}
