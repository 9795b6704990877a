import fc from 'fast-check'

/** Any namespace or name. */
export const kebabCase = fc.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)*$/).filter((text) => text.length <= 128)

/** Any revision tag. */
export const revisionTag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/)

const number = fc.nat(20).map(String)
const identifier = fc.oneof(number, fc.stringMatching(/^[a-zA-Z-][0-9a-zA-Z-]{0,3}$/))

const large = fc.oneof(
  fc.bigInt(0n, 20n),
  fc.bigInt(2n ** 53n - 3n, 2n ** 53n + 3n),
  fc.bigInt(10n ** 20n, 10n ** 20n + 3n),
)

/** Pre-releases of one version, whose numbers have up to 21 digits and are close to each other. */
export const largePrerelease = fc
  .array(fc.oneof(large.map(String), fc.constantFrom('dev', 'rc')), { minLength: 1, maxLength: 3 })
  .map((identifiers) => `1.0.0-${identifiers.join('.')}`)

/** Semantic versions that are close to each other, so that the first number rarely decides their order. */
export const semanticVersion = fc
  .tuple(fc.array(number, { minLength: 3, maxLength: 3 }), fc.array(identifier, { maxLength: 3 }), fc.boolean())
  .map(([core, pre, hasV]) => `${hasV ? 'v' : ''}${core.join('.')}${pre.length > 0 ? `-${pre.join('.')}` : ''}`)
