/** A condition on one claim of a token. */
export interface ClaimMatcher {
  /** The name of the claim. Further names lead into an object: `['kubernetes.io', 'namespace']`. */
  readonly path: readonly string[]
  /** The text that the claim must be equal to, or begin with. */
  readonly text: string
  readonly isPrefix: boolean
}

/** The claims of a token. */
export type Claims = Readonly<Record<string, unknown>>

/** The value at a path; undefined if the claims have nothing at the path. */
export function claimAt(claims: Claims, path: readonly string[]): unknown {
  let value: unknown = claims
  for (const name of path) {
    // A token must not reach the members of a prototype.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Claims)[name]
  }
  return value
}

/**
 * The texts with which a claim may match: the text of a text, a boolean or a whole number, and the texts of the members of
 * an array. An integer beyond 2^53 has none, because two different ones may have become equal when the token was read.
 */
export function textsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((member) => textOf(member) ?? [])
  const text = textOf(value)
  return text === undefined ? [] : [text]
}

/** The part of a claim that meets a condition, such as one member of an array; undefined if none does. */
export function matchedPart({ path, text, isPrefix }: ClaimMatcher, claims: Claims): unknown {
  const value = claimAt(claims, path)
  const meets = (part: unknown) => {
    const given = textOf(part)
    return given !== undefined && (isPrefix ? given.startsWith(text) : given === text)
  }
  if (Array.isArray(value)) return value.find(meets)
  return meets(value) ? value : undefined
}

/** Whether the claims of a token meet all conditions. */
export function meetsAll(matchers: readonly ClaimMatcher[], claims: Claims): boolean {
  return matchers.every((matcher) => matchedPart(matcher, claims) !== undefined)
}

/** The claims that meet the conditions, and nothing else of the token. */
export function pickClaims(matchers: readonly ClaimMatcher[], claims: Claims): Claims {
  const picked: Record<string, unknown> = Object.create(null)
  for (const matcher of matchers) put(picked, matcher.path, matchedPart(matcher, claims))
  return toPlain(picked) as Claims
}

/** Writes the name of a claim for people: `kubernetes.io > namespace`. */
export function formatPath(path: readonly string[]): string {
  return path.join(' > ')
}

/** Writes the condition as in the access file. */
export function formatCondition({ text, isPrefix }: ClaimMatcher): string {
  return isPrefix ? `${text}*` : text
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value)
  return undefined
}

function put(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) target[name] = value
  else {
    target[name] ??= Object.create(null)
    put(target[name] as Record<string, unknown>, rest, value)
  }
}

function toPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toPlain(part)]))
}
